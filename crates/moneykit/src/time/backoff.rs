//! Exponential backoff with jitter, and the delays that servers request.

use std::time::Duration;

use super::Jitter;
use crate::defaults;

/// How often a failed call is attempted again, and after which delays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Backoff {
    /// The maximum number of attempts, the first one included.
    pub(crate) max_attempts: u32,
    /// The upper bound of the first delay; each later bound is twice the one before.
    pub(crate) base_delay: Duration,
    /// The upper bound of every delay. A server may request more.
    pub(crate) max_delay: Duration,
}

impl Backoff {
    /// Returns the delay before the next attempt after `failures` failed ones. `requested` is the delay that the server
    /// requests (`Retry-After`). Returns `None` if no attempt is left, or the delay exceeds `remaining`.
    pub(crate) fn delay(
        &self,
        failures: u32,
        requested: Option<Duration>,
        remaining: Duration,
        jitter: &Jitter,
    ) -> Option<Duration> {
        if failures >= self.max_attempts {
            return None;
        }
        let delay = match requested {
            Some(requested) if !requested.is_zero() => with_jitter(requested, jitter),
            // Full jitter, so that clients which failed together do not come back together.
            _ => jitter.up_to(exponential(self.base_delay, failures.saturating_sub(1), self.max_delay)),
        };
        (delay < remaining).then_some(delay)
    }
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            max_attempts: defaults::MAX_ATTEMPTS.get(),
            base_delay: defaults::RETRY_BASE_DELAY,
            max_delay: defaults::RETRY_MAX_DELAY,
        }
    }
}

/// Returns a delay that a server requests, plus at least 50 ms and up to a tenth of it: clients that were refused
/// together must not come back together.
pub(crate) fn with_jitter(requested: Duration, jitter: &Jitter) -> Duration {
    const LEAST: Duration = Duration::from_millis(50);

    let most = (requested / 10).max(2 * LEAST);
    requested.saturating_add(LEAST + jitter.up_to(most.saturating_sub(LEAST)))
}

/// Returns `base` doubled `exponent` times, but no more than `limit`.
pub(crate) fn exponential(base: Duration, exponent: u32, limit: Duration) -> Duration {
    base.saturating_mul(2_u32.saturating_pow(exponent)).min(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_the_limit_without_overflow() {
        let (base, limit) = (Duration::from_millis(200), Duration::from_secs(5));
        let delays: Vec<_> = (0..7).map(|exponent| exponential(base, exponent, limit).as_millis()).collect();

        assert_eq!(delays, [200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(exponential(base, u32::MAX, limit), limit);
    }

    #[test]
    fn a_delay_that_exceeds_the_remaining_time_ends_the_retries() {
        let (second, jitter) = (Duration::from_secs(1), Jitter::seeded(7));
        let delay = |failures, requested, remaining| {
            Backoff::default().delay(failures, requested, remaining, &jitter)
        };

        let waited = delay(1, Some(second), 2 * second).unwrap();
        assert!(waited >= second + Duration::from_millis(50), "{waited:?}");
        assert_eq!(delay(1, Some(second), second), None);
        assert_eq!(delay(3, Some(second), 2 * second), None);
        assert!(delay(2, None, second).is_some());
    }

    #[test]
    fn a_requested_delay_has_jitter_of_50_ms_to_a_tenth() {
        for (seconds, most_ms) in [(1, 1_100), (7, 7_700), (600, 660_000)] {
            let requested = Duration::from_secs(seconds);
            let jitter = Jitter::seeded(7);
            let delays: Vec<_> = (0..1_000).map(|_| with_jitter(requested, &jitter)).collect();
            let (least, most) = (*delays.iter().min().unwrap(), *delays.iter().max().unwrap());

            assert!(least >= requested + Duration::from_millis(50), "{least:?}");
            assert!(most <= Duration::from_millis(most_ms), "{most:?}");
            let range = Duration::from_millis(most_ms).saturating_sub(requested);
            assert!(most.saturating_sub(least) > range / 3, "{least:?} {most:?}");
        }
        assert_eq!(with_jitter(Duration::MAX, &Jitter::seeded(7)), Duration::MAX);
    }

    #[test]
    fn a_requested_delay_of_zero_means_the_usual_backoff() {
        let second = Duration::from_secs(1);
        let delay =
            |seed| Backoff::default().delay(1, Some(Duration::ZERO), second, &Jitter::seeded(seed)).unwrap();
        let delays: Vec<_> = (0..100).map(delay).collect();

        assert!(delays.iter().all(|delay| *delay <= Duration::from_millis(200)));
        assert!(delays.iter().any(|delay| *delay > Duration::from_millis(100)), "{delays:?}");
    }
}
