//! Jitter: random durations from a seeded generator.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A source of random durations, so that clients which started together do not send requests together.
#[derive(Debug)]
pub(crate) struct Jitter(Mutex<fastrand::Rng>);

impl Jitter {
    /// Creates a source that returns the same sequence for the same seed.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(Mutex::new(fastrand::Rng::with_seed(seed)))
    }

    /// Returns a duration between zero and `limit`, uniformly distributed.
    pub(crate) fn up_to(&self, limit: Duration) -> Duration {
        let fraction = self.0.lock().unwrap_or_else(PoisonError::into_inner).f64();
        limit.mul_f64(fraction)
    }
}
