//! The client together with third-party crates: reqwest-retry, reqwest-tracing, tonic, and reqwest's gzip decoder.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod compression;
mod grpc;
mod middleware_stack;

use moneykit::Client;
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};

/// Starts an emulator, and builds a client for it.
fn emulated() -> (Emulator, Client) {
    let emulator = Emulator::builder().start().unwrap();
    let builder = Client::builder().credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET);
    let client = builder.base_url(emulator.url()).build().unwrap();
    (emulator, client)
}
