use std::fmt;
use std::sync::Arc;

use http::HeaderValue;

use crate::client_builder::ClientBuilder;
use crate::error::Error;
use crate::token::AccessToken;
use crate::token_cache::TokenCache;
use crate::transport::{BearerSource, BoxFuture, Endpoint, raw};

/// Gets access tokens from MoneyKit, and keeps them while they live.
///
/// Make one for each set of credentials and share it: cloning is cheap, and all clones use the same token.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("live_1", "your-client-secret").start()?;
/// # let url = emulator.url();
/// use moneykit::Client;
///
/// let client = Client::builder()
///     .credentials("live_1", "your-client-secret")
///     .base_url(url) // leave it out to use https://api.moneykit.com
///     .build()?;
///
/// let token = client.access_token().await?;
/// let header = token.authorization_header(); // for every later request
/// # assert!(header.is_sensitive());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    core: Arc<Core>,
    raw: raw::Client,
}

impl Client {
    /// Starts to describe a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Builds a client from the environment: `MONEYKIT_CLIENT_ID` and `MONEYKIT_CLIENT_SECRET`, and
    /// `MONEYKIT_URL` where it is set. Everything else has its default.
    ///
    /// # Errors
    ///
    /// When a variable is missing, empty, not UTF-8 or malformed; the error names each one that is.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().environment().build()
    }

    pub(crate) fn new(endpoint: Endpoint) -> Self {
        let cache = TokenCache::new(Arc::clone(&endpoint.clock));
        let core = Arc::new(Core { endpoint, cache });
        let raw = core.endpoint.raw(Arc::clone(&core) as Arc<dyn BearerSource>);
        Self(Arc::new(Inner { core, raw }))
    }

    /// Returns a token that is good for some time yet: the kept one, or a new one when there is none.
    ///
    /// A token is given out until shortly before it ends: 10 seconds, or a tenth of its lifetime where that
    /// is less.
    ///
    /// # Errors
    ///
    /// Whenever [`request_token`](Self::request_token) fails.
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        self.0.core.access_token().await
    }

    /// Asks the server for a new token each time, and keeps nothing.
    ///
    /// # Errors
    ///
    /// - the server can't be reached, or does not answer in time ([`Error::is_transient`]);
    /// - it rejects the credentials or the scopes ([`Error::is_unauthorized`]), the grant
    ///   ([`Error::is_invalid_grant_type`]), or the request for another reason ([`Error::status`]);
    /// - its answer holds no usable token ([`Error::is_invalid_response`]). A redirect is such an answer
    ///   too: none is ever followed, since it would send the secret elsewhere.
    pub async fn request_token(&self) -> Result<AccessToken, Error> {
        self.0.core.endpoint.request_token().await
    }

    /// Forgets a token that the API answered with a 401, so that the next caller gets a new one.
    ///
    /// It does nothing when another token has taken its place already, so many requests that fail at once
    /// cause one new token.
    pub async fn invalidate(&self, token: &AccessToken) {
        self.0.core.cache.invalidate(token).await;
    }

    /// Returns the generated client: a method for each operation of the contract.
    ///
    /// Its requests carry the same headers as this client's, and the access token wherever the contract asks
    /// for it. An operation that the contract gains is there after a rebuild, authenticated.
    ///
    /// Its errors are progenitor's own and show parts of an answer; those of [`Client`] do not.
    pub fn raw(&self) -> &raw::Client {
        &self.0.raw
    }

    /// Returns the base URL of the API, without a trailing slash.
    pub fn base_url(&self) -> &str {
        self.0.core.endpoint.base_url.as_str()
    }

    /// Returns the value of the `MoneyKit-Version` header, for requests that you make yourself.
    pub fn api_version(&self) -> &HeaderValue {
        &self.0.core.endpoint.headers.api_version
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("endpoint", &self.0.core.endpoint).finish_non_exhaustive()
    }
}

/// What a client and its raw client share. The raw client holds this rather than the client, or neither
/// would ever be dropped.
struct Core {
    endpoint: Endpoint,
    cache: TokenCache,
}

impl Core {
    async fn access_token(&self) -> Result<AccessToken, Error> {
        self.cache.get(async || self.endpoint.request_token().await).await
    }
}

impl BearerSource for Core {
    fn authorization(&self) -> BoxFuture<'_, Result<HeaderValue, Error>> {
        Box::pin(async { Ok(self.access_token().await?.authorization_header().clone()) })
    }
}
