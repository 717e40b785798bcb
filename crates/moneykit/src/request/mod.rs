//! Authenticated requests to the API: the request builder, the response, pagination, and the checks of request URLs.

mod authorize;
#[cfg(any(feature = "reqwest-middleware", feature = "tower"))]
mod bearer_auth;
mod decode;
mod paginate;
mod path_template;
mod response;
mod target;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures_core::TryStream;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::{Body, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::error::{Error, Kind, RequestError, with_sources};
use crate::retry::RetryPolicy;
use crate::transport::{SendOptions, has_stream};
#[cfg(feature = "tower")]
pub(crate) use bearer_auth::AuthorizedRequest;
#[cfg(any(feature = "reqwest-middleware", feature = "tower"))]
pub(crate) use bearer_auth::BearerAuth;
#[cfg(feature = "blocking")]
pub(crate) use paginate::Cursors;
pub use paginate::{Page, PageItems, Pages, paginate};
use path_template::PathTemplate;
pub(crate) use path_template::segment as path_segment;
pub use response::Response;
pub(crate) use response::decode_body;

/// A builder for an authenticated request to the API. [`Client::get`], [`Client::post`] and the other request methods
/// return it.
///
/// It sets the parameters of the path, headers, the query, a body (JSON, form, bytes or a stream) and a timeout.
/// [`send`](Self::send) adds the access token and the `MoneyKit-Version` and `User-Agent` headers, and returns the
/// response; [`recv_json`](Self::recv_json) also checks its status and decodes its body.
///
/// - A 401 is [evidence](crate#401-responses) about the token. If it suggests that the token is dead, the request is sent
///   once more with a new one, unless its body is a [stream](Self::body_stream), which cannot be read twice. A second 401
///   is returned.
/// - A 403 does not invalidate the token. It is returned.
/// - Redirects are not followed, because they could carry the token out of the base URL.
/// - The timeout is the client's [`request_timeout`](crate::ClientBuilder::request_timeout), unless
///   [`timeout`](Self::timeout) sets another.
/// - Failures are not retried, unless a [`RetryPolicy`] says so. But an idempotent request is sent once more, at once, if a
///   connection that had been idle closed before the response.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
/// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
/// # #[derive(serde::Deserialize)]
/// # struct Accounts { path: String, query: String }
/// let request = client.get("/links/{link_id}/accounts").path("link_id", "lnk_123");
/// let accounts: Accounts = request.query(&[("page", "2")]).recv_json().await?;
/// # assert_eq!((&*accounts.path, &*accounts.query), ("/links/lnk_123/accounts", "page=2"));
/// # Ok(())
/// # }
/// ```
#[must_use = "a request is sent only by `send`"]
pub struct RequestBuilder {
    client: Client,
    /// The first error is stored until `send` returns it.
    request: Result<reqwest::RequestBuilder, Error>,
    /// The path, if it has parameters. The URL of `request` is then the base URL with the query.
    path: Option<PathTemplate>,
    /// The `Content-Length` of a body that is a stream of known length.
    stream_length: Option<HeaderValue>,
    options: SendOptions,
}

/// # Authenticated requests
///
/// A path is relative to the base URL, with or without a leading slash: `/links` and `links` are the same. An absolute URL
/// must be below the base URL.
///
/// **IDs and other values** belong into parameters of the path, `{name}`, which [`path`](RequestBuilder::path) sets. It
/// percent-encodes a value as one segment, so no value leads to another path:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
/// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
/// let id = "a/b?c"; // from elsewhere
/// let response = client.get("/links/{link_id}/accounts").path("link_id", id).send().await?;
/// assert_eq!(response.url().path(), "/links/a%2Fb%3Fc/accounts");
/// # Ok(())
/// # }
/// ```
///
/// A path with parameters has no query; [`query`](RequestBuilder::query) adds one. A literal brace is `%7B` or `%7D`. A path
/// without parameters may include a query, and is sent as it is.
///
/// [`send`](RequestBuilder::send) returns an [invalid request](Error::is_invalid_request) error for a URL that is not
/// below the base URL, and for a path that servers and parsers interpret differently:
///
/// - it contains a backslash, a control character, or a `#`;
/// - it contains a `.` or `..` segment: plain, percent-encoded, followed by parameters (`..;a=b`) or by an encoded `?` or
///   `#`, with characters that are not displayed, or with characters that servers replace by dots or slashes, such as the
///   fullwidth ones;
/// - it contains a dot, a slash or a similar character that is percent-encoded twice (`%252e`), or a percent-encoding that
///   is malformed or not UTF-8;
/// - it starts with two slashes, percent-encoded or not;
/// - it starts or ends with a space;
/// - it has a parameter without a value, or with a value that servers may read as another path, or unbalanced braces.
///
/// The methods CONNECT, which opens a tunnel, and TRACE, whose response would contain the token, are rejected as well.
impl Client {
    /// Returns a builder for an authenticated GET request.
    pub fn get(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// Returns a builder for an authenticated HEAD request. The response has the headers of a GET request and no body, so
    /// the length that a body would have is in the header `Content-Length` only.
    pub fn head(&self, path: impl AsRef<str>) -> RequestBuilder {
        self.request(Method::HEAD, path)
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
        let base_url = self.server().base_url();
        let (path, url) = match PathTemplate::parse(path.as_ref()) {
            None => (None, target::resolve(base_url, path.as_ref())),
            Some(Ok(template)) => (Some(template), Ok(base_url.url().clone())),
            Some(Err(what)) => (None, Err(what)),
        };
        let request = url.map_err(invalid_request).map(|url| {
            let http = self.server().http();
            reqwest::RequestBuilder::from_parts(http, Request::new(method, url))
        });
        RequestBuilder::new(self.clone(), request, path)
    }

    /// Sends a request of reqwest's with the access token and the common headers, and returns the response.
    ///
    /// For requests that exist already: of another crate or generator, or with a body that [`RequestBuilder`] does not
    /// build. The request is treated as those of [`request`](Self::request) are: the token and the common headers, the
    /// checks of its URL and its headers, the request that follows a 401, the client's timeout unless it has its own, the
    /// [retry policy](crate::ClientBuilder::retry_policy), the limit of the response, and a span. To set any of these, use
    /// [`RequestBuilder::from_parts`].
    ///
    /// Its URL must be below the base URL. Its `Content-Length` is replaced by the length of the body, if that is known; a
    /// stream, such as a multipart form, keeps it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
    /// use moneykit::reqwest;
    ///
    /// // Any client will do, because it does not send the request.
    /// let http = reqwest::Client::builder().no_proxy().build()?;
    /// let request = http.post(format!("{}/link-session", client.base_url())).body("{}").build()?;
    /// let response = client.execute(request).await?;
    /// assert_eq!(response.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`RequestBuilder::send`].
    pub async fn execute(&self, request: Request) -> Result<Response, Error> {
        RequestBuilder::from_parts(self.clone(), request).send().await
    }
}

impl RequestBuilder {
    /// Creates a builder from a request of reqwest's, as [`Client::execute`] sends it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
    /// use moneykit::{RequestBuilder, RetryPolicy, http, reqwest};
    ///
    /// let url = format!("{}/links/lnk_123", client.base_url()).parse()?;
    /// let request = reqwest::Request::new(http::Method::PUT, url);
    /// let request = RequestBuilder::from_parts(client, request).path_template("/links/{link_id}");
    /// assert_eq!(request.retry_policy(RetryPolicy::new()).send().await?.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_parts(client: Client, mut request: Request) -> Self {
        let stream_length = take_content_length(&mut request);
        let url =
            target::resolve(client.server().base_url(), request.url().as_str()).map_err(invalid_request);
        let (url, stream_length) = match (url, stream_length) {
            (Ok(url), Ok(stream_length)) => (url, stream_length),
            (Err(error), _) | (_, Err(error)) => return Self::new(client, Err(error), None),
        };
        *request.url_mut() = url;
        let request = reqwest::RequestBuilder::from_parts(client.server().http(), request);
        Self { stream_length, ..Self::new(client, Ok(request), None) }
    }

