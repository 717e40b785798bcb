//! Spacing of the refreshes that 401s force.

use std::time::Duration;

use crate::defaults::{FORCED_REFRESH_MAX_INTERVAL, FORCED_REFRESH_MIN_INTERVAL};
use crate::token::AccessToken;

/// When a 401 may force the next refresh, by the monotonic clock.
#[derive(Debug)]
pub(super) struct Spacing {
    interval: Duration,
    last: Option<Duration>,
    /// The token of the last forced refresh.
    token: Option<AccessToken>,
    /// That token met a 401 as well, so the interval was doubled for it.
    doubled: bool,
}

impl Spacing {
    /// Returns how long a refresh has to wait. For a token that is dead rather than disputed, only the minimum
    /// interval counts.
    pub(super) fn delay(&self, now: Duration, is_dead: bool) -> Duration {
        let Some(last) = self.last else { return Duration::ZERO };
        let interval = if is_dead { FORCED_REFRESH_MIN_INTERVAL } else { self.interval };
        (last + interval).saturating_sub(now)
    }

    /// Records that a forced refresh sends its request at `at`.
    pub(super) fn forced(&mut self, at: Duration) {
        self.last = Some(at);
        self.token = None;
        self.doubled = false;
    }

    /// Records the token of the forced refresh.
    pub(super) fn obtained(&mut self, token: &AccessToken) {
        self.token = Some(token.clone());
    }

    /// Returns true if the token comes from the last forced refresh.
    pub(super) fn is_from_forced_refresh(&self, token: &AccessToken) -> bool {
        self.token.as_ref().is_some_and(|forced| forced.ptr_eq(token))
    }

    /// Records that a request which was sent again with the token succeeded: the refresh was worth it.
    pub(super) fn confirm(&mut self) {
        self.interval = FORCED_REFRESH_MIN_INTERVAL;
    }

    /// Records that a request which was sent again with the token met the 401, too. Counts once for each token; returns
    /// true if it counted.
    pub(super) fn back_off(&mut self) -> bool {
        let is_first = !self.doubled;
        if is_first {
            self.doubled = true;
            self.interval = (self.interval * 2).min(FORCED_REFRESH_MAX_INTERVAL);
        }
        is_first
    }
}

impl Default for Spacing {
    fn default() -> Self {
        Self { interval: FORCED_REFRESH_MIN_INTERVAL, last: None, token: None, doubled: false }
    }
}
