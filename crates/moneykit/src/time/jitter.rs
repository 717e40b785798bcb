//! Seeded randomness.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Random durations, so that clients which started together do not send requests together.
#[derive(Debug)]
pub(crate) struct Jitter(Mutex<fastrand::Rng>);

impl Jitter {
    /// Creates a source of randomness that repeats itself for the same seed.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(Mutex::new(fastrand::Rng::with_seed(seed)))
    }

    /// Returns a duration between zero and `limit`, uniformly distributed.
    pub(crate) fn up_to(&self, limit: Duration) -> Duration {
        let share = self.0.lock().unwrap_or_else(PoisonError::into_inner).f64();
        limit.mul_f64(share)
    }
}
