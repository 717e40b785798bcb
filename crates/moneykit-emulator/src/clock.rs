//! The emulator's clock: real time, plus whatever the test has added to it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Tells how long the emulator has been running, by a clock that can be moved ahead.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    ahead: Mutex<Duration>,
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the emulator meets real time; everything else takes a point in time"
    )]
    pub(crate) fn start() -> Self {
        Self { started: Instant::now(), ahead: Mutex::new(Duration::ZERO) }
    }

    /// The time since the start, counting every [`advance`](Self::advance).
    pub(crate) fn now(&self) -> Duration {
        let ahead = *self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        self.started.elapsed().saturating_add(ahead)
    }

    /// Lets real time pass, whatever was added to it.
    pub(crate) async fn pause(time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// Moves the clock ahead. It stops at the end of time rather than overflow.
    pub(crate) fn advance(&self, by: Duration) {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        *ahead = ahead.saturating_add(by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advancing_adds_up() {
        let clock = Clock::start();
        clock.advance(Duration::from_secs(60));
        clock.advance(Duration::from_secs(40));
        assert!(clock.now() >= Duration::from_secs(100));
    }

    #[test]
    fn advancing_past_the_end_of_time_saturates() {
        let clock = Clock::start();
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Duration::MAX);
    }
}
