//! Authenticated requests to the API: the request builder, the response, and the checks of request URLs.

mod authorize;
#[cfg(any(feature = "reqwest-middleware", feature = "tower"))]
mod bearer_auth;
mod decode;
mod response;
mod target;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures_core::TryStream;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::{Body, Request};
use serde::Serialize;

use crate::client::Client;
use crate::error::{Error, Kind, RequestError, with_sources};
#[cfg(any(feature = "reqwest-middleware", feature = "tower"))]
pub(crate) use bearer_auth::BearerAuth;
pub use response::Response;

/// A builder for an authenticated request to the API. [`Client::get`], [`Client::post`] and the other request methods
/// return it.
///
/// It sets headers, the query, a body (JSON, form, bytes or a stream) and a timeout. [`send`](Self::send) adds the
/// access token and the `MoneyKit-Version` and `User-Agent` headers.
///
/// - A 401 is [evidence](crate#401-responses) about the token. If it suggests that the token is dead, the request is sent
///   once more with a new one, unless its body is a [stream](Self::body_stream), which cannot be read twice. A second 401
///   is returned.
/// - A 403 does not invalidate the token. It is returned.
/// - Redirects are not followed, because they could carry the token out of the base URL.
/// - The timeout is the client's [`request_timeout`](crate::ClientBuilder::request_timeout), unless
///   [`timeout`](Self::timeout) sets another.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
/// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
/// # #[derive(serde::Deserialize)]
/// # struct Accounts { path: String, query: String }
/// let accounts: Accounts = client
///     .get("/links/lnk_123/accounts")
///     .query(&[("page", "2")])
///     .send()
///     .await?
///     .error_for_status()
///     .await?
///     .json()
///     .await?;
/// # assert_eq!((&*accounts.path, &*accounts.query), ("/links/lnk_123/accounts", "page=2"));
/// # Ok(())
/// # }
/// ```
#[must_use = "a request is sent only by `send`"]
pub struct RequestBuilder {
    client: Client,
    /// The first error is stored until `send` returns it.
    request: Result<reqwest::RequestBuilder, Error>,
    path_template: Option<&'static str>,
}

/// # Authenticated requests
///
/// A path is relative to the base URL, with or without a leading slash: `/links/lnk_123` and `links/lnk_123` are the
/// same. It may include a query. An absolute URL must be below the base URL.
///
/// [`send`](RequestBuilder::send) returns an [invalid request](Error::is_invalid_request) error for a URL that is not
/// below the base URL, and for a path that servers and parsers interpret differently:
///
/// - it contains a backslash, a control character, or a `#`;
/// - it contains a `.` or `..` segment, plain, percent-encoded, or with parameters (`..;a=b`);
/// - it contains a dot or a slash that is percent-encoded twice (`%252e`), or a percent-encoding that is malformed or not
///   UTF-8;
/// - it starts with two slashes, percent-encoded or not;
/// - it starts or ends with a space.
///
/// Percent-encode untrusted input, such as an ID, before inserting it into a path. It then cannot lead to another path:
/// an ID of `..`, which percent-encoding does not change, is rejected. A slash within an ID is sent as `%2F`.
impl Client {
    /// Returns a builder for an authenticated GET request.
    pub fn get(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// Returns a builder for an authenticated POST request.
    pub fn post(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// Returns a builder for an authenticated PUT request.
    pub fn put(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::PUT, path)
    }

    /// Returns a builder for an authenticated PATCH request.
    pub fn patch(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::PATCH, path)
    }

    /// Returns a builder for an authenticated DELETE request.
    pub fn delete(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::DELETE, path)
    }

    /// Returns a builder for an authenticated request.
    pub fn request(&self, method: Method, path: impl AsRef<str>) -> RequestBuilder {
        let url = target::resolve(self.server().base_url(), path.as_ref());
        let request = url.map_err(invalid_request).map(|url| {
            let http = self.server().http();
            reqwest::RequestBuilder::from_parts(http, Request::new(method, url))
        });
        RequestBuilder { client: self.clone(), request, path_template: None }
    }
}

impl RequestBuilder {
    /// Adds a header. `MoneyKit-Version` and `User-Agent` replace the client's own.
    ///
    /// [`send`](Self::send) returns an error for `Authorization`, and for headers that would change where the request
    /// goes or where it ends: `Host`, `Content-Length`, `Transfer-Encoding`, `Connection`, `Keep-Alive`, `Upgrade`,
    /// `TE`, `Trailer` and `Proxy-…`.
    pub fn header<K, V>(self, name: K, value: V) -> Self
    where
        HeaderName: TryFrom<K>,
        <HeaderName as TryFrom<K>>::Error: Into<http::Error>,
        HeaderValue: TryFrom<V>,
        <HeaderValue as TryFrom<V>>::Error: Into<http::Error>,
    {
        self.map(|request| request.header(name, value))
    }

