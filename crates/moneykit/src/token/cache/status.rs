//! A snapshot of the cache for health checks and dashboards.

use std::time::{Duration, SystemTime};

use crate::error::Error;

/// A snapshot of a client's token, for health checks and dashboards. It holds no secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenStatus {
    /// The time until the current token expires; `None` without an unexpired token.
    pub expires_in: Option<Duration>,
    /// Whether the current token is in its refresh window, the last part of its lifetime.
    pub in_refresh_window: bool,
    /// Whether a request met a 401 with the current token that no later success refuted. A suspect token is used
    /// until its successor arrives.
    pub suspect: bool,
    /// The time for which calls return the current token at once: until its expiry margin.
    pub(super) usable_for: Duration,
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
    /// The number of refreshes that were started. Retries are not counted.
    pub refreshes: u64,
    /// The number of calls that returned the cached token at once.
    pub cache_hits: u64,
}

impl TokenStatus {
    /// Returns true if calls return a token at once, which is what a readiness probe asks. A token within its expiry
    /// margin is not usable: calls replace it first.
    ///
    /// A client that has not been used yet has no token; see [`Client::warm_up`](crate::Client::warm_up).
    pub fn is_usable(&self) -> bool {
        !self.usable_for.is_zero()
    }

    /// Returns true if there is an unexpired token, which may be within its expiry margin.
    pub fn has_token(&self) -> bool {
        self.expires_in.is_some()
    }
}
