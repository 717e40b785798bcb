//! The emulator's clock as the clients' clock, with a record of the last reading.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use moneykit::{Clock, Moment};
use moneykit_emulator::Emulator;

/// The emulator's clock. Clients use it so that client and server agree on when a token expires.
pub(crate) struct EmulatorClock(pub(crate) Arc<Emulator>);

thread_local! {
    static LAST_READING: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Returns the last time that this thread read from the clock.
///
/// A client reads the clock to decide whether a token is valid, in the same poll that returns the token. Right
/// after a call, this is the time at which the client made that decision, even if the thread was preempted since.
pub(crate) fn last_reading() -> Duration {
    LAST_READING.get()
}

impl Clock for EmulatorClock {
    fn now(&self) -> Moment {
        const EPOCH: Duration = Duration::from_secs(1_780_000_000);

        let now = self.0.now();
        LAST_READING.set(now);
        Moment::new(now, EPOCH + now)
    }
}

impl fmt::Debug for EmulatorClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorClock").finish_non_exhaustive()
    }
}
