//! The promises of the cache, one test each, on simulated time.

#![expect(clippy::unchecked_time_subtraction, reason = "a test fails by panicking")]

mod asking;
mod expiry;
mod flight;
mod rejection;
mod runtimes;
mod seen;
mod world;
