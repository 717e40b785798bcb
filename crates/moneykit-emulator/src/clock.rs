//! The emulator's clock: real time plus an offset that tests can increase.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A clock that measures the time since the emulator started and can be advanced.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    offset: Mutex<Duration>,
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the only place where the emulator reads the real time; all other code takes the time as an argument"
    )]
    pub(crate) fn start() -> Self {
        Self { started: Instant::now(), offset: Mutex::new(Duration::ZERO) }
    }

    /// Returns the time since the start, including every [`advance`](Self::advance).
    pub(crate) fn now(&self) -> Duration {
        let offset = *self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        self.started.elapsed().saturating_add(offset)
    }

    /// Sleeps for `duration` of real time; [`advance`](Self::advance) does not shorten it.
    pub(crate) async fn sleep(duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    /// Advances the clock. At the maximum it saturates instead of overflowing.
    pub(crate) fn advance(&self, by: Duration) {
        let mut offset = self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        *offset = offset.saturating_add(by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advances_add_up() {
        let clock = Clock::start();
        clock.advance(Duration::from_secs(60));
        clock.advance(Duration::from_secs(40));
        assert!(clock.now() >= Duration::from_secs(100));
    }

    #[test]
    fn advancing_past_the_maximum_saturates() {
        let clock = Clock::start();
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Duration::MAX);
    }
}
