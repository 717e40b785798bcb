use std::time::Duration;

use crate::error::Error;
use crate::jitter::Jitter;
use crate::retry::{RetryPolicy, doubled};

/// The numbers by which tokens are kept and refreshed.
#[derive(Debug, Clone)]
pub(crate) struct CachePolicy {
    /// A token is given up this long before it ends, or a tenth of its lifetime where that is less: requests
    /// take time, and a token must not die under way.
    pub(crate) margin: Duration,
    /// A token is refreshed this long before it ends, or a fifth of its lifetime where that is less.
    pub(crate) window: Duration,
    /// No token is kept for longer, whatever lifetime the server gives it.
    pub(crate) longest: Duration,
    /// A flight ends after this long, with all its tries.
    pub(crate) flight: Duration,
    /// Neither tokens of a short life nor rejected ones cause more than one flight in this time.
    pub(crate) interval: Duration,
    /// What a short life is.
    pub(crate) short: Duration,
    /// What a flight does about failures.
    pub(crate) retry: RetryPolicy,
    /// How long flights are off after one that failed.
    pub(crate) cool_down: CoolDown,
}

impl Default for CachePolicy {
    fn default() -> Self {
        Self {
            margin: Duration::from_secs(10),
            window: Duration::from_secs(5 * 60),
            longest: Duration::from_secs(24 * 60 * 60),
            flight: Duration::from_secs(30),
            interval: Duration::from_secs(1),
            short: Duration::from_secs(10),
            retry: RetryPolicy::default(),
            cool_down: CoolDown::default(),
        }
    }
}

/// How long flights are off after one that failed.
#[derive(Debug, Clone)]
pub(crate) struct CoolDown {
    /// After the first failure in a row; doubled after each further one.
    first: Duration,
    longest: Duration,
    /// After the server has rejected the request itself: asking again soon will not change its mind.
    pub(crate) rejected: Duration,
    /// The longest that the server may ask for: a mistake there shall not stop an application for a day.
    asked: Duration,
}

impl Default for CoolDown {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            rejected: Duration::from_secs(5),
            asked: Duration::from_secs(10 * 60),
        }
    }
}

impl CoolDown {
    /// Says how long flights are off after the last of `failures` failures in a row.
    pub(crate) fn after(&self, failures: u32, error: &Error, jitter: &Jitter) -> Duration {
        if error.is_rejection() {
            return self.rejected;
        }
        // At least half of it: less would be no rest for a server that is down.
        let half = doubled(self.first, failures.saturating_sub(1), self.longest) / 2;
        let rest = half + jitter.up_to(half);
        rest.max(error.retry_after().unwrap_or_default().min(self.asked))
    }
}
