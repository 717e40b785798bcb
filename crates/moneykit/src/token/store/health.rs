//! Whether a store works: the cool-down after a failure, and what is reported of it.

use std::sync::PoisonError;
use std::time::Duration;

use tracing::{info, warn};

use super::budget::Failure;
use crate::defaults::{COOLDOWN_BASE, COOLDOWN_MAX};
use crate::sync::{Mutex, MutexGuard};
use crate::time::{Jitter, Moment, exponential};

/// What a client knows of its store. The store is not asked for a while after a failure.
#[derive(Default)]
pub(super) struct Health(Mutex<State>);

#[derive(Default)]
struct State {
    /// Failed attempts since the last success.
    failures: u32,
    /// The end of the cool-down, by the monotonic clock.
    until: Duration,
    last_error: Option<String>,
}

/// A snapshot of a client's token store, for health checks. It is part of [`TokenStatus`](crate::TokenStatus).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoreStatus {
    /// The number of failures since the last attempt in which the store did not fail.
    pub failures: u32,
    /// The time for which the store is not asked, because it failed. Tokens are requested without it meanwhile.
    pub next_attempt_in: Option<Duration>,
    /// The last failure of the store. It remains after a later success.
    pub last_error: Option<String>,
}

impl StoreStatus {
    /// Returns true unless the store failed when it was asked last.
    pub fn is_available(&self) -> bool {
        self.failures == 0
    }
}

impl Health {
    /// Returns true unless the store failed a moment ago.
    pub(super) fn is_due(&self, now: Moment) -> bool {
        now.monotonic() >= self.state().until
    }

    /// Records an attempt in which the store did what it was asked.
    pub(super) fn succeeded(&self) {
        let failures = std::mem::take(&mut self.state().failures);
        if failures > 0 {
            info!(failures, "the token store works again");
        }
    }

    /// Records a failure, which begins a cool-down.
    pub(super) fn failed(&self, failure: &Failure, now: Moment, jitter: &Jitter) {
        let text = failure.to_string();
        let half = half_of_cooldown(self.state().failures);
        let cooldown = half + jitter.up_to(half);
        {
            let mut state = self.state();
            state.failures = state.failures.saturating_add(1);
            state.until = now.monotonic().saturating_add(cooldown);
            state.last_error = Some(text.clone());
        }
        let next_attempt_in_ms = u64::try_from(cooldown.as_millis()).unwrap_or(u64::MAX);
        warn!(
            error = %text,
            next_attempt_in_ms,
            "the token store failed; tokens are requested without it meanwhile"
        );
    }

    pub(super) fn status(&self, now: Moment) -> StoreStatus {
        let state = self.state();
        let left = state.until.saturating_sub(now.monotonic());
        StoreStatus {
            failures: state.failures,
            next_attempt_in: Some(left).filter(|left| !left.is_zero()),
            last_error: state.last_error.clone(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds this lock panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns half of the longest cool-down after this many failures. At least half of it passes, at random.
fn half_of_cooldown(failures: u32) -> Duration {
    exponential(COOLDOWN_BASE, failures, COOLDOWN_MAX) / 2
}
