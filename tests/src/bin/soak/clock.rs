use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use moneykit::{Clock, Moment};
use moneykit_emulator::Emulator;

/// The emulator's clock, so that clients and server agree on when a token ends.
pub(crate) struct EmulatorClock(pub(crate) Arc<Emulator>);

thread_local! {
    static LAST: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Returns what this thread read last.
///
/// A client reads the clock to decide whether a token is good, in the same poll that returns the token. So
/// right after a call this is the moment for which the client answers, however long the thread was held up
/// since.
pub(crate) fn last_reading() -> Duration {
    LAST.get()
}

impl Clock for EmulatorClock {
    fn now(&self) -> Moment {
        const EPOCH: Duration = Duration::from_secs(1_780_000_000);

        let now = self.0.now();
        LAST.set(now);
        Moment::new(now, EPOCH + now)
    }
}

impl fmt::Debug for EmulatorClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorClock").finish_non_exhaustive()
    }
}
