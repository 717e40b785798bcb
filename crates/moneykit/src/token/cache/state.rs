//! The cache's state behind its lock: the refresh in progress, and the outcome of the last one.

use std::time::Duration;

use super::policy::CachePolicy;
use super::purpose::RejectedToken;
use super::refresh::InFlightRefresh;
use super::unauthorized::Disputes;
use crate::error::Error;
use crate::time::{Jitter, Moment};
use crate::token::AccessToken;

/// What decides whether a refresh may start.
#[derive(Default)]
pub(super) struct State {
    /// The last refresh that was started. It removes itself when it finishes.
    pub(super) refresh: Option<InFlightRefresh>,
    /// The failure after which no refresh starts for a while.
    cooldown: Option<Cooldown>,
    /// Transient failures of refreshes since the last success.
    failures: u32,
    /// Rejections since the last success.
    rejections: u32,
    /// No refresh sends its request before this time of the monotonic clock.
    pub(super) earliest_refresh: Duration,
    /// The token was invalidated since the last refresh started.
    pub(super) invalidated: bool,
    /// The token that the API rejected last. It is kept after a success: another process may still offer it.
    pub(super) rejected: Option<RejectedToken>,
    /// How many refreshes were started.
    pub(super) refreshes: u64,
    /// How many requests succeeded when they were sent again after a 401.
    pub(super) recovered_requests: u64,
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

/// What a change of the state replaced. It must be dropped after the lock is released: an error may hold a value of
/// the application.
#[must_use = "drop it after the lock is released"]
pub(super) struct Replaced {
    _cooldown: Option<Cooldown>,
    _error: Option<Error>,
}

impl Cooldown {
    /// Returns the error of a call that finds the cool-down in effect.
    pub(super) fn error_at(&self, now: Moment) -> Error {
        self.error.while_cooling_down(self.remaining(now))
    }

    pub(super) fn remaining(&self, now: Moment) -> Duration {
        self.until.saturating_sub(now.monotonic())
    }
}

impl State {
    /// Returns the refresh in progress, unless that was lost.
    pub(super) fn in_progress(&self) -> Option<&InFlightRefresh> {
        self.refresh.as_ref().filter(|refresh| !refresh.is_lost())
    }

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
    pub(super) fn succeeded(&mut self, token: &AccessToken, now: Moment, policy: &CachePolicy) -> Replaced {
        (self.failures, self.rejections) = (0, 0);
        self.invalidated = false;
        self.refreshed_at = Some(now.wall());
        if token.lifetime() <= policy.short_lifetime {
            let next = token.since().monotonic().saturating_add(policy.min_refresh_interval);
            self.earliest_refresh = self.earliest_refresh.max(next);
        }
        Replaced { _cooldown: self.cooldown.take(), _error: None }
    }

    /// Records a failed refresh. Returns the end of its cool-down, by the monotonic clock.
    pub(super) fn failed(
        &mut self,
        error: &Error,
        now: Moment,
        policy: &CachePolicy,
        jitter: &Jitter,
    ) -> (Duration, Replaced) {
        let failures = if error.is_rejection() { &mut self.rejections } else { &mut self.failures };
        // A refresh that sent nothing, since the source knows that these credentials are rejected, says nothing new.
        if !error.is_cooling_down() {
            *failures = failures.saturating_add(1);
        }
        let until = now.monotonic().saturating_add(policy.cooldown.duration(*failures, error, jitter));
        let cooldown = self.cooldown.replace(Cooldown { until, error: error.clone() });
        let last_error = if error.is_cooling_down() { None } else { self.last_error.replace(error.clone()) };
        (until, Replaced { _cooldown: cooldown, _error: last_error })
    }
}
