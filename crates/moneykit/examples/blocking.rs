//! Tokens and requests without `async`: `cargo run --features blocking --example blocking`.
//!
//! It runs on an emulator of its own, and needs no account.

#![expect(clippy::print_stdout, reason = "showing something is what an example is for")]

use std::error::Error;
use std::thread;

use moneykit::Client;
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};

fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder().start()?;
    let client = Client::builder()
        .credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        .base_url(emulator.url()) // in an application: moneykit::blocking::Client::from_env()?
        .build_blocking()?;

    let answer = client.get("/links/lnk_123/accounts").query(&[("page", "2")]).send()?.error_for_status()?;
    println!("{}", answer.text()?);

    // The API may give a token up whenever it likes. However many threads meet that, one gets the next token.
    emulator.revoke_tokens();
    thread::scope(|threads| {
        let calls: Vec<_> = (0..8).map(|_| threads.spawn(|| client.get("/links").send())).collect();
        for call in calls {
            match call.join() {
                Ok(answer) => println!("{}", answer?.status()),
                Err(_) => println!("a thread panicked"),
            }
        }
        Ok::<_, moneykit::Error>(())
    })?;
    println!("tokens so far: {}", emulator.request_counts().tokens_issued);

    // Where both kinds of code meet, they share the token.
    let asynchronous = client.into_inner();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let header = runtime.block_on(asynchronous.authorization_header())?;
    println!("the header is there for async code as well: {header:?}");
    println!("tokens so far: {}", emulator.request_counts().tokens_issued);
    Ok(())
}
