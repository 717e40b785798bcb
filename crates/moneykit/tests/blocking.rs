//! The blocking client: requests, the token it shares with async callers, and calls from async code.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod blocking {
    mod contexts;
    mod gated_server;
    mod requests;
    mod shared;
}

use moneykit::{Client, ClientBuilder};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
use tokio::runtime::{Builder, Runtime};

/// Returns a builder for a client of the server at a URL.
fn client_builder(url: impl Into<String>) -> ClientBuilder {
    Client::builder().credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET).base_url(url)
}

/// Starts an emulator, and builds a blocking client for it.
fn emulated() -> (Emulator, moneykit::blocking::Client) {
    let emulator = Emulator::builder().start().unwrap();
    let client = client_builder(emulator.url()).build_blocking().unwrap();
    (emulator, client)
}

/// Builds a runtime of each flavor.
fn runtimes() -> [Runtime; 2] {
    [Builder::new_current_thread(), Builder::new_multi_thread()]
        .map(|mut builder| builder.enable_all().build().unwrap())
}
