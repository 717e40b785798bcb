//! The clock by which tokens expire.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A source of the current time.
///
/// Applications use the default, [`SystemClock`]. Tests pass a [`ManualClock`](crate::ManualClock) to
/// [`ClientBuilder::clock`](crate::ClientBuilder::clock), so that tokens expire without waiting. Implement this trait
/// for the clock of a simulation.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns the current time. Its monotonic reading must never decrease.
    fn now(&self) -> Moment;
}

/// A clock that others read or move as well.
impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Moment {
        (**self).now()
    }
}

/// A point in time, as read from a monotonic clock and from the wall clock.
///
/// A token expires as soon as either clock reaches its expiry. One clock does not suffice: on some systems the
/// monotonic clock stops while the machine is suspended, and the wall clock can be set back.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
/// use std::time::Duration;
///
/// use moneykit::{Client, Clock, ManualClock};
///
/// let clock = ManualClock::new();
/// let client = Client::builder()
///     .credentials("id", "secret")
///     .base_url(emulator.url())
///     .clock(clock.clone())
///     .build()?;
/// let first = client.access_token().await?;
///
/// // The machine is suspended for 2 hours: only the wall clock advances.
/// let before = clock.now();
/// clock.suspend(Duration::from_secs(2 * 3600));
/// assert_eq!(clock.now().monotonic(), before.monotonic());
/// assert_eq!(clock.now().wall() - before.wall(), Duration::from_secs(2 * 3600));
///
/// let second = client.access_token().await?;
/// assert_ne!(first.expose_secret(), second.expose_secret());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    monotonic: Duration,
    wall: Duration,
}

impl Moment {
    /// Creates a moment from the readings of both clocks: `monotonic` is the time since any fixed point, `wall` the
    /// time since the Unix epoch.
    pub const fn new(monotonic: Duration, wall: Duration) -> Self {
        Self { monotonic, wall }
    }

    /// Returns the reading of the monotonic clock: the time since an unspecified fixed point. It never decreases.
    pub const fn monotonic(self) -> Duration {
        self.monotonic
    }

    /// Returns the reading of the wall clock: the time since the Unix epoch. It may decrease when the clock is set.
    pub const fn wall(self) -> Duration {
        self.wall
    }
}

/// The system's clocks, with a resolution of a few milliseconds on Linux.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        system::now()
    }
}

/// On Linux the coarse clocks return the time of the kernel's last tick. Reading them costs a quarter of reading the
/// precise ones; the error is a few milliseconds, and tokens live for an hour.
#[cfg(target_os = "linux")]
mod system {
    use std::time::Duration;

    use rustix::time::{ClockId, clock_gettime};

    use super::Moment;

    pub(super) fn now() -> Moment {
        Moment::new(read(ClockId::MonotonicCoarse), read(ClockId::RealtimeCoarse))
    }

    fn read(clock: ClockId) -> Duration {
        let time = clock_gettime(clock);
        // A time before 1970 means that the wall clock is not set. Nanoseconds are below a billion by definition.
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::sync::LazyLock;
    use std::time::{Instant, SystemTime, UNIX_EPOCH};

    use super::Moment;

    #[expect(clippy::disallowed_methods, reason = "all other code takes a clock as an argument")]
    pub(super) fn now() -> Moment {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);

        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment::new(START.elapsed(), wall)
    }
}
