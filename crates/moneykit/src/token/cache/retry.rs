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
            Some(asked) => asked,
            // Full jitter, so that clients which failed together do not come back together.
            None => jitter.up_to(exponential(self.base_delay, failures - 1, self.max_delay)),
        };
        (delay < remaining).then_some(delay)
    }
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

        assert_eq!(delay(1, refused(Some(second)), 2 * second), Some(second));
        assert_eq!(delay(1, refused(Some(second)), second), None);
        assert_eq!(delay(3, refused(Some(second)), 2 * second), None);
        assert!(delay(2, refused(None), second).is_some());
    }
}
