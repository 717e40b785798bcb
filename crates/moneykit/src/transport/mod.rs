//! HTTP transport: the connection pool, the server's address and headers, and how requests reach it. No other
//! module names the generated client.

mod authenticated_sender;
mod base_url;
mod buffered_response;
mod connection_pool;
mod proxies;
mod raw_hooks;
mod redact;
mod response_parts;
mod retry_after;
mod stale_connections;
mod token_request;
mod trace;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{HeaderName, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode};
/// The generated client and its types, as [`Client::raw`](crate::Client::raw) returns them.
///
/// They follow the contract and not this crate's semantic versioning: an operation or a field that the contract
/// gains appears here. Their errors are progenitor's and quote parts of responses, which [`crate::Error`] does not.
#[doc(inline)]
pub use moneykit_gen as raw;
use moneykit_gen::Hooks;
use reqwest::{Body, Request, Response};

use crate::auth::Credentials;
use crate::error::{Error, JsonError, Kind, RequestError, TransportError, is_transient_status};
use crate::retry::{Attempt, Retries, RetryPolicy};
pub(crate) use authenticated_sender::{AuthenticatedResponse, BearerSource};
use authenticated_sender::{AuthenticatedSender, RequestContext};
pub(crate) use base_url::{BaseUrl, PlaintextPolicy};
#[cfg(feature = "reqwest-middleware")]
pub(crate) use buffered_response::unauthorized_cause;
pub(crate) use buffered_response::{BodyHeaders, BufferedResponse, not_json};
use connection_pool::ConnectionPool;
pub(crate) use proxies::has_proxy;
use raw_hooks::RawHooks;
use redact::{Secrets, sanitize};
#[cfg(any(test, fuzzing))]
pub(crate) use retry_after::retry_after;
use stale_connections::{StaleConnectionHint, StaleConnections};
pub(crate) use token_request::TokenRequest;

/// The base URL that the contract names.
pub(crate) const CONTRACT_BASE_URL: &str = moneykit_gen::contract::SERVER;
/// The API version that the contract describes.
pub(crate) const CONTRACT_API_VERSION: &str = moneykit_gen::contract::VERSION;

/// The header that makes a request of any method safe to repeat (draft-ietf-httpapi-idempotency-key-header).
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

const API_VERSION: HeaderName = HeaderName::from_static("moneykit-version");

/// A connection pool with its HTTP settings. Many clients can share one; cloning is cheap.
///
/// ```
/// use moneykit::{Client, Transport, reqwest};
///
/// # fn main() -> Result<(), moneykit::Error> {
/// let transport = Transport::new(reqwest::Client::builder().pool_max_idle_per_host(4))?;
/// let one = Client::builder().credentials("id-1", "secret-1").transport(transport.clone()).build()?;
/// let two = Client::builder().credentials("id-2", "secret-2").transport(transport).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Transport {
    pool: Arc<ConnectionPool>,
    /// The timeout of requests that set none of their own, if it is known.
    timeout: Option<Duration>,
    may_use_proxy: bool,
    stale_connections: StaleConnections,
}

impl Transport {
    /// Builds a transport from HTTP settings of your own: root certificates, proxy, pool, timeouts.
    ///
    /// It takes a builder rather than a finished client, because some settings must be as follows, whatever the
    /// builder's are:
    ///
    /// - Redirects are not followed: a 307 or a 308 would send the client secret to whatever host the response names.
    /// - The environment's proxy is not used, so that variables such as `HTTPS_PROXY` do not change where requests go.
    ///   A proxy of the builder is used, but not for an `http` base URL. [`with_env_proxy`](Self::with_env_proxy) uses
    ///   the environment's.
    /// - `localhost` is a loopback address, without a look at DNS or at the hosts file.
    ///
    /// The root certificates are the builder's. By default they are those of the operating system; on Linux the
    /// variables `SSL_CERT_FILE` and `SSL_CERT_DIR` replace these.
    ///
    /// A connection can die silently, for example while the machine sleeps. A token request that times out on one is sent
    /// again, but the pool may hold several, and HTTP/2 keeps even one that timed out. The transport of a client without
    /// settings of its own then replaces its pool, which needs settings that can be repeated. For your own settings,
    /// `http2_keep_alive_interval` and `pool_idle_timeout` bound the time that such connections remain in the pool.
    ///
    /// # Errors
    ///
    /// Returns an error if reqwest cannot build a client from the settings, for example because of a certificate
    /// that it cannot read.
    ///
    /// # Panics
    ///
    /// reqwest panics if `rustls-no-provider` is the only feature for TLS and the process has installed no
    /// `CryptoProvider`.
    pub fn new(http: reqwest::ClientBuilder) -> Result<Self, Error> {
        let may_use_proxy = has_proxy(&http);
        Ok(Self::of(ConnectionPool::new(proxies::ignore_environment(http))?, may_use_proxy))
    }

