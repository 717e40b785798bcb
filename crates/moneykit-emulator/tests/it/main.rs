//! Integration tests: the emulator over real HTTP.

#![expect(
    clippy::unwrap_used,
    reason = "helper functions are test code as well, but the lint exempts only functions marked #[test]"
)]

mod api;
mod common;
mod faults;
mod lifecycle;
mod token_endpoint;