    fn new(
        client: Client,
        request: Result<reqwest::RequestBuilder, Error>,
        path: Option<PathTemplate>,
    ) -> Self {
        Self { client, request, path, stream_length: None, options: SendOptions::default() }
    }

    /// Sets a parameter of the path: `{name}` in the path becomes the value.
    ///
    /// The value is percent-encoded as one segment: everything except for letters, digits, `-`, `.`, `_` and `~`. Pass it
    /// as it is, not encoded. The path with its parameters is the name of the request in [traces](crate#observability).
    ///
    /// [`send`](Self::send) returns an error that names the parameter, and nothing is sent, if
    ///
    /// - the path has no such parameter, or a parameter of the path is not set or is set twice;
    /// - the value is empty, `.` or `..`, which no encoding keeps from naming another path;
    /// - servers that decode slashes early, or decode twice, may read the value as another path: `a/../b`, `/a`, `%2e%2e`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
    /// let request = client.get("/links/{link_id}/accounts/{number}").path("link_id", "lnk_123").path("number", 7);
    /// assert_eq!(request.send().await?.url().path(), "/links/lnk_123/accounts/7");
    ///
    /// let error = client.get("/links/{link_id}").path("link_id", "..").send().await.unwrap_err();
    /// assert!(error.is_invalid_request());
    /// # Ok(())
    /// # }
    /// ```
    pub fn path(mut self, name: impl AsRef<str>, value: impl fmt::Display) -> Self {
        let name = name.as_ref();
        let outcome = match &mut self.path {
            Some(template) => template.set(name, &value),
            None => Err(path_template::no_template(name)),
        };
        match outcome {
            Ok(()) => self,
            Err(what) => Self { request: self.request.and(Err(invalid_request(what))), ..self },
        }
    }

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
    /// A stream can be read only once, so the request is not sent again, neither after a 401 nor after a failure. The 401 is
    /// returned, and counts as evidence about the token. For a long upload, call
    /// [`access_token_valid_for`](Client::access_token_valid_for) first, so that the token does not expire meanwhile.
    pub fn body_stream<S>(self, stream: S) -> Self
    where
        S: TryStream + Send + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        Bytes: From<S::Ok>,
    {
        let this = Self { stream_length: None, ..self };
        this.map(|request| request.body(Body::wrap_stream(stream)))
    }

