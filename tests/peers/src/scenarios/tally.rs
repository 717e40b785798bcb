use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::server::Server;
use crate::token_source::TokenSource;

/// What callers got, and how long the slowest of them waited.
#[derive(Default)]
pub struct Tally {
    pub calls: usize,
    pub tokens: usize,
    /// Tokens that were past their end when the caller got them.
    pub expired: usize,
    pub errors: usize,
    /// Calls that had not returned at their bound.
    pub unanswered: usize,
    pub slowest: Duration,
    /// When the first of the callers got its first token.
    pub first_start: Option<Instant>,
    /// When the last of those who got a token at all got its first one.
    pub last_start: Option<Instant>,
}

impl Tally {
    /// Makes one call, and returns whether it got a token. After `bound`, it is dropped.
    pub async fn call<T: TokenSource>(&mut self, source: &T, server: &Server, bound: Duration) -> bool {
        let start = Instant::now();
        let outcome = timeout(bound, source.header()).await;
        let got = matches!(outcome, Ok(Ok(_)));
        self.slowest = self.slowest.max(start.elapsed());
        self.calls += 1;
        match outcome {
            Ok(Ok(value)) => {
                self.tokens += 1;
                self.expired += usize::from(server.has_expired(&value));
                let now = Instant::now();
                self.first_start.get_or_insert(now);
                self.last_start.get_or_insert(now);
            }
            Ok(Err(_)) => self.errors += 1,
            Err(_) => self.unanswered += 1,
        }
        got
    }

    /// Waits for callers, and adds up what they got. A caller in whom a peer panicked counts as an error.
    pub async fn collect(mut callers: JoinSet<Self>) -> Self {
        let mut sum = Self::default();
        while let Some(outcome) = callers.join_next().await {
            sum = sum.plus(outcome.unwrap_or_else(|_| Self::panicked()));
        }
        sum
    }

    fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            tokens: self.tokens + other.tokens,
            expired: self.expired + other.expired,
            errors: self.errors + other.errors,
            unanswered: self.unanswered + other.unanswered,
            slowest: self.slowest.max(other.slowest),
            first_start: self.first_start.into_iter().chain(other.first_start).min(),
            last_start: self.last_start.max(other.last_start),
        }
    }

    fn panicked() -> Self {
        Self { calls: 1, errors: 1, ..Self::default() }
    }
}
