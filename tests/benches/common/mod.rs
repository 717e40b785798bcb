//! Setup that the benchmarks share.

use moneykit::{Client, ClientBuilder};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
use tokio::runtime::{Builder, Runtime};

/// Starts an emulator, and returns it with a runtime for the calls.
pub(crate) fn emulator() -> (Emulator, Runtime) {
    let emulator = Emulator::builder().start().unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    (emulator, runtime)
}

/// Returns a builder for a client of an emulator.
pub(crate) fn client_builder(emulator: &Emulator) -> ClientBuilder {
    Client::builder().credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET).base_url(emulator.url())
}
