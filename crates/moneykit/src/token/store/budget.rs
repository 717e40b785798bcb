//! The time that the calls to a store may take.

use std::fmt;
use std::time::Duration;

use super::StoreError;
use crate::error::with_sources;
use crate::sync::{self, Instant};

/// The time that calls to a store may take together.
pub(super) struct Budget {
    total: Duration,
    left: Duration,
}

/// Why a call to a store failed.
pub(super) enum Failure {
    Error(StoreError),
    /// The calls of one attempt took longer than this together.
    TimedOut(Duration),
    /// The payload of the panic is not kept, since it may quote a secret.
    Panicked,
}

impl Budget {
    pub(super) fn of(total: Duration) -> Self {
        Self { total, left: total }
    }

    /// Awaits a call to the store, for no longer than what is left.
    pub(super) async fn call<T>(
        &mut self,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, Failure> {
        let started = Instant::now();
        let outcome = sync::timeout(self.left, sync::catch_panic(call)).await;
        self.left = self.left.saturating_sub(started.elapsed());
        match outcome {
            Some(Ok(outcome)) => outcome.map_err(Failure::Error),
            Some(Err(_)) => Err(Failure::Panicked),
            None => Err(Failure::TimedOut(self.total)),
        }
    }
}

impl Default for Budget {
    /// Returns the budget of one attempt: a caller waits no longer because there is a store.
    fn default() -> Self {
        Self::of(Duration::from_millis(250))
    }
}

impl Failure {
    /// Returns the value of the label `reason` in metrics.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Error(_) => "error",
            Self::TimedOut(_) => "timeout",
            Self::Panicked => "panic",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => f.write_str(&with_sources(&**error)),
            Self::TimedOut(limit) => write!(f, "its calls took longer than {} ms", limit.as_millis()),
            Self::Panicked => f.write_str("it panicked (the panic hook shows the message)"),
        }
    }
}
