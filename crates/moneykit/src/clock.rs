use std::fmt;
use std::time::Instant;

/// Where a client learns what time it is.
///
/// Applications have no need of it: a client tells the time by [`SystemClock`]. Tests pass a clock of their
/// own to [`ClientBuilder::clock`](crate::ClientBuilder::clock) and let tokens expire without waiting.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns the present moment. It must never go back.
    fn now(&self) -> Instant;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else takes as an argument"
    )]
    fn now(&self) -> Instant {
        Instant::now()
    }
}
