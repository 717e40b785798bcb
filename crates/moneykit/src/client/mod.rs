//! The client: obtains and caches access tokens, and sends authenticated requests.

mod builder;
mod config;
mod config_value;
mod env;
mod given_secret;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, StatusCode};

pub use builder::ClientBuilder;
pub use config::ClientConfig;

use crate::error::{Error, JsonError};
use crate::token::{AccessToken, TokenCache, TokenFetcher, TokenStatus};
use crate::transport::{AuthenticatedResponse, BearerSource, SendOptions, Server, raw};

/// A client for the MoneyKit API, which authenticates its requests with cached access tokens.
///
/// Create one client for each set of credentials and share it: cloning is cheap, and all clones share one token.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder()
/// #     .client("live_1", "your-client-secret")
/// #     .stub("GET", "/links/lnk_1", 200, r#"{"link_id": "lnk_1", "state": "connected"}"#)
/// #     .start()?;
/// # let url = emulator.url();
/// use moneykit::Client;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Link {
///     link_id: String,
///     state: String,
/// }
///
/// let client = Client::builder()
///     .credentials("live_1", "your-client-secret")
///     .base_url(url) // omit to use https://api.moneykit.com
///     .build()?;
///
/// let link: Link = client.get("/links/{link_id}").path("link_id", "lnk_1").recv_json().await?;
/// println!("{} is {}", link.link_id, link.state);
/// # assert_eq!(link.state, "connected");
///
/// let session = serde_json::json!({"customer_user": {"id": "user-1"}});
/// let response = client.post("/link-session").json(&session).send().await?;
/// assert!(response.status().is_success());
/// # Ok(())
/// # }
/// ```
///
/// Other HTTP libraries take the token, or the header that contains it:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
/// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
/// let token = client.access_token().await?;
/// let header = client.authorization_header().await?;
/// assert_eq!(header, token.authorization_header());
/// # Ok(())
/// # }
/// ```
///
/// # Runtimes and processes
///
/// - A connection belongs to the runtime that opened it. A client in a `static` that outlives its runtime, as in tests
///   with a runtime each, meets broken connections now and then; use one client for each runtime.
/// - The runtime needs timers and I/O (`enable_all`).
/// - After a fork, the child process must not use a client whose connections are open; create a new one there.
/// - Where tokio's time is paused, timeouts pass before a real server can respond. To test expiry, use a
///   [`clock`](ClientBuilder::clock).
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    server: Arc<Server>,
    fetcher: Arc<TokenFetcher>,
    // The raw client shares the cache rather than the client: a reference cycle would leak both.
    tokens: Arc<TokenCache>,
    raw: raw::Client,
}

/// # Creating a client
impl Client {
    /// Creates a client from the environment variables `MONEYKIT_CLIENT_ID`, `MONEYKIT_CLIENT_SECRET` or
    /// `MONEYKIT_CLIENT_SECRET_FILE`, and `MONEYKIT_URL` if it is set. Every other setting has its default.
    /// [`ClientBuilder::read_env`] describes the variables.
    ///
    /// # Errors
    ///
    /// Returns a configuration error ([`Error::is_configuration`]) that lists each variable that is missing, empty,
    /// not UTF-8 or malformed, or the error of [`Transport::new`](crate::Transport::new).
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().read_env().build()
    }

    /// Creates a client like [`from_env`](Self::from_env), from variables with a prefix of your own:
    /// `ACME_MONEYKIT_CLIENT_ID` for the prefix `ACME_MONEYKIT`.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`from_env`](Self::from_env).
    pub fn from_env_with_prefix(prefix: &str) -> Result<Self, Error> {
        Self::builder().read_env_with_prefix(prefix).build()
    }

    /// Creates a client from settings that the application has read, such as a section of its settings file.
    /// [`ClientBuilder::from_config`] combines them with settings in code.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`ClientBuilder::build`].
    pub fn from_config(config: ClientConfig) -> Result<Self, Error> {
        ClientBuilder::from_config(config).build()
    }

    /// Creates a client that sends a token which it is given, and requests none. It is for tests that need no token
    /// endpoint, and for tools that are given a token. [`ClientBuilder::static_token`] combines it with other settings.
    ///
    /// The token is used for ever: nothing replaces it, and a 401 is returned.
    ///
    /// # Errors
    ///
    /// Returns a configuration error ([`Error::is_configuration`]) if the token is empty or contains a character that
    /// no header can carry, or the error of [`Transport::new`](crate::Transport::new).
    pub fn with_static_token(token: impl Into<String>) -> Result<Self, Error> {
        Self::builder().static_token(token).build()
    }

    /// Returns a builder for a client with other settings.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    pub(crate) fn new(server: Arc<Server>, fetcher: Arc<TokenFetcher>, tokens: Arc<TokenCache>) -> Self {
        let raw = server.raw(Arc::clone(&tokens) as Arc<dyn BearerSource>);
        Self(Arc::new(Inner { server, fetcher, tokens, raw }))
    }
}

