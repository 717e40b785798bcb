//! HTTP transport: the connection pool, the server's address and headers, and how requests reach it. No other
//! module names the generated client.

mod authenticated_sender;
mod base_url;
mod buffered_response;
mod raw_hooks;
mod redact;
mod retry_after;
mod stale_connections;
mod token_request;
mod trace;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{HeaderName, USER_AGENT};
use http::{HeaderMap, HeaderValue};
/// The generated client and its types, as [`Client::raw`](crate::Client::raw) returns them.
///
/// They follow the contract and not this crate's semantic versioning: an operation or a field that the contract
/// gains appears here. Their errors are progenitor's and quote parts of responses, which [`crate::Error`] does not.
#[doc(inline)]
pub use moneykit_gen as raw;
use moneykit_gen::Hooks;
use reqwest::redirect::Policy;
use reqwest::{Request, Response};

use crate::auth::Credentials;
use crate::error::{Error, Kind, RequestError};
use authenticated_sender::AuthenticatedSender;
pub(crate) use authenticated_sender::{AuthenticatedResponse, BearerSource};
pub(crate) use base_url::{BaseUrl, PlaintextPolicy};
pub(crate) use buffered_response::BufferedResponse;
#[cfg(feature = "reqwest-middleware")]
pub(crate) use buffered_response::unauthorized_cause;
use raw_hooks::RawHooks;
use redact::Secrets;
#[cfg(any(test, fuzzing))]
pub(crate) use retry_after::retry_after;
use stale_connections::{StaleConnectionHint, StaleConnections};
pub(crate) use token_request::TokenRequest;

/// The base URL that the contract names.
pub(crate) const CONTRACT_BASE_URL: &str = moneykit_gen::contract::SERVER;
/// The API version that the contract describes.
pub(crate) const CONTRACT_API_VERSION: &str = moneykit_gen::contract::VERSION;

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
    http: reqwest::Client,
    /// The timeout of requests that set none of their own, if it is known.
    timeout: Option<Duration>,
    stale_connections: StaleConnections,
}

impl Transport {
    /// Builds a transport from HTTP settings of your own: root certificates, proxy, pool, timeouts.
    ///
    /// It takes a builder rather than a finished client because redirects must be off: a 307 or a 308 would send
    /// the client secret to whatever host the response names.
    ///
    /// # Errors
    ///
    /// Returns an error if reqwest cannot build a client from the settings, for example because of a certificate
    /// that it cannot read.
    pub fn new(http: reqwest::ClientBuilder) -> Result<Self, Error> {
        let http = http.redirect(Policy::none()).build();
        let http = http.map_err(|error| Kind::HttpSettings(error.without_url()))?;
        Ok(Self { http, timeout: None, stale_connections: StaleConnections::default() })
    }

    /// Builds a transport whose requests have this timeout unless they set their own.
    pub(crate) fn with_timeout(http: reqwest::ClientBuilder, timeout: Duration) -> Result<Self, Error> {
        Ok(Self { timeout: Some(timeout), ..Self::new(http.timeout(timeout))? })
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
    stale_connection: StaleConnectionHint,
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
    ) -> Self {
        let stale_connection = transport.stale_connections.hint(&base_url);
        Self { transport, base_url, headers, request_timeout, stale_connection }
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.transport.http
    }

    pub(crate) fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    pub(crate) fn headers(&self) -> &CommonHeaders {
        &self.headers
    }

    /// Sends a request with an access token from `bearer`; sends it once more with a new one after a 401.
    pub(crate) async fn send_authenticated(
        &self,
        bearer: &dyn BearerSource,
        mut request: Request,
        path_template: Option<&str>,
    ) -> Result<AuthenticatedResponse, Error> {
        // tokio's timers and reqwest panic outside of a runtime.
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Kind::NoRuntime.into());
        }
        // A timeout on the request costs three allocations, so the transport's own is used where it is the same.
        if self.transport.timeout != Some(self.request_timeout) && request.timeout().is_none() {
            *request.timeout_mut() = Some(self.request_timeout);
        }
        let authorization = bearer.authorization().await?;
        let sender = AuthenticatedSender { http: &self.transport.http, headers: &self.headers, bearer };
        let sent = sender.send(request, authorization, path_template).await;
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
        let response = match BufferedResponse::read(response).await {
            Ok(response) => response,
            Err(error) => return self.transport_error(error),
        };
        let header = authorization.to_str().unwrap_or_default();
        let token = header.strip_prefix("Bearer ").unwrap_or(header);
        let secrets = credentials.map(Secrets::of).unwrap_or_default().and(token);
        Kind::Request(RequestError::Response(response.error_response(&secrets, wall))).into()
    }

    /// Returns the error of a request that got no response, or not all of it.
    pub(crate) fn transport_error(&self, error: reqwest::Error) -> Error {
        let base_url = self.base_url.as_str().to_owned();
        Kind::Request(RequestError::Http { error: error.without_url(), base_url }).into()
    }

    /// Returns the generated client, authenticated by `bearer`.
    pub(crate) fn raw(self: &Arc<Self>, bearer: Arc<dyn BearerSource>) -> raw::Client {
        self.generated_client(Hooks::new(RawHooks::new(Arc::clone(self), bearer)))
    }

    fn generated_client(&self, hooks: Hooks) -> raw::Client {
        raw::Client::new_with_client(self.base_url.as_str(), self.transport.http.clone(), hooks)
    }
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
