//! Authenticated requests to the API.

mod authorize;
#[cfg(any(feature = "reqwest-middleware", feature = "tower"))]
mod bearer;
mod response;
mod target;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures_core::TryStream;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::{Body, Request};
use serde::Serialize;

use crate::client::Client;
use crate::error::{Error, Kind, RequestError, with_sources};
#[cfg(any(feature = "reqwest-middleware", feature = "tower"))]
pub(crate) use bearer::Bearer;
pub use response::Response;

/// Describes an authenticated request to the API. Made by [`Client::get`] and its sisters.
///
/// It has the methods of [`reqwest::RequestBuilder`], and what this client adds to a request: the access token,
/// the `MoneyKit-Version` and the `User-Agent` headers.
///
/// - A 401 means that the token is dead, whatever its age. The request is sent once more with a fresh one,
///   unless its body is a [stream](Self::body_stream), which can't be read twice. A second 401 is returned.
/// - A 403 says nothing about the token, and is returned.
/// - Redirects are not followed: the token would go where they point.
/// - It may take [`request_timeout`](crate::ClientBuilder::request_timeout), or its own [`timeout`](Self::timeout).
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
#[must_use = "nothing is sent before `send`"]
pub struct RequestBuilder {
    client: Client,
    /// The first mistake is kept until it can be reported.
    request: Result<reqwest::RequestBuilder, Error>,
    template: Option<&'static str>,
}

/// # Authenticated requests
///
/// A path is relative to the base URL: `/links/lnk_123` and `links/lnk_123` are the same. It may have a query. An
/// absolute URL has to lie below the base URL. Everything that would lead elsewhere is an
/// [invalid request](Error::is_invalid_request), and so are paths that read differently to different servers: with
/// a backslash, a control character, a space at their end, a `.` or `..` segment, encoded or not, or two slashes
/// at their beginning. So an ID from elsewhere that is put into a path can't make another path of it, as long as
/// its slashes, question marks and hashes are encoded.
impl Client {
    /// Starts an authenticated GET.
    pub fn get(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// Starts an authenticated POST.
    pub fn post(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// Starts an authenticated PUT.
    pub fn put(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::PUT, path)
    }

    /// Starts an authenticated PATCH.
    pub fn patch(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::PATCH, path)
    }

    /// Starts an authenticated DELETE.
    pub fn delete(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::DELETE, path)
    }

    /// Starts an authenticated request.
    pub fn request(&self, method: Method, path: impl AsRef<str>) -> RequestBuilder {
        let url = target::resolve(&self.server().base_url(), path.as_ref());
        let request = url.map_err(invalid_request).map(|url| {
            let http = self.server().http().clone();
            reqwest::RequestBuilder::from_parts(http, Request::new(method, url))
        });
        RequestBuilder { client: self.clone(), request, template: None }
    }
}

impl RequestBuilder {
    /// Adds a header. `MoneyKit-Version` and `User-Agent` take the place of the client's; `Authorization` is an
    /// error when the request is sent.
    pub fn header<K, V>(self, name: K, value: V) -> Self
    where
        HeaderName: TryFrom<K>,
        <HeaderName as TryFrom<K>>::Error: Into<http::Error>,
        HeaderValue: TryFrom<V>,
        <HeaderValue as TryFrom<V>>::Error: Into<http::Error>,
    {
        self.map(|request| request.header(name, value))
    }

    /// Sets headers, in place of those with the same names.
    pub fn headers(self, headers: HeaderMap) -> Self {
        self.map(|request| request.headers(headers))
    }

    /// Adds to the query what serializes to pairs: a slice of them, a map, or a struct.
    pub fn query<T: Serialize + ?Sized>(self, query: &T) -> Self {
        self.map(|request| request.query(query))
    }

    /// Sets the body to JSON, and the `Content-Type` unless it is set.
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        self.map(|request| request.json(body))
    }

    /// Sets the body to a form, and the `Content-Type` unless it is set.
    pub fn form<T: Serialize + ?Sized>(self, body: &T) -> Self {
        self.map(|request| request.form(body))
    }

    /// Sets the body to these bytes.
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        self.map(|request| request.body(body.into()))
    }

    /// Sets the body to what a stream gives.
    ///
    /// A stream can be read but once, so the request is not sent again after a 401. The 401 is returned, and the
    /// next request has a fresh token. To have one from the start, call
    /// [`access_token_valid_for`](Client::access_token_valid_for) before.
    pub fn body_stream<S>(self, stream: S) -> Self
    where
        S: TryStream + Send + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        Bytes: From<S::Ok>,
    {
        self.map(|request| request.body(Body::wrap_stream(stream)))
    }

    /// Sets how long the request may take, from connecting to the last byte of the answer, in place of the
    /// client's [`request_timeout`](crate::ClientBuilder::request_timeout).
    pub fn timeout(self, timeout: Duration) -> Self {
        self.map(|request| request.timeout(timeout))
    }

    /// Names the path with its variable parts left open, such as `/links/{link_id}/accounts`. Traces show it as
    /// the name of the request; it changes nothing else.
    pub fn path_template(mut self, template: &'static str) -> Self {
        self.template = Some(template);
        self
    }

    /// Sends the request, and gives the answer once its head has come.
    ///
    /// Every status is an `Ok` here; [`Response::error_for_status`] makes errors of those that are. To go away
    /// is fine at any time: nobody else notices.
    ///
    /// # Errors
    ///
    /// - it can't be sent as it is ([`Error::is_invalid_request`]);
    /// - there is no access token, also where the answer is a 401 and no fresh one can be had: whatever
    ///   [`Client::access_token`] fails with;
    /// - the API can't be reached, or does not answer in time ([`Error::is_transient`]). It may have acted on the
    ///   request all the same, so nothing is sent again but after a 401.
    pub async fn send(self) -> Result<Response, Error> {
        let request =
            self.request?.build().map_err(|error| invalid_request(with_sources(&error.without_url())))?;
        if request.headers().contains_key(AUTHORIZATION) {
            return Err(invalid_request(
                "it has an `Authorization` header; leave it out, the client adds its own",
            ));
        }
        let delivery = self.client.send(request, self.template).await?;
        Ok(Response::new(delivery, self.client))
    }

    fn map(self, change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder) -> Self {
        Self { request: self.request.map(change), ..self }
    }
}

impl fmt::Debug for RequestBuilder {
    // What a request holds is for the API alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBuilder").field("template", &self.template).finish_non_exhaustive()
    }
}

fn invalid_request(what: impl Into<String>) -> Error {
    Kind::Request(RequestError::InvalidRequest { what: what.into() }).into()
}
