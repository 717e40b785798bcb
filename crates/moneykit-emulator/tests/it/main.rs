//! Integration tests: the emulator over real HTTP.

#![expect(
    clippy::unwrap_used,
    reason = "helper functions are test code as well, but the lint exempts only functions marked #[test]"
)]

mod access;
mod api;
mod api_faults;
mod common;
#[cfg(feature = "contract")]
mod contract;
mod control_api;
mod faults;
#[cfg(feature = "http2")]
mod http2;
mod journal;
mod lifecycle;
mod page;
#[cfg(feature = "process")]
mod process;
mod rate_limits;
mod sessions;
mod stubs;
#[cfg(feature = "tls")]
mod tls;
mod token_endpoint;
