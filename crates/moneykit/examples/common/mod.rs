//! Setup that the examples share: an emulator in place of MoneyKit, so that they need no account.

use std::io;

use moneykit::{Client, ClientBuilder};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};

/// Starts an emulator, and returns it with a builder for a client of it.
pub(crate) fn emulated() -> io::Result<(Emulator, ClientBuilder)> {
    let emulator = Emulator::builder().start()?;
    let builder =
        Client::builder().credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET).base_url(emulator.url());
    Ok((emulator, builder))
}
