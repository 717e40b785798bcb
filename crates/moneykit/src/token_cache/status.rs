use std::time::{Duration, SystemTime};

use crate::error::Error;

/// How a client's token stands, for health checks and dashboards.
///
/// It is a reading of one moment, and holds no secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenStatus {
    /// How long the kept token still lives; `None` when there is none.
    pub expires_in: Option<Duration>,
    /// Whether the kept token has come into its refresh window, the last part of its life.
    pub in_refresh_window: bool,
    /// Whether a new token is being requested.
    pub refreshing: bool,
    /// When the last token came.
    pub last_refresh: Option<SystemTime>,
    /// Why the last failure was one. It stays when a later refresh succeeds.
    pub last_error: Option<Error>,
    /// How many times a new token was asked for; retries are not counted.
    pub flights: u64,
    /// How many calls were given the kept token at once.
    pub hits: u64,
}

impl TokenStatus {
    /// Says whether there is a token that lives.
    pub fn has_token(&self) -> bool {
        self.expires_in.is_some()
    }
}
