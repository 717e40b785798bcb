//! The client: what users hold.

mod builder;
mod env;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

pub use builder::ClientBuilder;

use crate::error::Error;
use crate::token::{AccessToken, TokenCache, TokenFetcher, TokenStatus};
use crate::transport::{AuthenticatedResponse, BearerSource, Server, raw};

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
    server: Arc<Server>,
    fetcher: Arc<TokenFetcher>,
    // The raw client shares the cache rather than the client: a cycle would keep both alive for ever.
    tokens: Arc<TokenCache>,
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
        Self::builder().read_env().build()
    }

    pub(crate) fn new(server: Arc<Server>, fetcher: Arc<TokenFetcher>, tokens: Arc<TokenCache>) -> Self {
        let raw = server.raw(Arc::clone(&tokens) as Arc<dyn BearerSource>);
        Self(Arc::new(Inner { server, fetcher, tokens, raw }))
    }

    /// Returns a token that is good for some time yet: the kept one, or the next.
    ///
    /// - While the kept token is good, this takes no lock and does not wait.
    /// - In the last part of its life (5 minutes, or a fifth of its lifetime where that is less) the first
    ///   caller to come by has the next token fetched in the background. Nobody waits for that.
    /// - Without a good token, all callers wait for one request and share what it brings, token or error. It
    ///   goes on when they go away; it ends when the last clone of this client is dropped.
    /// - After a failure, requests are off for a while: a second at first, up to a minute; five seconds when
    ///   the credentials were rejected. Callers get the old token while it lives, and the same error at once
    ///   otherwise.
    ///
    /// A token is good until shortly before it ends: 10 seconds, or a tenth of its lifetime where that is
    /// less.
    ///
    /// # Errors
    ///
    /// Whenever [`request_token`](Self::request_token) fails, after up to three tries for what
    /// [may pass](Error::is_transient); and outside of a tokio runtime, when there is no good token.
    #[inline]
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        self.0.tokens.token().await
    }

    /// Returns the `Authorization` header of [`access_token`](Self::access_token), marked sensitive.
    ///
    /// This is the fast way for many requests: while the kept token is good it allocates nothing, and threads
    /// do not get in each other's way.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    #[inline]
    pub async fn authorization_header(&self) -> Result<HeaderValue, Error> {
        // A future within a future would cost half of a hit again.
        match self.0.tokens.cached_header() {
            Some(header) => Ok(header),
            None => Box::pin(self.0.tokens.header()).await,
        }
    }

    /// Returns a token that has at least `life` left, for work that takes longer than the usual margin.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token), and when the server's tokens do not live that long. A token
    /// that is good otherwise is not replaced more than once a second.
    pub async fn access_token_valid_for(&self, life: Duration) -> Result<AccessToken, Error> {
        self.0.tokens.token_valid_for(life).await
    }

    /// Gets a token before the first request needs one, so that the first request does not wait.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub async fn warm_up(&self) -> Result<(), Error> {
        self.access_token().await.map(drop)
    }

    /// Tells how the token stands: whether there is one, how long it lives, what went wrong last.
    pub fn token_status(&self) -> TokenStatus {
        self.0.tokens.status()
    }

    /// Asks the server for a new token each time, and keeps nothing.
    ///
    /// # Errors
    ///
    /// - the server can't be reached, breaks the connection, or does not answer within the
    ///   [`token_attempt_timeout`](ClientBuilder::token_attempt_timeout) ([`Error::is_transient`]);
    /// - it rejects the credentials or the scopes ([`Error::is_unauthorized`]), the grant
    ///   ([`Error::is_invalid_grant_type`]), or the request for another reason ([`Error::status`]);
    /// - it redirects: none is ever followed, whatever your own HTTP settings say, since that would send the
    ///   secret elsewhere. The error says where to;
    /// - its answer holds no usable token, is larger than 64 KiB when inflated, has a field twice, or is no
    ///   HTTP ([`Error::is_invalid_response`]);
    /// - there is no tokio runtime: call it inside of one.
    pub async fn request_token(&self) -> Result<AccessToken, Error> {
        self.0.fetcher.fetch().await
    }

    /// Forgets a token that the API answered with a 401, so that the next caller gets a new one.
    ///
    /// It does nothing when another token has taken its place already, so many requests that fail at once
    /// cause one new token. Nor is a token replaced more than once a second, however often this is called.
    pub fn invalidate(&self, token: &AccessToken) {
        self.0.tokens.invalidate(token);
    }

    /// Forgets the token of a header that the API answered with a 401.
    #[cfg(any(feature = "reqwest-middleware", feature = "tower"))]
    pub(crate) fn reject(&self, authorization: &HeaderValue) {
        self.0.tokens.invalidate_header(authorization);
    }

    /// Returns the generated client: a method for each operation of the contract.
    ///
    /// Its requests carry the same headers as this client's, and the access token wherever the contract asks
    /// for it. An operation that the contract gains is there after a rebuild, authenticated. One that meets a 401
    /// is called once more with a fresh token. Of an error's body, 64 KiB are read at the most: a longer one is
    /// left out.
    ///
    /// Its errors are progenitor's own and show parts of an answer; those of [`Client`] do not.
    pub fn raw(&self) -> &raw::Client {
        &self.0.raw
    }

    /// Sends a request with the access token and the common headers.
    pub(crate) async fn send(
        &self,
        request: reqwest::Request,
        path_template: Option<&str>,
    ) -> Result<AuthenticatedResponse, Error> {
        self.0.server.send_authenticated(&*self.0.tokens, request, path_template).await
    }

    /// Reads a response that is not a success into an error. `authorization` is the header of its request.
    pub(crate) async fn error_response(
        &self,
        response: reqwest::Response,
        authorization: &HeaderValue,
    ) -> Error {
        let (credentials, wall) = (self.0.fetcher.last_credentials(), self.0.fetcher.wall());
        self.0.server.error_response(response, authorization, credentials.as_ref(), wall).await
    }

    pub(crate) fn server(&self) -> &Server {
        &self.0.server
    }

    /// Returns the base URL of the API, without a trailing slash.
    pub fn base_url(&self) -> &str {
        self.0.server.base_url().as_str()
    }

    /// Returns the value of the `MoneyKit-Version` header, for requests that you make yourself.
    pub fn api_version(&self) -> &HeaderValue {
        &self.0.server.headers().api_version
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("fetcher", &self.0.fetcher).finish_non_exhaustive()
    }
}