/// # Access tokens
///
/// Every method here is cancel safe. Cancelling a call does not cancel the token refresh that it waits for.
impl Client {
    /// Returns the cached token if it is usable, otherwise a new one.
    ///
    /// - A token is usable until its expiry margin: 10 seconds before it expires, or a tenth of its lifetime if that
    ///   is less. Returning a usable token does not wait, and takes no lock unless the call starts a refresh.
    /// - In the refresh window, which begins 5 minutes before expiry or a fifth of the lifetime if that is less, and
    ///   up to a tenth of the lifetime earlier at random, the first call starts a refresh in the background. Calls
    ///   return the current token meanwhile.
    /// - Without a usable token, concurrent callers share one refresh and its outcome. The refresh is aborted when the
    ///   last clone of this client is dropped.
    /// - After a failed refresh, no other starts during a cool-down: up to 1 second after the first failure, doubled
    ///   after each further one up to 1 minute; 5 seconds, doubled likewise, if the credentials were rejected; longer
    ///   if `Retry-After` asks for it, up to 10 minutes. During the cool-down, calls return the current token if it
    ///   has not expired, otherwise an error that contains the one of the failed refresh, and whose
    ///   [`retry_after`](Error::retry_after) is the time until the next refresh may start.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`request_token`](Self::request_token); [transient](Error::is_transient) ones after up
    /// to [`token_max_attempts`](ClientBuilder::token_max_attempts). Returns a timeout ([`Error::is_timeout`]) when the refresh
    /// exceeds [`token_timeout`](ClientBuilder::token_timeout), and an error outside of a tokio runtime if there is no
    /// usable token.
    #[inline]
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        self.0.tokens.token().await
    }

    /// Returns the `Authorization` header of [`access_token`](Self::access_token), marked sensitive.
    ///
    /// This is the fastest way to authenticate many requests: while the cached token is usable, a call allocates
    /// nothing, and threads do not contend.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`access_token`](Self::access_token).
    #[inline]
    pub async fn authorization_header(&self) -> Result<HeaderValue, Error> {
        // Awaiting a nested future would make a hit half as expensive again.
        match self.0.tokens.cached_header() {
            Some(header) => Ok(header),
            None => Box::pin(self.0.tokens.header()).await,
        }
    }

    /// Returns a token that remains valid for at least `validity`, for work that takes longer than the expiry margin.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`access_token`](Self::access_token), and an error when the server's tokens have a
    /// shorter lifetime. Refreshes that this method forces start at least 1 second apart. A
    /// [static token](ClientBuilder::static_token) is returned as it is, since its lifetime is not known.
    pub async fn access_token_valid_for(&self, validity: Duration) -> Result<AccessToken, Error> {
        self.0.tokens.token_valid_for(validity).await
    }

    /// Obtains a token ahead of the first request, so that the first request does not wait for it.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`access_token`](Self::access_token).
    pub async fn warm_up(&self) -> Result<(), Error> {
        self.access_token().await.map(drop)
    }

    /// Requests a new token without reading or updating the cache. Makes one attempt, which
    /// [`token_timeout`](ClientBuilder::token_timeout) bounds, the credentials provider included.
    ///
    /// # Errors
    ///
    /// Returns an error when
    ///
    /// - the server cannot be reached, closes the connection, or does not respond within
    ///   [`token_attempt_timeout`](ClientBuilder::token_attempt_timeout) ([`Error::is_transient`]);
    /// - the server rejects the credentials or the scopes ([`Error::is_unauthorized`]), the grant type
    ///   ([`Error::is_invalid_grant_type`]), or the request for another reason ([`Error::status`]);
    /// - the server redirects, since following a redirect would send the secret elsewhere. The message contains the
    ///   target of the redirect;
    /// - the response contains no usable token, is larger than 64 KiB after decompression, repeats a field, or is not
    ///   HTTP ([`Error::is_invalid_response`]);
    /// - the [`CredentialsProvider`](crate::CredentialsProvider) fails, panics, or does not return in time;
    /// - the call is made outside of a tokio runtime;
    /// - the client has a [static token](ClientBuilder::static_token) and no credentials.
    pub async fn request_token(&self) -> Result<AccessToken, Error> {
        // Boxed to keep the caller's future small.
        self.0.tokens.within_timeout(Box::pin(self.0.fetcher.fetch())).await
    }

    /// Removes a token that the API rejected with 401 from the cache, so that the next call obtains a new one.
    ///
    /// Does nothing if another token has replaced it: many requests that fail at once cause one refresh. Refreshes
    /// that this method or a 401 forces start at least 1 second apart. If the next one is not due yet, the token stays
    /// in use, and [`TokenStatus::suspect`] is true. If a refresh is in progress, the next call waits for its token.
    ///
    /// A request of this client does this itself, unless its body is a stream: then pass the token on, obtained from
    /// [`access_token`](Self::access_token) before the request, and send a new stream.
    ///
    /// Does nothing if the client has a [static token](ClientBuilder::static_token), which nothing can replace.
    pub fn invalidate(&self, token: &AccessToken) {
        self.0.tokens.invalidate(token);
    }

    #[cfg(any(feature = "reqwest-middleware", feature = "tower"))]
    pub(crate) fn tokens(&self) -> &TokenCache {
        &self.0.tokens
    }

    /// Returns a snapshot of the token cache: time until expiry, refreshes, the last error.
    pub fn token_status(&self) -> TokenStatus {
        self.0.tokens.status()
    }
}

