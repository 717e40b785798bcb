//! Tests against real servers. Without `redis-server` or `valkey-server` they are skipped, except in CI.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod access;
#[cfg(feature = "cluster")]
mod cluster;
mod conformance;
mod connections;
mod entries;
mod faults;
mod leases;
mod proxy;
mod server;
#[cfg(feature = "rustls")]
mod tls;
