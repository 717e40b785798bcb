//! Fetching access tokens with the current credentials.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderValue;

use super::cache::{BoxFuture, Labels, Purpose, TokenCache, TokenSource};
use super::rejections::Rejections;
#[cfg(feature = "token-store")]
use super::store::{SharedFetch, StoreKey, StoreStatus};
use crate::auth::{ClientAuthMethod, Credentials, CredentialsSource, Scopes};
use crate::error::{Error, InvalidBody, Kind};
use crate::evidence::{SentRequest, Unauthorized, UnauthorizedCause};
use crate::sync;
use crate::time::{Clock, Moment};
use crate::token::AccessToken;
use crate::transport::{BearerSource, BufferedResponse, Server, TokenRequest};

/// Fetches access tokens from the token endpoint, and remembers rejected credentials.
pub(crate) struct TokenFetcher {
    pub(crate) server: Arc<Server>,
    pub(crate) credentials: CredentialsSource,
    pub(crate) auth_method: ClientAuthMethod,
    pub(crate) scopes: Option<Scopes>,
    /// The bound of one attempt, from connecting to the last byte.
    pub(crate) attempt_timeout: Duration,
    /// How long rejected credentials are not sent again.
    pub(crate) rejection_cooldown: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) memory: Memory,
    /// The store that is asked before the token endpoint.
    #[cfg(feature = "token-store")]
    pub(crate) shared: Option<SharedFetch>,
}

/// What a fetcher remembers between requests.
#[derive(Default)]
pub(crate) struct Memory {
    rejections: Mutex<Rejections>,
    /// The credentials that the provider returned last.
    provided: Mutex<Option<Credentials>>,
}

impl TokenFetcher {
    /// Requests a new token once, whatever the server rejected before, and whatever a store has.
    pub(crate) async fn fetch(&self) -> Result<AccessToken, Error> {
        self.request(&self.current_credentials().await?).await
    }

    /// Obtains a new token unless the server has just rejected the current credentials. If the credentials change
    /// while the server rejects them, requests once more.
    async fn fetch_unless_rejected(&self, purpose: &Purpose) -> Result<AccessToken, Error> {
        let credentials = self.current_credentials().await?;
        let error = match self.obtain_unless_rejected(&credentials, purpose).await {
            // If nothing was sent, no time has passed in which the credentials could have changed.
            Err(error) if error.is_rejection() && !error.is_cooling_down() => error,
            outcome => return outcome,
        };
        // A secret that was rotated during the request is no reason to make anybody wait.
        let current = self.current_credentials().await?;
        if current.ct_eq(&credentials) {
            Err(error)
        } else {
            self.obtain_unless_rejected(&current, purpose).await
        }
    }

    async fn obtain_unless_rejected(
        &self,
        credentials: &Credentials,
        purpose: &Purpose,
    ) -> Result<AccessToken, Error> {
        let now = self.clock.now().monotonic();
        if let Some(error) = lock(&self.memory.rejections).error_for(credentials, now) {
            return Err(error);
        }
        let outcome = self.obtain(credentials, purpose).await;
        let now = self.clock.now().monotonic();
        let mut rejections = lock(&self.memory.rejections);
        match &outcome {
            Err(error) if error.is_rejection() => {
                rejections.record(credentials, error, now, self.rejection_cooldown);
            }
            Ok(_) => rejections.forget(credentials),
            Err(_) => {}
        }
        outcome
    }

    /// Obtains a token of these credentials, from the store if there is one.
    async fn obtain(&self, credentials: &Credentials, purpose: &Purpose) -> Result<AccessToken, Error> {
        #[cfg(feature = "token-store")]
        if let Some(shared) = &self.shared {
            shared.check_secret(credentials.client_secret());
            let key = self.store_key(credentials);
            return shared.fetch(&key, purpose, self.request(credentials)).await;
        }
        let _ = purpose;
        self.request(credentials).await
    }

    /// Returns the key of these credentials' tokens. It is derived for each attempt, since credentials may rotate.
    #[cfg(feature = "token-store")]
    fn store_key(&self, credentials: &Credentials) -> StoreKey {
        let api_version = String::from_utf8_lossy(self.server.headers().api_version.as_bytes());
        StoreKey::new(credentials, self.server.base_url().as_str(), self.scopes.as_ref(), &api_version)
    }

    async fn request(&self, credentials: &Credentials) -> Result<AccessToken, Error> {
        let requested = self.clock.now();
        let request = TokenRequest {
            authentication: self.auth_method.authenticate(credentials),
            scopes: self.scopes.as_ref(),
            timeout: self.attempt_timeout,
        };
        let response = self.server.request_token(request, &self.clock).await?;
        token_of(response, requested, credentials, self.clock.now().wall())
    }

