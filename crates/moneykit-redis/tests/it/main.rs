//! Tests against real servers. Without `redis-server` or `valkey-server` they are skipped, except in CI.

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