    /// Sets a multipart form as the body, and its `Content-Type` with the boundary. Requires the feature `multipart`.
    ///
    /// Its parts may be streams, so the request is not sent again, neither after a 401 nor after a failure: see
    /// [`body_stream`](Self::body_stream).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
    /// use moneykit::reqwest::multipart::{Form, Part};
    ///
    /// let form = Form::new().text("kind", "statement").part("file", Part::bytes(b"%PDF".to_vec()).file_name("a.pdf"));
    /// assert_eq!(client.post("/documents").multipart(form).send().await?.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "multipart")]
    #[cfg_attr(docsrs, doc(cfg(feature = "multipart")))]
    pub fn multipart(self, form: reqwest::multipart::Form) -> Self {
        let http = self.client.server().http();
        let request = self.request.and_then(|request| build(request.multipart(form)));
        let request = request.and_then(|mut request| Ok((take_content_length(&mut request)?, request)));
        match request {
            Ok((stream_length, request)) => {
                let request = Ok(reqwest::RequestBuilder::from_parts(http, request));
                Self { request, stream_length, ..self }
            }
            Err(error) => Self { request: Err(error), ..self },
        }
    }

    /// Sets the timeout of this request, from connecting to the last byte of the response. Default: the client's
    /// [`request_timeout`](crate::ClientBuilder::request_timeout).
    pub fn timeout(self, timeout: Duration) -> Self {
        self.map(|request| request.timeout(timeout))
    }

    /// Sets the name of the path, such as `/links/{link_id}/accounts`, for a request whose path has no
    /// [parameters](Self::path): one of [`from_parts`](Self::from_parts), for example.
    ///
    /// It becomes part of the span's name and its `url.template` field, so it must have few distinct values and contain no
    /// secret. Requests of the same method and name are one target for the [evaluation of a 401](crate#401-responses).
    pub fn path_template(mut self, path_template: impl Into<Cow<'static, str>>) -> Self {
        self.options.path_template = Some(path_template.into());
        self
    }

    /// Sets the policy by which this request is retried. Default: the client's
    /// [`retry_policy`](crate::ClientBuilder::retry_policy). [`RetryPolicy::never`] disables retries.
    ///
    /// It applies only if the request is idempotent and its body is not a stream.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
    /// use moneykit::RetryPolicy;
    ///
    /// let request = client.post("/link-session").header("idempotency-key", "8e03978e-40d5-43e8-bc93-6894a57f9324");
    /// let response = request.json(&[1]).retry_policy(RetryPolicy::new()).send().await?;
    /// assert_eq!(response.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.options.retry_policy = Some(policy);
        self
    }

