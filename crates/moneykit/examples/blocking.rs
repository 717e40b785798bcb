//! Tokens and requests without `async`: `cargo run --features blocking --example blocking`.

#![expect(clippy::print_stdout, reason = "an example prints its results")]

mod common;

use std::error::Error;
use std::thread;

fn main() -> Result<(), Box<dyn Error>> {
    let (emulator, builder) = common::emulated()?;
    let client = builder.build_blocking()?; // in an application: moneykit::blocking::Client::from_env()?

    let request = client.get("/links/{link_id}/accounts").path("link_id", "lnk_123");
    let response = request.query(&[("page", "2")]).send()?;
    println!("{}", response.error_for_status()?.text()?);

    // The API can revoke a token at any time. All threads that get a 401 share one refresh.
    emulator.revoke_tokens();
    thread::scope(|threads| {
        let calls: Vec<_> = (0..8).map(|_| threads.spawn(|| client.get("/links").send())).collect();
        for call in calls {
            match call.join() {
                Ok(response) => println!("{}", response?.status()),
                Err(_) => println!("a thread panicked"),
            }
        }
        Ok::<_, moneykit::Error>(())
    })?;
    println!("tokens issued: {}", emulator.request_counts().tokens_issued);

    // The async client inside shares the token.
    let async_client = client.into_inner();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let header = runtime.block_on(async_client.authorization_header())?;
    println!("the header for async code: {header:?}");
    println!("tokens issued: {}", emulator.request_counts().tokens_issued);
    Ok(())
}
