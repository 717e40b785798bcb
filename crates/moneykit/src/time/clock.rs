//! The clock that tokens expire by.

use std::fmt;
use std::time::Duration;

/// Where a client learns what time it is.
///
/// Applications have no need of it: a client tells the time by [`SystemClock`]. Tests pass a clock of their
/// own to [`ClientBuilder::clock`](crate::ClientBuilder::clock) and let tokens expire without waiting.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns the present moment. Its monotonic part must never go back.
    fn now(&self) -> Moment;
}

/// A moment, as two clocks tell it.
///
/// One clock does not suffice for a token's life. The monotonic clock stands still while a machine is
/// suspended; the wall clock jumps when somebody sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    monotonic: Duration,
    wall: Duration,
}

impl Moment {
    /// Joins the readings of both clocks: `monotonic` since any fixed point in time, `wall` since the Unix
    /// epoch.
    pub const fn new(monotonic: Duration, wall: Duration) -> Self {
        Self { monotonic, wall }
    }

    /// Returns the time since a fixed point that only this clock knows. It never goes back.
    pub const fn monotonic(self) -> Duration {
        self.monotonic
    }

    /// Returns the time since the Unix epoch. It may go anywhere.
    pub const fn wall(self) -> Duration {
        self.wall
    }
}

/// The clock of the machine, exact to a few milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        system::now()
    }
}

/// On Linux the kernel keeps both times of its last tick where they can be read without asking it: a
/// quarter of the price of the exact ones, for an error of some milliseconds in lifetimes of an hour.
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
        // Before 1970 the wall clock is not set; nanoseconds are below a billion by definition.
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::sync::LazyLock;
    use std::time::{Instant, SystemTime, UNIX_EPOCH};

    use super::Moment;

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else takes as an argument"
    )]
    pub(super) fn now() -> Moment {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);

        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment::new(START.elapsed(), wall)
    }
}
