//! Retries within one token refresh.

use std::time::Duration;

use crate::defaults;
use crate::error::Error;
use crate::time::{Jitter, exponential};

/// Which failed attempts of a refresh are retried, and after which delay.
#[derive(Debug, Clone)]
pub(crate) struct RetryPolicy {
    /// The maximum number of attempts, the first one included.
    pub(crate) max_attempts: u32,
    /// The upper bound of the first delay; each later bound is twice the one before.
    pub(crate) base_delay: Duration,
    /// The upper bound of every delay. `Retry-After` may ask for more.
    pub(crate) max_delay: Duration,
}

impl RetryPolicy {
    /// Returns the delay before the next attempt after `failures` failed ones, the last of which was `error`.
    /// Returns `None` if the error is not transient, no attempt is left, or the delay exceeds `remaining`.
    pub(crate) fn delay(
        &self,
        failures: u32,
        error: &Error,
        remaining: Duration,
        jitter: &Jitter,
    ) -> Option<Duration> {
        if !error.is_transient() || failures >= self.max_attempts {
            return None;
        }
        let delay = match error.retry_after() {
            Some(asked) if !asked.is_zero() => with_jitter(asked, jitter),
            // Full jitter, so that clients which failed together do not come back together.
            _ => jitter.up_to(exponential(self.base_delay, failures - 1, self.max_delay)),
        };
        (delay < remaining).then_some(delay)
    }
}

/// Returns a delay that a server asked for, plus at least 50 ms and up to a tenth of it: clients that were refused
/// together must not come back together.
pub(super) fn with_jitter(asked: Duration, jitter: &Jitter) -> Duration {
    const LEAST: Duration = Duration::from_millis(50);

    let most = (asked / 10).max(2 * LEAST);
    asked.saturating_add(LEAST + jitter.up_to(most.saturating_sub(LEAST)))
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: defaults::MAX_ATTEMPTS.get(),
            base_delay: defaults::RETRY_BASE_DELAY,
            max_delay: defaults::RETRY_MAX_DELAY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorResponse, Kind};

    #[test]
    fn a_delay_that_exceeds_the_remaining_time_ends_the_retries() {
        let refused = |retry_after| {
            Error::from(Kind::ErrorResponse(ErrorResponse {
                retry_after,
                ..ErrorResponse::new(http::StatusCode::SERVICE_UNAVAILABLE)
            }))
        };
        let (second, jitter) = (Duration::from_secs(1), Jitter::seeded(7));
        let delay =
            |failures, error, remaining| RetryPolicy::default().delay(failures, &error, remaining, &jitter);

        let waited = delay(1, refused(Some(second)), 2 * second).unwrap();
        assert!(waited >= second + Duration::from_millis(50), "{waited:?}");
        assert_eq!(delay(1, refused(Some(second)), second), None);
        assert_eq!(delay(3, refused(Some(second)), 2 * second), None);
        assert!(delay(2, refused(None), second).is_some());
    }

    #[test]
    fn a_requested_delay_has_jitter_of_50_ms_to_a_tenth() {
        for (seconds, most_ms) in [(1, 1_100), (7, 7_700), (600, 660_000)] {
            let asked = Duration::from_secs(seconds);
            let jitter = Jitter::seeded(7);
            let delays: Vec<_> = (0..1_000).map(|_| with_jitter(asked, &jitter)).collect();
            let (least, most) = (*delays.iter().min().unwrap(), *delays.iter().max().unwrap());

            assert!(least >= asked + Duration::from_millis(50), "{least:?}");
            assert!(most <= Duration::from_millis(most_ms), "{most:?}");
            let range = Duration::from_millis(most_ms).saturating_sub(asked);
            assert!(most.saturating_sub(least) > range / 3, "{least:?} {most:?}");
        }
        assert_eq!(with_jitter(Duration::MAX, &Jitter::seeded(7)), Duration::MAX);
    }

    #[test]
    fn a_requested_delay_of_zero_means_the_usual_backoff() {
        let refused = Error::from(Kind::ErrorResponse(ErrorResponse {
            retry_after: Some(Duration::ZERO),
            ..ErrorResponse::new(http::StatusCode::SERVICE_UNAVAILABLE)
        }));
        let second = Duration::from_secs(1);
        let delay = |seed| RetryPolicy::default().delay(1, &refused, second, &Jitter::seeded(seed)).unwrap();
        let delays: Vec<_> = (0..100).map(delay).collect();

        assert!(delays.iter().all(|delay| *delay <= Duration::from_millis(200)));
        assert!(delays.iter().any(|delay| *delay > Duration::from_millis(100)), "{delays:?}");
    }
}