    /// Builds a transport that uses the proxy which the environment names (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, and
    /// the system's settings on Windows and macOS), unless the builder has a proxy of its own. In all else it is like
    /// [`new`](Self::new).
    ///
    /// A client with this transport cannot have an `http` base URL: a proxy would read its secret.
    ///
    /// ```
    /// use moneykit::{Client, Transport, reqwest};
    ///
    /// # fn main() -> Result<(), moneykit::Error> {
    /// let transport = Transport::with_env_proxy(reqwest::Client::builder())?;
    /// let client = Client::builder().credentials("live_1", "your-client-secret").transport(transport).build()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`new`](Self::new).
    pub fn with_env_proxy(http: reqwest::ClientBuilder) -> Result<Self, Error> {
        Ok(Self::of(ConnectionPool::new(http)?, true))
    }

    /// Builds a transport that replaces its connection pool when its connections are found dead, with settings that can
    /// be repeated. They must not contain a proxy.
    pub(crate) fn replaceable(
        settings: impl Fn() -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        Ok(Self::of(ConnectionPool::replaceable(move || settings().no_proxy())?, false))
    }

    fn of(pool: ConnectionPool, may_use_proxy: bool) -> Self {
        let (pool, stale_connections) = (Arc::new(pool), StaleConnections::default());
        Self { pool, timeout: None, may_use_proxy, stale_connections }
    }

    /// Returns true if requests may go through a proxy, which reads those that are not encrypted.
    pub(crate) fn may_use_proxy(&self) -> bool {
        self.may_use_proxy
    }

    /// Builds a transport that uses no proxy, whatever the builder's proxies are.
    pub(crate) fn direct(http: reqwest::ClientBuilder) -> Result<Self, Error> {
        Ok(Self::of(ConnectionPool::new(http.no_proxy())?, false))
    }

    /// States the timeout of requests that set none of their own, which is that of the transport's builder.
    pub(crate) fn assume_timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }
}

impl fmt::Debug for Transport {
    // The caller's default headers may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}

/// The API server: its address, and what every request to it has in common except for the access token.
pub(crate) struct Server {
    transport: Transport,
    base_url: BaseUrl,
    headers: CommonHeaders,
    /// The bound of a request to the API, from connecting to the last byte.
    request_timeout: Duration,
    /// The bound of a response body that is read as a whole.
    max_response_body_bytes: usize,
    retries: Retries,
    stale_connection: StaleConnectionHint,
}

/// How a request is sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct SendOptions {
    /// The name of the path in traces, and for the evaluation of a 401.
    pub(crate) path_template: Option<Cow<'static, str>>,
    /// The policy of its retries, if that is not the client's.
    pub(crate) retry_policy: Option<RetryPolicy>,
    /// Whether the caller says that the API may process the request twice.
    pub(crate) is_idempotent: bool,
    /// Whether the operation takes no access token.
    pub(crate) without_token: bool,
}

/// The headers that every request carries.
#[derive(Debug, Clone)]
pub(crate) struct CommonHeaders {
    pub(crate) api_version: HeaderValue,
    pub(crate) user_agent: HeaderValue,
}

impl Server {
    pub(crate) fn new(
        transport: Transport,
        base_url: BaseUrl,
        headers: CommonHeaders,
        request_timeout: Duration,
        max_response_body_bytes: usize,
        retries: Retries,
    ) -> Self {
        let stale_connection = transport.stale_connections.hint(&base_url);
        Self {
            transport,
            base_url,
            headers,
            request_timeout,
            max_response_body_bytes,
            retries,
            stale_connection,
        }
    }

    /// Returns the current HTTP client.
    pub(crate) fn http(&self) -> reqwest::Client {
        self.transport.pool.client()
    }

    pub(crate) fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    pub(crate) fn headers(&self) -> &CommonHeaders {
        &self.headers
    }

    pub(crate) fn max_response_body_bytes(&self) -> usize {
        self.max_response_body_bytes
    }

