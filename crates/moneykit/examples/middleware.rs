//! A reqwest-middleware client with authentication: `cargo run --example middleware --features reqwest-middleware`.

#![expect(clippy::print_stdout, reason = "an example prints its results")]

mod common;

use std::error::Error;

use moneykit::reqwest::redirect::Policy;
use moneykit::{BearerMiddleware, reqwest};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (emulator, builder) = common::emulated()?;
    let client = builder.build()?; // in an application: Client::from_env()?
    let links = format!("{}/links", client.base_url());

    // The first middleware is the outermost. Add the bearer middleware last: it sends the requests to the API itself, so
    // that no redirect can carry the token to another host. This client sends all other requests.
    let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build()?;
    let http = reqwest_middleware::ClientBuilder::new(http).with(BearerMiddleware::new(client)).build();

    println!("{}", http.get(&links).send().await?.text().await?);

    // The API can revoke a token at any time. The middleware then retries the request with a fresh token.
    emulator.revoke_tokens();
    println!("{}", http.post(&links).body("unchanged").send().await?.text().await?);
    println!("tokens issued: {}", emulator.request_counts().tokens_issued);

    // A request outside of the base URL passes without a token, here to another host.
    let (other, _) = common::emulated()?;
    let response = http.get(format!("{}/links", other.url())).send().await?;
    println!("another host: {}", response.status());
    Ok(())
}
