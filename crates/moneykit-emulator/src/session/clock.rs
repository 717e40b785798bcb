//! The clock of a session: real time that tests can advance, set and freeze.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::config_error::ConfigError;
use crate::milliseconds;

/// A clock that measures the time since its start.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    /// The time of day at the start.
    epoch: SystemTime,
    reading: Mutex<Reading>,
}

/// How the emulated time follows from the real one.
#[derive(Debug)]
enum Reading {
    /// The emulated time is the real one, plus the first duration, minus the second.
    Running {
        ahead: Duration,
        behind: Duration,
    },
    Frozen(Duration),
}

/// The state of a session's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClockStatus {
    /// The time since the session started.
    #[serde(rename = "now_ms", with = "milliseconds")]
    pub now: Duration,
    /// The time of day, as the time since 1970-01-01T00:00:00Z. The header `Date` follows it.
    #[serde(rename = "unix_ms", with = "milliseconds")]
    pub unix_time: Duration,
    /// True if the clock stands still.
    pub frozen: bool,
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the only place where the emulator reads the real time; all other code takes the time as an argument"
    )]
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
            epoch: SystemTime::now(),
            reading: Mutex::new(Reading::Running { ahead: Duration::ZERO, behind: Duration::ZERO }),
        }
    }

    /// Returns the real time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Returns the emulated time since the start.
    pub(crate) fn now(&self) -> Duration {
        self.now_of(&self.lock())
    }

    /// Returns the emulated time of day, as the time since 1970.
    pub(crate) fn unix_time(&self) -> Duration {
        self.unix_time_at(self.now())
    }

    /// Returns true if the emulated time may differ from the real one.
    pub(crate) fn is_shifted(&self) -> bool {
        !matches!(*self.lock(), Reading::Running { ahead: Duration::ZERO, behind: Duration::ZERO })
    }

    pub(crate) fn status(&self) -> ClockStatus {
        let reading = self.lock();
        let now = self.now_of(&reading);
        ClockStatus { now, unix_time: self.unix_time_at(now), frozen: matches!(*reading, Reading::Frozen(_)) }
    }

    /// Sleeps for `duration` of real time; [`advance`](Self::advance) does not shorten it.
    pub(crate) async fn sleep(duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    /// Advances the clock. At the maximum it saturates instead of overflowing.
    pub(crate) fn advance(&self, by: Duration) {
        match &mut *self.lock() {
            Reading::Running { ahead, .. } => *ahead = ahead.saturating_add(by),
            Reading::Frozen(now) => *now = now.saturating_add(by),
        }
    }

    /// Sets the time of day.
    ///
    /// # Errors
    ///
    /// Fails if the time is before the start of the session, which is zero on this clock.
    pub(crate) fn set(&self, unix_time: Duration) -> Result<(), ConfigError> {
        let epoch = self.unix_time_at(Duration::ZERO);
        let Some(now) = unix_time.checked_sub(epoch) else {
            return Err(ConfigError::new(format!(
                "the clock cannot be set to a time before the session started, which was at {} ms since 1970; \
                 set a later time",
                milliseconds::from_duration(epoch)
            )));
        };
        let mut reading = self.lock();
        *reading = match *reading {
            Reading::Running { .. } => self.running_from(now),
            Reading::Frozen(_) => Reading::Frozen(now),
        };
        Ok(())
    }

    pub(crate) fn freeze(&self) {
        let mut reading = self.lock();
        *reading = Reading::Frozen(self.now_of(&reading));
    }

    /// Returns to the real time.
    pub(crate) fn reset(&self) {
        *self.lock() = Reading::Running { ahead: Duration::ZERO, behind: Duration::ZERO };
    }

    /// Lets a frozen clock continue from where it stands.
    pub(crate) fn resume(&self) {
        let mut reading = self.lock();
        if let Reading::Frozen(now) = *reading {
            *reading = self.running_from(now);
        }
    }

    fn running_from(&self, now: Duration) -> Reading {
        let elapsed = self.elapsed();
        Reading::Running { ahead: now.saturating_sub(elapsed), behind: elapsed.saturating_sub(now) }
    }

    fn now_of(&self, reading: &Reading) -> Duration {
        match reading {
            Reading::Running { ahead, behind } => {
                self.elapsed().saturating_add(*ahead).saturating_sub(*behind)
            }
            Reading::Frozen(now) => *now,
        }
    }

    fn unix_time_at(&self, now: Duration) -> Duration {
        self.epoch.duration_since(UNIX_EPOCH).unwrap_or_default().saturating_add(now)
    }

    fn lock(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_moved() {
        let clock = Clock::start();
        clock.freeze();
        let frozen_at = clock.now();
        while clock.elapsed() <= frozen_at {}
        assert_eq!(clock.now(), frozen_at);
        clock.advance(Duration::from_secs(5));
        assert_eq!(clock.now(), frozen_at + Duration::from_secs(5));
        assert!(clock.status().frozen);

        clock.resume();
        assert!(!clock.status().frozen);
        let now = clock.now();
        assert!(now >= frozen_at + Duration::from_secs(5) && now < frozen_at + Duration::from_secs(60));
    }

    #[test]
    fn the_time_of_day_can_be_set_forwards_and_back_to_the_start() {
        let clock = Clock::start();
        let started_at = clock.unix_time_at(Duration::ZERO);
        clock.freeze();
        for now in [86_400, 0, 60] {
            let now = Duration::from_secs(now);
            clock.set(started_at + now).unwrap();
            assert_eq!((clock.now(), clock.unix_time()), (now, started_at + now));
        }
        clock.resume();
        clock.set(started_at).unwrap();
        assert!(clock.now() < Duration::from_secs(60));

        let error = clock.set(started_at.checked_sub(Duration::from_secs(1)).unwrap()).unwrap_err();
        assert!(error.to_string().contains("set a later time"), "{error}");
    }
}
