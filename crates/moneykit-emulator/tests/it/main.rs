//! The emulator over real HTTP, as any client meets it.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers are tests as well; the lint's exception for tests knows functions marked #[test] only"
)]

mod api;
mod faults;
mod http;
mod lifecycle;
mod token_endpoint;
