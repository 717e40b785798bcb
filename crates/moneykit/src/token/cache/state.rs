//! The cache's state behind its lock: the refresh in progress, and the outcome of the last one.

use std::time::Duration;

use super::policy::CachePolicy;
use super::refresh::InFlightRefresh;
use super::unauthorized::Disputes;
use crate::error::Error;
use crate::time::{Jitter, Moment};
use crate::token::AccessToken;

/// What decides whether a refresh may start.
#[derive(Default)]
pub(super) struct State {
    /// The refresh in progress. It removes itself when it finishes.
    pub(super) refresh: Option<InFlightRefresh>,
    /// The failure after which no refresh starts for a while.
    cooldown: Option<Cooldown>,
    /// Failed refreshes since the last success.
    failures: u32,
    /// No refresh sends its request before this time of the monotonic clock.
    pub(super) earliest_refresh: Duration,
    /// The token was invalidated since the last refresh started.
    pub(super) invalidated: bool,
    /// How many refreshes were started.
    pub(super) refreshes: u64,
    /// When the last token arrived, by the wall clock.
    pub(super) refreshed_at: Option<Duration>,
    pub(super) last_error: Option<Error>,
    pub(super) disputes: Disputes,
}

/// A failure, and the time of the monotonic clock until which no refresh starts.
pub(super) struct Cooldown {
    until: Duration,
    pub(super) error: Error,
}

impl State {
    /// Returns true if this refresh is the one in progress.
    pub(super) fn is_in_progress(&self, id: u64) -> bool {
        self.refresh.as_ref().is_some_and(|refresh| refresh.id() == id)
    }

    /// Returns the cool-down that is in effect at a moment.
    pub(super) fn cooldown_at(&self, now: Moment) -> Option<&Cooldown> {
        self.cooldown.as_ref().filter(|cooldown| now.monotonic() < cooldown.until)
    }

    /// Returns how long a refresh that a 401 forces has to wait. For a token that is dead rather than disputed, only
    /// the minimum interval counts.
    pub(super) fn forced_refresh_delay(&self, now: Moment, is_dead: bool) -> Duration {
        let delay = self.earliest_refresh.saturating_sub(now.monotonic());
        delay.max(self.disputes.spacing.delay(now.monotonic(), is_dead))
    }

    /// Records a successful refresh.
    pub(super) fn succeeded(&mut self, token: &AccessToken, now: Moment, policy: &CachePolicy) {
        self.failures = 0;
        self.cooldown = None;
        self.invalidated = false;
        self.refreshed_at = Some(now.wall());
        if token.lifetime() <= policy.short_lifetime {
            let next = token.requested().monotonic() + policy.min_refresh_interval;
            self.earliest_refresh = self.earliest_refresh.max(next);
        }
    }

    /// Records a failed refresh and returns the end of its cool-down, by the monotonic clock.
    pub(super) fn failed(
        &mut self,
        error: &Error,
        now: Moment,
        policy: &CachePolicy,
        jitter: &Jitter,
    ) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let until = now.monotonic() + policy.cooldown.duration(self.failures, error, jitter);
        self.cooldown = Some(Cooldown { until, error: error.clone() });
        self.last_error = Some(error.clone());
        until
    }
}
