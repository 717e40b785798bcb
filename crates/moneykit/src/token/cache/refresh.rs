//! A token refresh: a task of its own that makes several attempts and shares their outcome.

use std::sync::Arc;
use std::time::Duration;

use tracing::{Instrument, Span, debug, field, info_span, warn};

use super::Shared;
use crate::error::{Error, Kind};
use crate::metrics;
use crate::sync::{self, AbortHandle, AtomicBool, Ordering, watch};
use crate::token::AccessToken;

/// A token refresh in progress, including its retries. It runs in a task of its own, so cancelling a caller does
/// not cancel the refresh.
pub(super) struct InFlightRefresh {
    id: u64,
    reason: RefreshReason,
    outcome: watch::Receiver<Option<Outcome>>,
    has_waiters: Arc<AtomicBool>,
    task: AbortHandle,
}

/// The outcome of a refresh, shared by all of its waiters.
pub(super) type Outcome = Result<AccessToken, Error>;

/// Why a refresh started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefreshReason {
    /// There was no token yet.
    Initial,
    /// The token is in its refresh window; nobody waits.
    Early,
    /// The token expired, or is within its expiry margin.
    Expired,
    /// The API rejected the token.
    Invalidated,
    /// A caller needs a token that remains valid for longer than the current one.
    MinValidity,
}

impl RefreshReason {
    /// Returns the value of the label `reason` in metrics and traces.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Early => "early",
            Self::Expired => "expired",
            Self::Invalidated => "invalidated",
            Self::MinValidity => "min_validity",
        }
    }

    /// Returns true if a caller caused the refresh rather than the passing of time; such refreshes are spaced.
    pub(super) fn is_forced(self) -> bool {
        matches!(self, Self::Invalidated | Self::MinValidity)
    }
}

/// Starts a refresh that sends its first request after `delay`. Returns `None` outside of a runtime.
pub(super) fn start(
    shared: Arc<Shared>,
    id: u64,
    reason: RefreshReason,
    delay: Duration,
) -> Option<InFlightRefresh> {
    let (sender, outcome) = watch::channel(None);
    // Nobody waits for an early refresh, so it makes a single attempt: the cool-down leaves time for the next.
    let has_waiters = Arc::new(AtomicBool::new(reason != RefreshReason::Early));
    let refresh = RefreshTask { shared, has_waiters: Arc::clone(&has_waiters) };
    let span = info_span!(
        "moneykit.token_refresh",
        reason = reason.name(),
        attempt = field::Empty,
        status = field::Empty,
        duration_ms = field::Empty,
    );
    let task = async move {
        sync::sleep(delay).await;
        let outcome = refresh.run().await;
        refresh.shared.finish_refresh(id, &outcome);
        // Without waiters nobody receives it, which is fine.
        let _ = sender.send(Some(outcome));
    };
    Some(InFlightRefresh { id, reason, outcome, has_waiters, task: sync::spawn(task.instrument(span))? })
}

impl InFlightRefresh {
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn reason(&self) -> RefreshReason {
        self.reason
    }

    /// Returns a handle that waits for the outcome.
    pub(super) fn waiter(&self) -> Waiter {
        Waiter { refresh_id: self.id, outcome: self.outcome.clone() }
    }

    /// Returns a handle for a caller that joins a running refresh. From now on failed attempts are retried.
    pub(super) fn join(&self) -> Waiter {
        self.has_waiters.store(true, Ordering::Relaxed);
        self.waiter()
    }

    pub(super) fn abort(&self) {
        self.task.abort();
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
    has_waiters: Arc<AtomicBool>,
}

impl RefreshTask {
    async fn run(&self) -> Outcome {
        let started = self.shared.clock.now().monotonic();
        let limit = self.shared.policy.timeout;
        // Bounds all attempts together: each may take just less than its own timeout.
        let outcome = sync::timeout(limit, self.attempts(started)).await;
        let outcome = outcome.unwrap_or_else(|| Err(Kind::Timeout { limit }.into()));
        let elapsed = self.shared.clock.now().monotonic().saturating_sub(started);
        Span::current().record("duration_ms", millis(elapsed));
        metrics::refresh_finished(outcome.is_ok(), elapsed);
        outcome
    }

    async fn attempts(&self, started: Duration) -> Outcome {
        let Shared { policy, clock, source, jitter, .. } = &*self.shared;
        let mut failures = 0;
        loop {
            Span::current().record("attempt", failures + 1);
            let error = match source.fetch().await {
                Ok(token) => {
                    debug!(lifetime_s = token.lifetime().as_secs(), "obtained an access token");
                    return Ok(token);
                }
                Err(error) => error,
            };
            failures += 1;
            if let Some(status) = error.status() {
                Span::current().record("status", status.as_u16());
            }
            if error.is_rejection() {
                warn!(%error, "the token endpoint rejected the request");
                metrics::rejection(metrics::Rejected::Credentials);
            }
            let elapsed = clock.now().monotonic().saturating_sub(started);
            let remaining = policy.timeout.saturating_sub(elapsed);
            match policy.retry.delay(failures, &error, remaining, jitter) {
                Some(delay) if self.has_waiters.load(Ordering::Relaxed) => {
                    debug!(%error, delay_ms = millis(delay), "retrying the token request");
                    metrics::retry();
                    sync::sleep(delay).await;
                }
                _ => return Err(error),
            }
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
