//! The results of calls, summed over all callers.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::server::Server;
use crate::token_source::TokenSource;

/// Counts of the results of calls, and the duration of the slowest call.
#[derive(Default)]
pub struct Tally {
    pub calls: usize,
    pub tokens: usize,
    /// Tokens that had expired when the call returned.
    pub expired: usize,
    pub errors: usize,
    /// Calls that were cancelled at their timeout.
    pub timeouts: usize,
    pub slowest: Duration,
    /// The time at which the first caller got its first token.
    pub first_token: Option<Instant>,
    /// The time at which the last caller got its first token, among the callers that got one.
    pub last_first_token: Option<Instant>,
}

impl Tally {
    /// Makes one call, which is cancelled after `limit`. Returns true if it returned a token.
    pub async fn call<T: TokenSource>(&mut self, source: &T, server: &Server, limit: Duration) -> bool {
        let start = Instant::now();
        let result = timeout(limit, source.header()).await;
        let is_token = matches!(result, Ok(Ok(_)));
        self.slowest = self.slowest.max(start.elapsed());
        self.calls += 1;
        match result {
            Ok(Ok(value)) => {
                self.tokens += 1;
                self.expired += usize::from(server.has_expired(&value));
                let now = Instant::now();
                self.first_token.get_or_insert(now);
                self.last_first_token.get_or_insert(now);
            }
            Ok(Err(_)) => self.errors += 1,
            Err(_) => self.timeouts += 1,
        }
        is_token
    }

    /// Waits for all callers and sums their tallies. A caller in which the subject panicked counts as one error.
    pub async fn collect(mut callers: JoinSet<Self>) -> Self {
        let mut sum = Self::default();
        while let Some(tally) = callers.join_next().await {
            sum = sum.plus(tally.unwrap_or_else(|_| Self::panicked()));
        }
        sum
    }

    fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            tokens: self.tokens + other.tokens,
            expired: self.expired + other.expired,
            errors: self.errors + other.errors,
            timeouts: self.timeouts + other.timeouts,
            slowest: self.slowest.max(other.slowest),
            first_token: self.first_token.into_iter().chain(other.first_token).min(),
            last_first_token: self.last_first_token.max(other.last_first_token),
        }
    }

    fn panicked() -> Self {
        Self { calls: 1, errors: 1, ..Self::default() }
    }
}