    /// Sets headers, and replaces existing ones of the same names.
    pub fn headers(self, headers: HeaderMap) -> Self {
        self.map(|request| request.headers(headers))
    }

    /// Appends parameters to the query: a slice of pairs, a map, or a struct.
    pub fn query<T: Serialize + ?Sized>(self, query: &T) -> Self {
        self.map(|request| request.query(query))
    }

    /// Sets a JSON body, and `Content-Type: application/json` unless that header is set.
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        self.map(|request| request.json(body))
    }

    /// Sets a URL-encoded form body, and `Content-Type: application/x-www-form-urlencoded` unless that header is
    /// set.
    pub fn form<T: Serialize + ?Sized>(self, body: &T) -> Self {
        self.map(|request| request.form(body))
    }

    /// Sets the body to the given bytes.
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        self.map(|request| request.body(body.into()))
    }

    /// Sets a streaming body.
    ///
    /// A stream can be read only once, so the request is not sent again after a 401. The 401 is returned,
    /// and counts as evidence about the token. For a long upload, call
    /// [`access_token_valid_for`](Client::access_token_valid_for) first, so that the token does not expire meanwhile.
    pub fn body_stream<S>(self, stream: S) -> Self
    where
        S: TryStream + Send + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        Bytes: From<S::Ok>,
    {
        self.map(|request| request.body(Body::wrap_stream(stream)))
    }

    /// Sets the timeout of this request, from connecting to the last byte of the response. Default: the client's
    /// [`request_timeout`](crate::ClientBuilder::request_timeout).
    pub fn timeout(self, timeout: Duration) -> Self {
        self.map(|request| request.timeout(timeout))
    }

    /// Sets the path template of the request for traces, such as `/links/{link_id}/accounts`: it becomes part of
    /// the span's name and its `url.template` field. It has no other effect.
    pub fn path_template(mut self, path_template: &'static str) -> Self {
        self.path_template = Some(path_template);
        self
    }

    /// Sends the request and returns the response once its headers have arrived.
    ///
    /// Returns `Ok` for every status code; [`Response::error_for_status`] turns error statuses into errors.
    ///
    /// This method is cancel safe: dropping its future cancels this request and affects no other.
    ///
    /// # Errors
    ///
    /// Returns an error if:
    ///
    /// - the request is invalid ([`Error::is_invalid_request`]); nothing is sent;
    /// - no access token is available, before the request or after a 401: the error of [`Client::access_token`];
    /// - the connection fails or the request times out ([`Error::is_transient`]). The API may have processed the
    ///   request, so only a 401 makes the client send it again.
    pub async fn send(self) -> Result<Response, Error> {
        let request =
            self.request?.build().map_err(|error| invalid_request(with_sources(&error.without_url())))?;
        if let Some(name) = request.headers().keys().find_map(reserved_header) {
            return Err(has_reserved_header(name));
        }
        let response = self.client.send(request, self.path_template).await?;
        Ok(Response::new(response, self.client))
    }

    fn map(self, configure: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder) -> Self {
        Self { request: self.request.map(configure), ..self }
    }
}

impl fmt::Debug for RequestBuilder {
    // The URL, headers and body may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBuilder").field("path_template", &self.path_template).finish_non_exhaustive()
    }
}

/// Returns the name of a header that the client alone may set: the token, and what frames and routes a request on its
/// connection (RFC 9110 §7.6.1). A server that believes a caller's `Content-Length` reads the next request as a body.
fn reserved_header(name: &HeaderName) -> Option<&'static str> {
    Some(match name.as_str() {
        "authorization" => "Authorization",
        "host" => "Host",
        "content-length" => "Content-Length",
        "transfer-encoding" => "Transfer-Encoding",
        "connection" => "Connection",
        "keep-alive" => "Keep-Alive",
        "upgrade" => "Upgrade",
        "te" => "TE",
        "trailer" => "Trailer",
        "http2-settings" => "HTTP2-Settings",
        name if name.starts_with("proxy-") => "Proxy-…",
        _ => return None,
    })
}

fn has_reserved_header(name: &str) -> Error {
    invalid_request(format!(
        "the request has a `{name}` header; remove it, because the client sets its own where one is needed"
    ))
}

fn invalid_request(reason: impl Into<String>) -> Error {
    Kind::Request(RequestError::InvalidRequest { what: reason.into() }).into()
}
