//! Tests of the cache's guarantees, one behaviour each, on simulated time.

#![expect(clippy::unchecked_time_subtraction, reason = "a test fails by panicking")]

mod expiry;
mod harness;
mod invalidation;
mod lookup;
mod observability;
mod refresh;
mod runtimes;
mod unauthorized;
