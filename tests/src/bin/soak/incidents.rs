//! When which faults of the API and of the network were in effect, and so which failures are their consequences.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The last time at which each kind of fault was in effect.
#[derive(Default)]
pub(crate) struct Incidents(Mutex<Times>);

#[derive(Default)]
struct Times {
    refusals: Option<Instant>,
    late_tokens: Option<Instant>,
    revocation: Option<Instant>,
    dead_connections: Option<Instant>,
}

/// How long after a fault a client may still meet 401s on its account: the API learns of the last token, a refresh
/// fails, and the spacing of forced refreshes has grown.
const AFTERMATH: Duration = Duration::from_secs(6);

impl Incidents {
    /// Records that the API refuses requests at random now.
    pub(crate) fn record_refusals(&self) {
        self.times().refusals = Some(Instant::now());
    }

    /// Records that the API learns of tokens late now.
    pub(crate) fn record_late_tokens(&self) {
        self.times().late_tokens = Some(Instant::now());
    }

    /// Records that tokens are revoked now.
    pub(crate) fn record_revocation(&self) {
        self.times().revocation = Some(Instant::now());
    }

    /// Records that connections die now.
    pub(crate) fn record_dead_connections(&self) {
        self.times().dead_connections = Some(Instant::now());
    }

    /// Returns true if the API refused requests at random after `start`, as far as is recorded each second.
    pub(crate) fn refused_since(&self, start: Instant) -> bool {
        const RECORDED_EVERY: Duration = Duration::from_secs(2);

        self.times().refusals.is_some_and(|last| last + RECORDED_EVERY >= start)
    }

    /// Returns true if a request that began at `start` may get a 401 on account of a fault.
    pub(crate) fn explain_unauthorized(&self, start: Instant) -> bool {
        let times = self.times();
        let last = times.refusals.max(times.late_tokens).max(times.revocation);
        last.is_some_and(|last| last + AFTERMATH >= start)
    }

    /// Returns true if a request that began at `start` may time out, on a connection that died while it was idle and
    /// that a pool keeps for `idle_timeout`.
    pub(crate) fn explain_timeout(&self, start: Instant, idle_timeout: Duration) -> bool {
        const TOLERANCE: Duration = Duration::from_secs(2);

        self.times().dead_connections.is_some_and(|last| last + idle_timeout + TOLERANCE >= start)
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