    async fn current_credentials(&self) -> Result<Credentials, Error> {
        let Some(provider) = self.credentials.provider() else {
            return self.credentials.known().ok_or_else(|| Kind::StaticToken.into());
        };
        let credentials = sync::catch_panic(async { provider.credentials().await }).await;
        let credentials =
            credentials.map_err(|_| Kind::CredentialsProviderPanicked)?.map_err(Kind::CredentialsProvider)?;
        *lock(&self.memory.provided) = Some(credentials.clone());
        self.auth_method.check(&credentials)?;
        Ok(credentials)
    }

    /// Returns the credentials that were used last, without asking the provider.
    pub(crate) fn last_credentials(&self) -> Option<Credentials> {
        lock(&self.memory.provided).clone().or_else(|| self.credentials.known())
    }

    /// Returns the present by the wall clock, as the time since the Unix epoch.
    pub(crate) fn wall(&self) -> Duration {
        self.clock.now().wall()
    }
}

impl TokenSource for TokenFetcher {
    fn fetch<'a>(&'a self, purpose: &'a Purpose) -> BoxFuture<'a, Result<AccessToken, Error>> {
        // The cache's own cool-down suffices for credentials that never change.
        if self.credentials_may_change() {
            Box::pin(self.fetch_unless_rejected(purpose))
        } else {
            Box::pin(async move { self.obtain(&self.current_credentials().await?, purpose).await })
        }
    }

    #[cfg(feature = "token-store")]
    fn store_status(&self) -> Option<StoreStatus> {
        self.shared.as_ref().map(SharedFetch::status)
    }

    fn credentials_may_change(&self) -> bool {
        self.credentials.provider().is_some()
    }

    fn labels(&self) -> Labels {
        let url = self.server.base_url().url();
        Labels {
            client_id: self.last_credentials().map(|credentials| credentials.client_id().as_str().to_owned()),
            server_address: url.host_str().map(str::to_owned),
            server_port: url.port_or_known_default(),
        }
    }
}

impl BearerSource for TokenCache {
    fn cached(&self) -> Option<HeaderValue> {
        self.cached_header()
    }

    fn next(&self) -> BoxFuture<'_, Result<HeaderValue, Error>> {
        Box::pin(self.header())
    }

    fn now(&self) -> Duration {
        self.now()
    }

    fn succeeded(&self, request: &SentRequest<'_>) {
        self.succeeded(request);
    }

    fn unauthorized<'a>(
        &'a self,
        request: &'a SentRequest<'a>,
        cause: UnauthorizedCause,
    ) -> BoxFuture<'a, Unauthorized> {
        Box::pin(self.unauthorized(request, cause))
    }

    fn record_unauthorized(&self, request: &SentRequest<'_>, cause: UnauthorizedCause) {
        self.record_unauthorized(request, cause);
    }

    fn resend_succeeded(&self, request: &SentRequest<'_>) {
        self.resend_succeeded(request);
    }

    fn resend_unauthorized(&self, request: &SentRequest<'_>) {
        self.resend_unauthorized(request);
    }
}

impl fmt::Debug for TokenFetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenFetcher")
            .field("server", &self.server)
            .field("credentials", &self.credentials)
            .field("auth_method", &self.auth_method)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each value is replaced as a whole, so a panic elsewhere leaves nothing half-written.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the token of a response to a request that was sent at `requested`.
fn token_of(
    response: BufferedResponse,
    requested: Moment,
    credentials: &Credentials,
    wall: Duration,
) -> Result<AccessToken, Error> {
    let (base_url, status) = (response.base_url().to_owned(), response.status());
    let token = response.into_token_response(credentials, wall)?;
    AccessToken::new(token.access_token, token.expires_in, requested).map_err(|problem| {
        let body = InvalidBody::Field { name: "access_token", problem };
        Kind::InvalidResponse { base_url, status, body }.into()
    })
}

/// Decodes a token response that no server sent.
#[cfg(any(test, fuzzing))]
pub(crate) fn decode(
    (status, headers, body): (http::StatusCode, http::HeaderMap, &[u8]),
    requested: Moment,
    credentials: &Credentials,
) -> Result<AccessToken, Error> {
    let url = crate::transport::CONTRACT_BASE_URL.parse().expect("the contract's URL is valid");
    let response = BufferedResponse::new(url, status, headers, body);
    token_of(response, requested, credentials, requested.wall())
}
