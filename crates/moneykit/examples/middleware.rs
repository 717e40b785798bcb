//! A client of reqwest-middleware that authenticates, tries again and traces:
//! `cargo run --example middleware --features reqwest-middleware`.
//!
//! It runs on an emulator of its own, and needs no account.

#![expect(clippy::print_stdout, reason = "showing something is what an example is for")]

use std::error::Error;

use moneykit::reqwest::redirect::Policy;
use moneykit::{BearerMiddleware, Client, reqwest};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
use reqwest_retry::{RetryTransientMiddleware, policies::ExponentialBackoff};
use reqwest_tracing::TracingMiddleware;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder().start()?;
    let client = Client::builder()
        .credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        .base_url(emulator.url()) // in an application: Client::from_env()?
        .build()?;
    let links = format!("{}/links", client.base_url());

    // From the outermost to the innermost: each try gets the token that is good by then, each request has a
    // span.
    let retries = ExponentialBackoff::builder().build_with_max_retries(3);
    let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build()?;
    let http = reqwest_middleware::ClientBuilder::new(http)
        .with(RetryTransientMiddleware::new_with_policy(retries))
        .with(BearerMiddleware::new(client))
        .with(TracingMiddleware::default())
        .build();

    println!("{}", http.get(&links).send().await?.text().await?);

    // The API may give a token up whenever it likes. The request is sent again with a fresh one.
    emulator.revoke_tokens();
    println!("{}", http.post(&links).body("as it is").send().await?.text().await?);
    println!("tokens so far: {}", emulator.request_counts().tokens_issued);

    // What is not for the API passes without the token, here to a host with another API.
    let elsewhere = Emulator::builder().start()?;
    let answer = http.get(format!("{}/links", elsewhere.url())).send().await?;
    println!("elsewhere: {}", answer.status());
    Ok(())
}