    /// Sends a request of another library as it is, and follows no redirect.
    #[cfg(feature = "reqwest-middleware")]
    pub(crate) async fn execute(&self, mut request: Request, resend_count: u32) -> reqwest::Result<Response> {
        self.set_timeout(&mut request);
        let response = trace::send(&self.http(), request, None, resend_count).await?;
        self.stale_connection.record_response();
        Ok(response)
    }

    /// Sets the timeout of a request that has none.
    fn set_timeout(&self, request: &mut Request) {
        // A timeout on the request costs three allocations, so the transport's own is used where it is the same.
        if self.transport.timeout != Some(self.request_timeout) && request.timeout().is_none() {
            *request.timeout_mut() = Some(self.request_timeout);
        }
    }

    /// Sends a request with an access token from `bearer`; sends it once more with a new one after a 401, and retries it
    /// as its policy or the client's says.
    pub(crate) async fn send_authenticated(
        &self,
        bearer: &dyn BearerSource,
        mut request: Request,
        options: &SendOptions,
    ) -> Result<AuthenticatedResponse, Error> {
        // tokio's timers and reqwest panic outside of a runtime.
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Kind::NoRuntime.into());
        }
        let bearer = (!options.without_token).then_some(bearer);
        let path_template = options.path_template.as_deref();
        let is_idempotent = options.is_idempotent || is_idempotent(&request);
        let context = RequestContext { path_template, is_idempotent, resend_count: 0 };
        let policy = options.retry_policy.as_ref().or(self.retries.policy());
        let may_retry = is_idempotent && !has_stream(&request);
        if let Some(policy) = policy.filter(|policy| policy.retries() && may_retry) {
            // Boxed to keep the future of every request small.
            return Box::pin(self.send_with_retries(policy, bearer, request, context)).await;
        }
        self.set_timeout(&mut request);
        self.attempt(bearer, request, context).await
    }

    async fn send_with_retries(
        &self,
        policy: &RetryPolicy,
        bearer: Option<&dyn BearerSource>,
        request: Request,
        context: RequestContext<'_>,
    ) -> Result<AuthenticatedResponse, Error> {
        let timeout = request.timeout().copied().unwrap_or(self.request_timeout);
        let attempt = |resend_count: u32, remaining: Duration| {
            let mut request = request.try_clone().expect("the body is not a stream");
            *request.timeout_mut() = Some(timeout.min(remaining));
            async move {
                let context = RequestContext { resend_count, ..context };
                match self.attempt(bearer, request, context).await {
                    Ok(sent) if is_transient_status(sent.response.status()) => {
                        let retry_after =
                            retry_after::requested_delay(sent.response.headers(), self.retries.wall());
                        Attempt::Transient { outcome: Ok(sent), retry_after }
                    }
                    Ok(sent) => Attempt::Succeeded(Ok(sent)),
                    // The token cache has retried token requests, and has a cool-down of its own.
                    Err(error) if error.is_transient() && !error.is_token_request() => {
                        Attempt::Transient { outcome: Err(error), retry_after: None }
                    }
                    Err(error) => Attempt::Failed(Err(error)),
                }
            }
        };
        let discard = async |outcome: Result<AuthenticatedResponse, Error>| {
            // A response that is read to its end leaves its connection to the next attempt.
            if let Ok(sent) = outcome {
                drop(BufferedResponse::read(sent.response, "").await);
            }
        };
        self.retries.run(policy, attempt, discard).await
    }

    /// Sends a request with an access token; sends it once more with a new one after a 401. Without a source of tokens,
    /// sends it as it is.
    async fn attempt(
        &self,
        bearer: Option<&dyn BearerSource>,
        mut request: Request,
        context: RequestContext<'_>,
    ) -> Result<AuthenticatedResponse, Error> {
        let Some(bearer) = bearer else {
            self.headers.insert_missing(request.headers_mut());
            let sent = trace::send(&self.http(), request, context.path_template, context.resend_count).await;
            let response = sent.map_err(|error| self.transport_error(error))?;
            self.stale_connection.record_response();
            let authorization = HeaderValue::from_static("");
            return Ok(AuthenticatedResponse { response, authorization, refresh_error: None });
        };
        let authorization = bearer.authorization().await?;
        let http = self.http();
        let stale_connection = &self.stale_connection;
        let sender = AuthenticatedSender { http: &http, headers: &self.headers, bearer, stale_connection };
        let sent = sender.send(request, authorization, context).await;
        let mut sent = sent.map_err(|error| self.transport_error(error))?;
        self.stale_connection.record_response();
        match sent.refresh_error.take() {
            Some(error) => Err(error),
            None => Ok(sent),
        }
    }

    /// Reads a response that is not a success into an error. `authorization` is the header of its request;
    /// `credentials` are redacted as well, since the API may know the client secret.
    pub(crate) async fn error_response(
        &self,
        response: Response,
        authorization: &HeaderValue,
        credentials: Option<&Credentials>,
        wall: Duration,
    ) -> Error {
        match self.error_and_response(response, authorization, credentials, wall).await {
            Ok((error, _)) | Err(error) => error,
        }
    }

    /// Reads a response that is not a success into an error, and returns the response as well, with its body in memory.
    pub(crate) async fn error_and_response(
        &self,
        response: Response,
        authorization: &HeaderValue,
        credentials: Option<&Credentials>,
        wall: Duration,
    ) -> Result<(Error, Response), Error> {
        let response = BufferedResponse::read(response, self.base_url.as_str()).await;
        let response = response.map_err(|error| self.transport_error(error))?;
        let secrets = secrets(authorization, credentials);
        let error = Kind::Request(RequestError::Response(response.error_response(&secrets, wall))).into();
        Ok((error, response.into_response()))
    }

    /// Returns the error of a body that could not be decoded.
    pub(crate) fn decode_error(
        &self,
        status: StatusCode,
        error: JsonError,
        authorization: &HeaderValue,
        credentials: Option<&Credentials>,
    ) -> Error {
        let secrets = secrets(authorization, credentials);
        let base_url = self.base_url.as_str().to_owned();
        Kind::Request(RequestError::Decode {
            base_url,
            status,
            error: error.sanitized(|text| sanitize(text, &secrets)),
        })
        .into()
    }

    /// Returns the error of a request that got no response, or not all of it.
    pub(crate) fn transport_error(&self, error: reqwest::Error) -> Error {
        let is_not_http = stale_connections::is_not_http(&error);
        let error = TransportError::new(error, self.base_url.as_str(), is_not_http);
        Kind::Request(RequestError::Http(error)).into()
    }

    /// Returns the generated client, authenticated by `bearer`.
    pub(crate) fn raw(self: &Arc<Self>, bearer: Arc<dyn BearerSource>) -> raw::Client {
        self.generated_client(Hooks::new(RawHooks::new(Arc::clone(self), bearer)))
    }

    fn generated_client(&self, hooks: Hooks) -> raw::Client {
        raw::Client::new_with_client(self.base_url.as_str(), self.http(), hooks)
    }
}

