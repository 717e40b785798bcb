use std::sync::Arc;
use std::time::Duration;

use tracing::{Instrument, Span, debug, field, info_span, warn};

use super::Shared;
use crate::error::{Error, Kind};
use crate::meter;
use crate::sync::{self, AbortHandle, AtomicBool, Ordering, watch};
use crate::token::AccessToken;

/// One endeavour to get a token, with all its tries. It is a task of its own: no caller who goes away takes
/// it along.
pub(super) struct Flight {
    number: u64,
    landed: watch::Receiver<Option<Outcome>>,
    urgent: Arc<AtomicBool>,
    task: AbortHandle,
}

/// What a flight brings, to everybody who waits for it.
pub(super) type Outcome = Result<AccessToken, Error>;

/// Why a flight started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// There was no token yet.
    Cold,
    /// The token came into its refresh window; nobody waits.
    Window,
    /// The token was about to end, or had ended.
    Expired,
    /// The API rejected the token.
    Invalidated,
    /// A caller wanted more life than the token had left.
    Wanted,
}

impl Cause {
    /// Says whether something other than the passing of time asked for this flight; such flights are held
    /// apart.
    pub(super) fn is_forced(self) -> bool {
        matches!(self, Self::Invalidated | Self::Wanted)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Window => "window",
            Self::Expired => "expired",
            Self::Invalidated => "invalidated",
            Self::Wanted => "wanted",
        }
    }
}

impl Flight {
    /// Starts a flight that sends its request after `wait`; `None` when there is no runtime to start it on.
    pub(super) fn start(shared: Arc<Shared>, number: u64, cause: Cause, wait: Duration) -> Option<Self> {
        let (sender, landed) = watch::channel(None);
        // In the window nobody waits, so one try will do: the cool-down is time enough before the next.
        let urgent = Arc::new(AtomicBool::new(cause != Cause::Window));
        let journey = Journey { shared, urgent: Arc::clone(&urgent) };
        let span = info_span!(
            "moneykit.token_refresh",
            cause = cause.name(),
            attempt = field::Empty,
            status = field::Empty,
            duration_ms = field::Empty,
        );
        let task = async move {
            sync::sleep(wait).await;
            let outcome = journey.outcome().await;
            journey.shared.land(number, &outcome);
            // Whoever waits is still there, or does not mind.
            let _ = sender.send(Some(outcome));
        };
        Some(Self { number, landed, urgent, task: sync::spawn(task.instrument(span))? })
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Tells a flight that somebody waits for it.
    pub(super) fn hurry(&self) {
        self.urgent.store(true, Ordering::Relaxed);
    }

    pub(super) fn ticket(&self) -> Ticket {
        Ticket { number: self.number, landed: self.landed.clone() }
    }

    pub(super) fn abort(&self) {
        self.task.abort();
    }
}

/// A claim to what a flight brings.
pub(super) struct Ticket {
    number: u64,
    landed: watch::Receiver<Option<Outcome>>,
}

impl Ticket {
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Waits for the flight to land; `None` when it never will.
    pub(super) async fn outcome(&self) -> Option<Outcome> {
        let mut landed = self.landed.clone();
        landed.wait_for(Option::is_some).await.ok()?.clone()
    }
}

/// The way of a flight through its tries.
struct Journey {
    shared: Arc<Shared>,
    urgent: Arc<AtomicBool>,
}

impl Journey {
    async fn outcome(&self) -> Outcome {
        let started = self.shared.clock.now().monotonic();
        // A server that answers each try just before it would time out shall not hold callers for ever.
        let outcome = sync::timeout(self.shared.policy.flight, self.attempts(started)).await;
        let outcome =
            outcome.unwrap_or_else(|| Err(Kind::OutOfTime { limit: self.shared.policy.flight }.into()));
        let elapsed = self.shared.clock.now().monotonic().saturating_sub(started);
        Span::current().record("duration_ms", u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX));
        meter::landed(outcome.is_ok(), elapsed);
        outcome
    }

    async fn attempts(&self, started: Duration) -> Outcome {
        let Shared { policy, clock, source, jitter, .. } = &*self.shared;
        let mut failures = 0;
        loop {
            Span::current().record("attempt", failures + 1);
            let error = match source.request().await {
                Ok(token) => {
                    debug!(lifetime_s = token.lifetime().as_secs(), "got an access token");
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
                meter::rejected(meter::Rejected::Credentials);
            }
            let elapsed = clock.now().monotonic().saturating_sub(started);
            let remaining = policy.flight.saturating_sub(elapsed);
            match policy.retry.next(failures, &error, remaining, jitter) {
                Some(delay) if self.urgent.load(Ordering::Relaxed) => {
                    debug!(%error, delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX), "trying again");
                    meter::retry();
                    sync::sleep(delay).await;
                }
                _ => return Err(error),
            }
        }
    }
}
