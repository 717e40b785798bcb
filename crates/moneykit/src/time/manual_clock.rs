//! A clock that tests move.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Clock, Moment};

/// A clock that moves only when it is told to, so that tests see tokens expire without waiting.
///
/// Clones share the time: pass one to [`ClientBuilder::clock`](crate::ClientBuilder::clock) and keep another.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// use moneykit::{Client, ManualClock};
/// use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
///
/// let emulator = Emulator::builder().start()?; // issues tokens with a lifetime of 1 hour
/// let clock = ManualClock::new();
/// let client = Client::builder()
///     .credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
///     .base_url(emulator.url())
///     .clock(clock.clone())
///     .build()?;
///
/// let first = client.access_token().await?;
/// clock.advance(Duration::from_secs(3600));
/// let second = client.access_token().await?;
/// assert_ne!(first.expose_secret(), second.expose_secret());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<Moment>>);

impl ManualClock {
    /// Creates a clock whose monotonic reading is zero, and whose wall clock shows the Unix epoch.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Moment::new(Duration::ZERO, Duration::ZERO))))
    }

    /// Advances both the monotonic and the wall clock.
    pub fn advance(&self, duration: Duration) {
        let mut now = self.lock();
        *now = Moment::new(now.monotonic().saturating_add(duration), now.wall().saturating_add(duration));
    }

    /// Sets the wall clock alone, forward or back, as an administrator or NTP does. A time before the Unix epoch counts
    /// as the epoch.
    pub fn set_wall(&self, time: SystemTime) {
        let mut now = self.lock();
        *now = Moment::new(now.monotonic(), time.duration_since(UNIX_EPOCH).unwrap_or_default());
    }

    /// Advances the wall clock alone, as if the machine had been suspended: on some systems the monotonic clock stops
    /// meanwhile.
    pub fn suspend(&self, duration: Duration) {
        let mut now = self.lock();
        *now = Moment::new(now.monotonic(), now.wall().saturating_add(duration));
    }

    fn lock(&self) -> MutexGuard<'_, Moment> {
        // The moment is replaced as a whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Moment {
        *self.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_the_time_and_the_wall_clock_moves_alone() {
        let seconds = Duration::from_secs;
        let (clock, handle) = (ManualClock::new(), ManualClock::default());
        assert_eq!(clock.now(), handle.now());
        let handle = clock.clone();

        handle.advance(seconds(5));
        assert_eq!(clock.now(), Moment::new(seconds(5), seconds(5)));
        handle.suspend(seconds(7));
        assert_eq!(clock.now(), Moment::new(seconds(5), seconds(12)));
        handle.set_wall(UNIX_EPOCH + seconds(1));
        assert_eq!(clock.now(), Moment::new(seconds(5), seconds(1)));
        handle.set_wall(UNIX_EPOCH - seconds(1));
        assert_eq!(clock.now(), Moment::new(seconds(5), Duration::ZERO));
    }
}