    /// States that the API may process this request twice with the effect of once, whatever its method, so that it may be
    /// sent again after a failure.
    ///
    /// GET, HEAD, OPTIONS, TRACE, PUT and DELETE requests are idempotent by definition, and so is a request with an
    /// `Idempotency-Key` header.
    pub fn idempotent(mut self) -> Self {
        self.options.is_idempotent = true;
        self
    }

    /// Copies this builder. Returns `None` if its body is a stream, or if it has an invalid header or body.
    pub fn try_clone(&self) -> Option<Self> {
        let request = match &self.request {
            Ok(request) => Ok(request.try_clone()?),
            Err(error) => Err(error.clone()),
        };
        Some(Self {
            client: self.client.clone(),
            request,
            path: self.path.clone(),
            stream_length: self.stream_length.clone(),
            options: self.options.clone(),
        })
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
    ///   request.
    pub async fn send(self) -> Result<Response, Error> {
        let Self { client, request, path, stream_length, mut options } = self;
        let mut request = build(request?)?;
        target::check_method(request.method()).map_err(invalid_request)?;
        if let Some(name) = request.headers().keys().find_map(reserved_header) {
            return Err(has_reserved_header(name));
        }
        if let Some(path) = path {
            let resolved = target::resolve(client.server().base_url(), path.path().map_err(invalid_request)?);
            let mut url = resolved.map_err(invalid_request)?;
            url.set_query(request.url().query());
            *request.url_mut() = url;
            options.path_template.get_or_insert_with(|| path.into_template().into());
        }
        if let Some(length) = stream_length
            && has_stream(&request)
        {
            request.headers_mut().insert(CONTENT_LENGTH, length);
        }
        let response = client.send(request, &options).await?;
        Ok(Response::new(response, client))
    }

    /// Sends the request, and decodes the JSON body of the response.
    ///
    /// An error status is an error with the details that the API sent, as of [`Response::error_for_status`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder()
    /// #     .client("id", "secret")
    /// #     .stub("GET", "/links/lnk_123", 200, r#"{"state": "connected"}"#)
    /// #     .start()?;
    /// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
    /// #[derive(serde::Deserialize)]
    /// struct Link {
    ///     state: String,
    /// }
    ///
    /// let link: Link = client.get("/links/{link_id}").path("link_id", "lnk_123").recv_json().await?;
    /// assert_eq!(link.state, "connected");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`send`](Self::send) and of [`Response::json`].
    #[doc(alias = "send_json")]
    pub async fn recv_json<T: DeserializeOwned>(self) -> Result<T, Error> {
        self.send().await?.json().await
    }

    /// Sends the request without a token.
    pub(crate) fn without_token(mut self) -> Self {
        self.options.without_token = true;
        self
    }

    fn map(self, configure: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder) -> Self {
        Self { request: self.request.map(configure), ..self }
    }
}

impl fmt::Debug for RequestBuilder {
    // The URL, headers and body may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.options.path_template.as_deref();
        let path_template = named.or(self.path.as_ref().map(PathTemplate::as_str));
        f.debug_struct("RequestBuilder").field("path_template", &path_template).finish_non_exhaustive()
    }
}

fn build(request: reqwest::RequestBuilder) -> Result<Request, Error> {
    request.build().map_err(|error| invalid_request(with_sources(&error.without_url())))
}

/// Removes the `Content-Length` of a request, and returns that of a stream, whose length nobody else knows.
///
/// Sent as it is, a wrong length of a body in memory would make the server read the next request of the connection as a
/// body. reqwest ends a stream at its stated length, and closes the connection if the stream is shorter.
fn take_content_length(request: &mut Request) -> Result<Option<HeaderValue>, Error> {
    let values = request.headers().get_all(CONTENT_LENGTH).iter().count();
    let Some(length) = request.headers_mut().remove(CONTENT_LENGTH).filter(|_| has_stream(request)) else {
        return Ok(None);
    };
    // `parse` alone accepts a sign.
    let is_number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u64>().is_ok();
    if values == 1 && length.to_str().is_ok_and(is_number) {
        return Ok(Some(length));
    }
    Err(invalid_request(
        "the `Content-Length` of the request's stream is not one number; remove it, or correct it",
    ))
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

pub(crate) fn invalid_request(reason: impl Into<String>) -> Error {
    Kind::Request(RequestError::InvalidRequest { what: reason.into() }).into()
}
