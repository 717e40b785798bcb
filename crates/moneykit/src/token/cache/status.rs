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
    /// Whether a refresh is in progress.
    pub refreshing: bool,
    /// The time of the last successful refresh.
    pub refreshed_at: Option<SystemTime>,
    /// The error of the last failed refresh. It remains after a later success.
    pub last_error: Option<Error>,
    /// The number of refreshes that were started. Retries are not counted.
    pub refreshes: u64,
    /// The number of calls that returned the cached token at once.
    pub cache_hits: u64,
}

impl TokenStatus {
    /// Returns true if there is an unexpired token.
    pub fn has_token(&self) -> bool {
        self.expires_in.is_some()
    }
}