/// # The API
impl Client {
    /// Returns the base URL of the API, without a trailing slash.
    pub fn base_url(&self) -> &str {
        self.0.server.base_url().as_str()
    }

    /// Returns the value of the `MoneyKit-Version` header, for requests of other HTTP libraries.
    pub fn api_version(&self) -> &HeaderValue {
        &self.0.server.headers().api_version
    }

    /// Returns the generated client, which has one method per operation of the contract.
    ///
    /// Its requests carry the same headers as those of this client, and the access token if the operation requires
    /// it. An operation that is added to the contract is available, and authenticated, after a rebuild. A request that
    /// the API rejects with 401 is sent once more with a new token. The body of an error response is read up to
    /// 64 KiB; a longer one is omitted.
    ///
    /// Its errors are those of progenitor and show parts of responses, unlike the errors of [`Client`].
    pub fn raw(&self) -> &raw::Client {
        &self.0.raw
    }

    /// Sends a request with the access token and the common headers.
    pub(crate) async fn send(
        &self,
        request: reqwest::Request,
        options: &SendOptions,
    ) -> Result<AuthenticatedResponse, Error> {
        self.0.server.send_authenticated(&*self.0.tokens, request, options).await
    }

    /// Converts an unsuccessful response into an error. `authorization` is the header of its request.
    pub(crate) async fn error_response(
        &self,
        response: reqwest::Response,
        authorization: &HeaderValue,
    ) -> Error {
        let (credentials, wall) = (self.0.fetcher.last_credentials(), self.0.fetcher.wall());
        self.0.server.error_response(response, authorization, credentials.as_ref(), wall).await
    }

    /// Converts an unsuccessful response into an error, and returns the response as well, with its body in memory.
    pub(crate) async fn error_and_response(
        &self,
        response: reqwest::Response,
        authorization: &HeaderValue,
    ) -> Result<(Error, reqwest::Response), Error> {
        let (credentials, wall) = (self.0.fetcher.last_credentials(), self.0.fetcher.wall());
        self.0.server.error_and_response(response, authorization, credentials.as_ref(), wall).await
    }

    /// Returns the error of a response body that could not be decoded. `authorization` is the header of its request.
    pub(crate) fn decode_error(
        &self,
        status: StatusCode,
        error: JsonError,
        authorization: &HeaderValue,
    ) -> Error {
        self.0.server.decode_error(status, error, authorization, self.0.fetcher.last_credentials().as_ref())
    }

    pub(crate) fn server(&self) -> &Server {
        &self.0.server
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("fetcher", &self.0.fetcher).finish_non_exhaustive()
    }
}