/// Returns true if the API may process a request twice: its method is idempotent (RFC 9110 §9.2.2), or it has a key by which
/// the API recognizes it.
fn is_idempotent(request: &Request) -> bool {
    // A program whose variable is not set sends an empty key.
    let has_key = |key: &HeaderValue| !key.as_bytes().trim_ascii().is_empty();
    request.method().is_idempotent() || request.headers().get(IDEMPOTENCY_KEY).is_some_and(has_key)
}

/// Returns true if the body can be read only once.
pub(crate) fn has_stream(request: &Request) -> bool {
    request.body().is_some_and(|body| Body::as_bytes(body).is_none())
}

/// Returns the secrets that a response to an authenticated request may quote.
fn secrets<'a>(authorization: &'a HeaderValue, credentials: Option<&'a Credentials>) -> Secrets<'a> {
    let header = authorization.to_str().unwrap_or_default();
    let token = header.strip_prefix("Bearer ").unwrap_or(header);
    credentials.map(Secrets::of).unwrap_or_default().and(token)
}

impl CommonHeaders {
    fn insert(&self, request: &mut Request) {
        let headers = request.headers_mut();
        // The generator adds a header of its own that this API does not know.
        headers.remove("api-version");
        headers.insert(API_VERSION, self.api_version.clone());
        headers.insert(USER_AGENT, self.user_agent.clone());
    }

    /// Adds the headers that are absent.
    pub(crate) fn insert_missing(&self, headers: &mut HeaderMap) {
        headers.entry(API_VERSION).or_insert_with(|| self.api_version.clone());
        headers.entry(USER_AGENT).or_insert_with(|| self.user_agent.clone());
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}
