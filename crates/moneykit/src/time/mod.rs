//! Clocks, backoff and jitter. Time and randomness are arguments, so that tests control both.

mod backoff;
mod clock;
mod jitter;
mod manual_clock;

pub(crate) use backoff::{Backoff, exponential, with_jitter};
pub use clock::{Clock, Moment, SystemClock};
pub(crate) use jitter::Jitter;
pub use manual_clock::ManualClock;
