use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Chance, from a seed: clients that started together shall not ask together ever after.
#[derive(Debug)]
pub(crate) struct Jitter(Mutex<fastrand::Rng>);

impl Jitter {
    /// Starts from a seed, so that a test can repeat itself.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(Mutex::new(fastrand::Rng::with_seed(seed)))
    }

    /// Picks a time from nothing up to `limit`, all equally likely.
    pub(crate) fn up_to(&self, limit: Duration) -> Duration {
        let share = self.0.lock().unwrap_or_else(PoisonError::into_inner).f64();
        limit.mul_f64(share)
    }
}
