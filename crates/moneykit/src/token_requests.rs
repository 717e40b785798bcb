use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::credentials::{ClientAuthMethod, Credentials};
use crate::credentials_provider::CredentialsSource;
use crate::error::{Error, Kind};
use crate::token::AccessToken;
use crate::token_cache::{BoxFuture, TokenSource};
use crate::transport::Endpoint;

/// Requests tokens with whatever the credentials are at the time.
pub(crate) struct TokenRequests {
    pub(crate) endpoint: Endpoint,
    credentials: CredentialsSource,
    /// How long credentials that the server rejected are not sent again.
    rest: Duration,
    rejected: Mutex<Option<Rejected>>,
    /// What a provider gave last.
    last: Mutex<Option<Credentials>>,
}

/// Credentials that the server would not have.
struct Rejected {
    credentials: Credentials,
    error: Error,
    /// Until when they are not sent again, by the monotonic clock.
    until: Duration,
}

impl TokenRequests {
    pub(crate) fn new(endpoint: Endpoint, credentials: CredentialsSource, rest: Duration) -> Self {
        Self { endpoint, credentials, rest, rejected: Mutex::default(), last: Mutex::default() }
    }

    /// Asks the server for a new token, once, whatever it said before.
    pub(crate) async fn request(&self) -> Result<AccessToken, Error> {
        self.endpoint.request_token(&self.credentials().await?).await
    }

    /// Asks the server for a new token, unless it has just rejected these very credentials. If they change while
    /// it does that, it is asked once more.
    async fn request_with_memory(&self) -> Result<AccessToken, Error> {
        let credentials = self.credentials().await?;
        if let Some(error) = self.rejection_of(&credentials) {
            return Err(error);
        }
        let error = match self.request_with(&credentials).await {
            Err(error) if error.is_rejection() => error,
            outcome => return outcome,
        };
        // A secret that was rotated while the request was under way is no reason to keep anybody waiting.
        let now = self.credentials().await?;
        if now.is(&credentials) { Err(error) } else { self.request_with(&now).await }
    }

    async fn request_with(&self, credentials: &Credentials) -> Result<AccessToken, Error> {
        let outcome = self.endpoint.request_token(credentials).await;
        let rejected = outcome.as_ref().err().filter(|error| error.is_rejection());
        *self.rejected() = rejected.map(|error| Rejected {
            credentials: credentials.clone(),
            error: error.clone(),
            until: self.endpoint.clock.now().monotonic() + self.rest,
        });
        outcome
    }

    async fn credentials(&self) -> Result<Credentials, Error> {
        let credentials = match &self.credentials {
            CredentialsSource::Fixed(credentials) => return Ok(credentials.clone()),
            CredentialsSource::Provided(provider) => provider.credentials().await,
        };
        let credentials = credentials.map_err(Kind::NoCredentials)?;
        *self.last() = Some(credentials.clone());
        check_auth_method(&credentials, self.endpoint.placement)?;
        Ok(credentials)
    }

    /// Returns the credentials that were last known, without asking for others.
    pub(crate) fn last_credentials(&self) -> Option<Credentials> {
        match &self.credentials {
            CredentialsSource::Fixed(credentials) => Some(credentials.clone()),
            CredentialsSource::Provided(_) => self.last().clone(),
        }
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Option<Credentials>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rejection_of(&self, credentials: &Credentials) -> Option<Error> {
        let now = self.endpoint.clock.now().monotonic();
        let rejected = self.rejected();
        let known = rejected.as_ref().filter(|known| now < known.until && known.credentials.is(credentials));
        known.map(|known| known.error.clone())
    }

    fn rejected(&self) -> std::sync::MutexGuard<'_, Option<Rejected>> {
        self.rejected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for TokenRequests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRequests")
            .field("endpoint", &self.endpoint)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

impl TokenSource for TokenRequests {
    fn request(&self) -> BoxFuture<'_, Result<AccessToken, Error>> {
        match self.credentials {
            // What never changes need not be remembered: the cache rests after a rejection by itself.
            CredentialsSource::Fixed(_) => Box::pin(self.request()),
            CredentialsSource::Provided(_) => Box::pin(self.request_with_memory()),
        }
    }

    fn forgets_rejections(&self) -> bool {
        matches!(self.credentials, CredentialsSource::Provided(_))
    }
}

/// Makes sure that credentials can travel where they are to travel.
pub(crate) fn check_auth_method(credentials: &Credentials, placement: ClientAuthMethod) -> Result<(), Error> {
    // RFC 7617 §2: everything after the first colon would be taken for the secret.
    if placement == ClientAuthMethod::ClientSecretBasic && credentials.client_id().as_str().contains(':') {
        return Err(Error::setting(
            "client_id",
            "has a colon in it, which HTTP Basic can't carry; use ClientAuthMethod::ClientSecretPost",
        ));
    }
    Ok(())
}
