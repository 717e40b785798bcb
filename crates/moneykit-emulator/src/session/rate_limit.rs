//! Rate limits: a token bucket for token requests, and one for all other requests.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::object;

/// A rate limit, as a token bucket: a request takes one permit, and permits are added at a constant rate up to the
/// capacity. A request without a permit is rejected with 429 and a `Retry-After` header.
///
/// The bucket is full at first, and refills by the emulator's clock.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// The maximum number of requests at once. At least 1.
    pub capacity: u32,
    /// The number of permits that are added per second. With 0, none are.
    pub refill_per_second: f64,
}

/// The rate limits of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimits {
    /// The limit of token requests.
    #[serde(default, deserialize_with = "object::optional")]
    pub token_endpoint: Option<RateLimit>,
    /// The limit of all other requests.
    #[serde(default, deserialize_with = "object::optional")]
    pub api: Option<RateLimit>,
}

impl RateLimits {
    fn validate(&self) -> Result<(), ConfigError> {
        for (name, limit) in [("token_endpoint", self.token_endpoint), ("api", self.api)] {
            let Some(limit) = limit else { continue };
            if limit.capacity == 0 {
                let reason = "has a capacity of 0, so it would reject every request; inject a fault for that";
                return Err(ConfigError::new(format!("the rate limit of {name} {reason}")));
            }
            if !limit.refill_per_second.is_finite() || limit.refill_per_second < 0.0 {
                let reason = "refill_per_second must be a number that is not negative";
                return Err(ConfigError::new(format!("the rate limit of {name}: {reason}")));
            }
        }
        Ok(())
    }
}

/// The state of a session's rate limits.
pub(crate) struct RateLimiter(Mutex<Buckets>);

struct Buckets {
    limits: RateLimits,
    token_endpoint: Option<Bucket>,
    api: Option<Bucket>,
}

struct Bucket {
    limit: RateLimit,
    permits: f64,
    filled_at: Duration,
}

impl RateLimiter {
    pub(crate) fn new(limits: RateLimits, now: Duration) -> Result<Self, ConfigError> {
        limits.validate()?;
        Ok(Self(Mutex::new(Buckets::new(limits, now))))
    }

    /// Replaces the limits. The new buckets are full.
    pub(crate) fn replace(&self, limits: RateLimits, now: Duration) -> Result<(), ConfigError> {
        limits.validate()?;
        *self.lock() = Buckets::new(limits, now);
        Ok(())
    }

    pub(crate) fn limits(&self) -> RateLimits {
        self.lock().limits
    }

    /// Takes a permit for a request.
    ///
    /// # Errors
    ///
    /// Returns the time until the next permit if there is none.
    pub(crate) fn take(&self, is_token_endpoint: bool, now: Duration) -> Result<(), Duration> {
        let mut buckets = self.lock();
        let bucket = if is_token_endpoint { &mut buckets.token_endpoint } else { &mut buckets.api };
        bucket.as_mut().map_or(Ok(()), |bucket| bucket.take(now))
    }

    fn lock(&self) -> MutexGuard<'_, Buckets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Buckets {
    fn new(limits: RateLimits, now: Duration) -> Self {
        let full = |limit: RateLimit| Bucket { limit, permits: f64::from(limit.capacity), filled_at: now };
        Self { limits, token_endpoint: limits.token_endpoint.map(full), api: limits.api.map(full) }
    }
}

impl Bucket {
    fn take(&mut self, now: Duration) -> Result<(), Duration> {
        let added = now.saturating_sub(self.filled_at).as_secs_f64() * self.limit.refill_per_second;
        self.permits = (self.permits + added).min(f64::from(self.limit.capacity));
        self.filled_at = now;
        // The sum of many small additions may be a little less than the exact number.
        if self.permits > 1.0 - 1e-9 {
            self.permits = (self.permits - 1.0).max(0.0);
            return Ok(());
        }
        let seconds = (1.0 - self.permits) / self.limit.refill_per_second;
        // Without a refill, the number of seconds is infinite.
        Err(Duration::try_from_secs_f64(seconds).unwrap_or(MAX_RETRY_AFTER).min(MAX_RETRY_AFTER))
    }
}

/// A day, the `Retry-After` of a bucket that is not refilled.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(86_400);

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(capacity: u32, refill_per_second: f64) -> RateLimiter {
        let limit = RateLimit { capacity, refill_per_second };
        RateLimiter::new(RateLimits { token_endpoint: Some(limit), api: None }, Duration::ZERO).unwrap()
    }

    #[test]
    fn a_bucket_empties_and_refills_up_to_its_capacity() {
        let limiter = limiter(2, 0.5);
        let take = |seconds| limiter.take(true, Duration::from_secs(seconds));
        assert_eq!([take(0), take(0)], [Ok(()); 2]);
        assert_eq!(take(0), Err(Duration::from_secs(2)));
        assert_eq!(take(1), Err(Duration::from_secs(1)));
        assert_eq!([take(2), take(2)], [Ok(()), Err(Duration::from_secs(2))]);
        assert_eq!([take(1_000), take(1_000)], [Ok(()); 2]);
        assert!(take(1_000).is_err());
        // A clock that was set back adds nothing.
        assert!(take(0).is_err());
    }

    #[test]
    fn requests_without_a_limit_are_not_affected() {
        let limiter = limiter(1, 0.0);
        assert!((0..100).all(|_| limiter.take(false, Duration::ZERO).is_ok()));
        assert_eq!(limiter.take(true, Duration::ZERO), Ok(()));
        assert_eq!(limiter.take(true, Duration::MAX), Err(MAX_RETRY_AFTER));
    }

    #[test]
    fn impossible_limits_are_rejected() {
        for (capacity, refill_per_second) in [(0, 1.0), (1, -1.0), (1, f64::NAN), (1, f64::INFINITY)] {
            let limit = Some(RateLimit { capacity, refill_per_second });
            for limits in [
                RateLimits { token_endpoint: limit, api: None },
                RateLimits { token_endpoint: None, api: limit },
            ] {
                assert!(RateLimiter::new(limits, Duration::ZERO).is_err(), "{limits:?}");
            }
        }
    }
}
