//! The client for code without `async`: alone, beside the async one, and where it must not be used.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod blocking {
    mod contexts;
    mod held;
    mod requests;
    mod shared;
}

use moneykit::{Client, ClientBuilder};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
use tokio::runtime::{Builder, Runtime};

fn builder(url: impl Into<String>) -> ClientBuilder {
    Client::builder().credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET).base_url(url)
}

fn emulator() -> (Emulator, moneykit::blocking::Client) {
    let emulator = Emulator::builder().start().unwrap();
    let client = builder(emulator.url()).build_blocking().unwrap();
    (emulator, client)
}

/// A runtime of each flavor.
fn runtimes() -> [Runtime; 2] {
    [Builder::new_current_thread(), Builder::new_multi_thread()]
        .map(|mut builder| builder.enable_all().build().unwrap())
}
