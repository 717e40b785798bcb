//! A token refresh: a task of its own that makes several attempts and shares their outcome.

use std::sync::Arc;
use std::time::Duration;

use tracing::{Instrument, debug};

use super::Shared;
use super::purpose::{Purpose, RefreshReason};
use super::report::{self, Refreshed};
use crate::error::{Error, Kind};
use crate::metrics;
use crate::sync::{self, AbortHandle, AtomicBool, Ordering, Panicked, watch};
use crate::token::AccessToken;

/// A token refresh in progress, including its retries. It runs in a task of its own, so cancelling a caller does
/// not cancel the refresh.
pub(super) struct InFlightRefresh {
    id: u64,
    outcome: watch::Receiver<Option<Outcome>>,
    progress: Arc<Progress>,
    /// Absent until the task is spawned.
    task: Option<AbortHandle>,
}

/// What the cache and a refresh's task tell each other.
struct Progress {
    purpose: Purpose,
    /// The task ended without an outcome: its runtime shut down, or it was aborted, or it panicked.
    is_lost: AtomicBool,
}

/// The outcome of a refresh, shared by all of its waiters.
pub(super) type Outcome = Result<AccessToken, Error>;

/// Creates a refresh that sends its first request `delay` after its launch.
pub(super) fn prepare(
    shared: Arc<Shared>,
    id: u64,
    purpose: Purpose,
    delay: Duration,
) -> (InFlightRefresh, Launch) {
    let (sender, outcome) = watch::channel(None);
    let progress = Arc::new(Progress { purpose, is_lost: AtomicBool::new(false) });
    let task = RefreshTask { shared, id, sender, progress: Arc::clone(&progress), has_outcome: false };
    let refresh = InFlightRefresh { id, outcome, progress, task: None };
    let launch = Launch { waiter: refresh.waiter(), task, delay, replaced: None };
    (refresh, launch)
}

/// A refresh that is recorded in the cache's state, and whose task is not spawned yet: spawning a task and creating a
/// span can run code of the application, which must not happen under the cache's lock.
#[must_use = "the refresh counts as lost unless it is launched"]
pub(super) struct Launch {
    pub(super) waiter: Waiter,
    task: RefreshTask,
    delay: Duration,
    /// The refresh that this one replaces because it was lost.
    pub(super) replaced: Option<InFlightRefresh>,
}

impl Launch {
    /// Spawns the task of the refresh.
    pub(super) fn launch(self) -> Waiter {
        let Self { waiter, task, delay, replaced } = self;
        if let Some(lost) = replaced {
            lost.abort();
            debug!("the last token refresh was lost with its runtime; starting another");
        }
        let (shared, id) = (Arc::clone(&task.shared), task.id);
        if id == 0 {
            metrics::describe();
        }
        metrics::refresh_started(task.reason().name());
        let span = report::refresh_span(&*shared.source, task.reason());
        let handle = sync::spawn(task.run(delay).instrument(span));
        if let Some(unused) = shared.attach(id, handle) {
            unused.abort();
        }
        waiter
    }
}

impl InFlightRefresh {
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn reason(&self) -> RefreshReason {
        self.progress.purpose.reason
    }

    /// Returns true if the refresh ended without an outcome.
    pub(super) fn is_lost(&self) -> bool {
        self.progress.is_lost.load(Ordering::Acquire)
    }

    pub(super) fn attach(&mut self, task: Option<AbortHandle>) {
        self.task = task;
    }

    /// Returns a handle that waits for the outcome.
    fn waiter(&self) -> Waiter {
        Waiter { refresh_id: self.id, outcome: self.outcome.clone() }
    }

    /// Returns a handle for a caller that joins a running refresh. From now on failed attempts are retried.
    pub(super) fn join(&self) -> Waiter {
        self.progress.purpose.has_waiters.store(true, Ordering::Relaxed);
        self.waiter()
    }

    pub(super) fn abort(&self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// A handle that waits for the outcome of a refresh.
pub(super) struct Waiter {
    refresh_id: u64,
    outcome: watch::Receiver<Option<Outcome>>,
}

impl Waiter {
    pub(super) fn refresh_id(&self) -> u64 {
        self.refresh_id
    }

    /// Waits for the outcome; returns `None` if the refresh ended without one.
    pub(super) async fn outcome(&self) -> Option<Outcome> {
        let mut outcome = self.outcome.clone();
        outcome.wait_for(Option::is_some).await.ok()?.clone()
    }
}

/// The body of a refresh's task.
struct RefreshTask {
    shared: Arc<Shared>,
    id: u64,
    sender: watch::Sender<Option<Outcome>>,
    progress: Arc<Progress>,
    has_outcome: bool,
}

impl RefreshTask {
    fn reason(&self) -> RefreshReason {
        self.progress.purpose.reason
    }

    async fn run(mut self, delay: Duration) {
        sync::sleep(delay).await;
        let started = self.shared.clock.now().monotonic();
        let limit = self.shared.policy.timeout;
        let mut attempts = 0;
        // Bounds all attempts together: each may take just less than its own timeout.
        let outcome = sync::timeout(limit, self.attempts(started, &mut attempts)).await;
        let outcome = outcome.unwrap_or_else(|| Err(Kind::Timeout { limit }.into()));
        let elapsed = self.shared.clock.now().monotonic().saturating_sub(started);
        let after = self.shared.finish_refresh(self.id, &outcome);
        self.has_outcome = true;
        let refreshed = Refreshed { reason: self.reason(), attempts, elapsed, outcome: &outcome, after };
        report::refreshed(&*self.shared.source, &refreshed);
        // Without waiters nobody receives it, which is fine.
        let _ = self.sender.send(Some(outcome));
    }

    async fn attempts(&self, started: Duration, attempts: &mut u32) -> Outcome {
        let Shared { policy, clock, source, jitter, .. } = &*self.shared;
        loop {
            *attempts += 1;
            let attempt = *attempts;
            let fetched = sync::catch_panic(async { source.fetch(&self.progress.purpose).await }).await;
            let error = match fetched.unwrap_or_else(|panicked| Err(panic_error(panicked))) {
                Ok(token) => return Ok(token),
                Err(error) => error,
            };
            if error.is_rejection() && !error.is_cooling_down() {
                metrics::rejection(metrics::Rejected::Credentials);
            }
            let elapsed = clock.now().monotonic().saturating_sub(started);
            let remaining = policy.timeout.saturating_sub(elapsed);
            let delay = if error.is_transient() {
                policy.retry.delay(attempt, error.retry_after(), remaining, jitter)
            } else {
                None
            };
            match delay {
                Some(delay) if self.progress.purpose.has_waiters() => {
                    let delay_ms = report::millis(delay);
                    debug!(attempt, error = %error.log_text(), delay_ms, "retrying the token request");
                    metrics::retry();
                    sync::sleep(delay).await;
                }
                _ => {
                    debug!(attempt, error = %error.log_text(), "the last attempt of the token refresh failed");
                    return Err(error);
                }
            }
        }
    }
}

/// Returns the error of a panic while a token was requested.
pub(super) fn panic_error(panicked: Panicked) -> Error {
    if panicked.is_of_runtime { Kind::IncompleteRuntime.into() } else { Kind::RefreshPanicked.into() }
}

/// A task that ends without an outcome makes way for another refresh: otherwise the cache would wait for it. Takes no
/// lock, since a task may be dropped anywhere.
impl Drop for RefreshTask {
    fn drop(&mut self) {
        if !self.has_outcome {
            self.progress.is_lost.store(true, Ordering::Release);
            self.shared.withdraw_claim();
        }
    }
}
