//! A snapshot of the cache for health checks and dashboards.

use std::time::{Duration, SystemTime};

use crate::error::Error;
#[cfg(feature = "token-store")]
use crate::token::store::StoreStatus;

/// A snapshot of a client's token, for health checks and dashboards. It holds no secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenStatus {
    /// The time until the current token expires; `None` without an unexpired token, and for a
    /// [static token](crate::ClientBuilder::static_token), whose expiry is not known.
    pub expires_in: Option<Duration>,
    /// Whether the current token is in its refresh window, the last part of its lifetime.
    pub in_refresh_window: bool,
    /// Whether a request met a 401 with the current token that no later success refuted. A suspect token is used
    /// until its successor arrives.
    pub suspect: bool,
    pub(super) availability: Availability,
    /// Whether a refresh is in progress.
    pub refreshing: bool,
    /// The time of the last successful refresh.
    pub refreshed_at: Option<SystemTime>,
    /// The error of the last failed refresh. It remains after a later success.
    pub last_error: Option<Error>,
    /// The time until the next refresh may start, if a failed one delays it. Until then, calls without a token return
    /// the error of the failed refresh, and nothing is sent. A
    /// [`CredentialsProvider`](crate::CredentialsProvider) that returns other credentials ends the delay after a
    /// rejection.
    pub next_attempt_in: Option<Duration>,
    /// What is known of the token store; `None` without one.
    #[cfg(feature = "token-store")]
    #[cfg_attr(docsrs, doc(cfg(feature = "token-store")))]
    pub store: Option<StoreStatus>,
    /// The number of refreshes that were started. Retries are not counted.
    pub refreshes: u64,
    /// The number of requests that met a 401 and succeeded when they were sent once more.
    pub recovered_requests: u64,
    /// The number of calls that returned the cached token at once.
    pub cache_hits: u64,
}

/// How a call would get a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Availability {
    /// It would not wait.
    AtOnce,
    /// It would wait, although there is an unexpired token.
    AfterRefresh,
    NoToken,
}

impl TokenStatus {
    /// Returns true if a call of [`Client::access_token`](crate::Client::access_token) at this moment would return a
    /// token without waiting, which is what a readiness probe asks.
    ///
    /// A token within its expiry margin is usable only while a failed refresh delays the next one
    /// ([`next_attempt_in`](Self::next_attempt_in)): at other times, calls replace it first. A client that has not been
    /// used yet has no token; see [`Client::warm_up`](crate::Client::warm_up).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
    /// fn readiness(client: &moneykit::Client) -> (u16, String) {
    ///     let status = client.token_status();
    ///     match status.last_error {
    ///         _ if status.is_usable() => (200, "ready".to_owned()),
    ///         Some(error) => (503, error.to_string()),
    ///         None => (503, "there is no access token yet".to_owned()),
    ///     }
    /// }
    ///
    /// assert_eq!(readiness(&client).0, 503);
    /// client.warm_up().await?;
    /// assert_eq!(readiness(&client).0, 200);
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_usable(&self) -> bool {
        self.availability == Availability::AtOnce
    }

    /// Returns true if there is an unexpired token, which may be within its expiry margin.
    pub fn has_token(&self) -> bool {
        self.availability != Availability::NoToken
    }
}
