//! The cache's durations and limits.

use std::time::Duration;

use crate::defaults;
use crate::error::Error;
use crate::time::{Backoff, Jitter, exponential, with_jitter};

/// How long tokens are cached, and when and how they are refreshed.
#[derive(Debug, Clone)]
pub(crate) struct CachePolicy {
    /// How long before its expiry a token is no longer returned, or a tenth of its lifetime if that is less:
    /// requests take time, and a token must not expire on its way.
    pub(crate) expiry_margin: Duration,
    /// How long before its expiry a token is refreshed, or a fifth of its lifetime if that is less.
    pub(crate) refresh_window: Duration,
    /// The maximum time for which a token is cached, whatever its lifetime.
    pub(crate) max_lifetime: Duration,
    /// The bound of a refresh, including its retries.
    pub(crate) timeout: Duration,
    /// The minimum time between two forced refreshes, and between two refreshes of short-lived tokens.
    pub(crate) min_refresh_interval: Duration,
    /// The lifetime up to which a token counts as short-lived.
    pub(crate) short_lifetime: Duration,
    /// The attempts of one refresh, and the delays between them.
    pub(crate) retry: Backoff,
    pub(crate) cooldown: CooldownPolicy,
}

impl CachePolicy {
    /// Returns the expiry margin of tokens with this lifetime.
    pub(crate) fn margin_of(&self, lifetime: Duration) -> Duration {
        self.expiry_margin.min(lifetime / 10)
    }
}

/// How long no refresh starts after a failed one.
#[derive(Debug, Clone)]
pub(crate) struct CooldownPolicy {
    /// After the first failure; doubled after each further one.
    base: Duration,
    max: Duration,
    /// After the first rejection, since the server does not change its mind soon; doubled after each further one.
    pub(crate) rejected: Duration,
    /// The maximum that `Retry-After` can ask for: a mistake there must not stop an application for a day.
    max_retry_after: Duration,
}

impl CooldownPolicy {
    /// Returns the cool-down after the last of `failures` failed refreshes in a row. Rejections and other failures are
    /// counted separately.
    pub(crate) fn duration(&self, failures: u32, error: &Error, jitter: &Jitter) -> Duration {
        if error.is_cooling_down() {
            // The source knows when it sends these credentials again.
            return error.retry_after().unwrap_or_default();
        }
        if error.is_rejection() {
            return rejection_cooldown(self.rejected, failures);
        }
        // At least half of it: full jitter could leave a failing server no pause at all.
        let half = exponential(self.base, failures.saturating_sub(1), self.max) / 2;
        let cooldown = half + jitter.up_to(half);
        match error.retry_after().map(|asked| asked.min(self.max_retry_after)) {
            Some(asked) if !asked.is_zero() => cooldown.max(with_jitter(asked, jitter)),
            _ => cooldown,
        }
    }
}

/// Returns how long rejected credentials are not sent again after the last of `rejections` in a row.
pub(crate) fn rejection_cooldown(first: Duration, rejections: u32) -> Duration {
    exponential(first, rejections.saturating_sub(1), defaults::COOLDOWN_MAX.max(first))
}

impl Default for CachePolicy {
    fn default() -> Self {
        Self {
            expiry_margin: defaults::EXPIRY_MARGIN,
            refresh_window: defaults::REFRESH_WINDOW,
            max_lifetime: defaults::MAX_LIFETIME,
            timeout: defaults::TOKEN_TIMEOUT,
            min_refresh_interval: defaults::MIN_REFRESH_INTERVAL,
            short_lifetime: defaults::SHORT_LIFETIME,
            retry: Backoff::default(),
            cooldown: CooldownPolicy::default(),
        }
    }
}

impl Default for CooldownPolicy {
    fn default() -> Self {
        Self {
            base: defaults::COOLDOWN_BASE,
            max: defaults::COOLDOWN_MAX,
            rejected: defaults::COOLDOWN_REJECTED,
            max_retry_after: defaults::COOLDOWN_MAX_RETRY_AFTER,
        }
    }
}
