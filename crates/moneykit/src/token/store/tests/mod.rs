//! Tests of clients that share a token through a store, on simulated time.

mod adoption;
mod cancellation;
mod faults;
mod fleet;
mod harness;
mod leases;
