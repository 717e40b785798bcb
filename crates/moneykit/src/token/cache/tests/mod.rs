//! The guarantees of the cache, one test each, on simulated time.

#![expect(clippy::unchecked_time_subtraction, reason = "a test fails by panicking")]

mod asking;
mod expiry;
mod harness;
mod observability;
mod refresh;
mod rejection;
mod runtimes;
