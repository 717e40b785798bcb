//! Makes an authenticated request: `cargo run --example quickstart`.
//!
//! If `MONEYKIT_CLIENT_ID` and `MONEYKIT_CLIENT_SECRET` are set, the request goes to MoneyKit, or to `MONEYKIT_URL` if
//! that is set. Otherwise it goes to an emulator that this example starts.

#![expect(clippy::print_stdout, reason = "an example prints its results")]

mod common;

use std::error::Error;

use moneykit::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    #[expect(clippy::disallowed_methods, reason = "the choice between MoneyKit and the emulator")]
    let has_credentials =
        ["MONEYKIT_CLIENT_ID", "MONEYKIT_CLIENT_SECRET"].map(std::env::var_os).iter().any(Option::is_some);
    if has_credentials {
        return list_institutions(&Client::from_env()?).await;
    }

    let (emulator, builder) = common::emulated()?;
    println!("No credentials are set, so this uses an emulator at {}.", emulator.url());
    list_institutions(&builder.build()?).await?;
    println!("\nTo use MoneyKit, export MONEYKIT_CLIENT_ID and MONEYKIT_CLIENT_SECRET, and run this again.");
    Ok(())
}

async fn list_institutions(client: &Client) -> Result<(), Box<dyn Error>> {
    // The client requests a token first, and reuses it for later requests until shortly before it expires.
    let response = client.get("/institutions").query(&[("country", "US")]).send().await?;
    println!("\nGET {}/institutions: {}", client.base_url(), response.status());
    let body = response.error_for_status().await?.text().await?;
    println!("{}", body.chars().take(500).collect::<String>());

    println!("\nThe token of that request: {:?}", client.access_token().await?);
    Ok(())
}
