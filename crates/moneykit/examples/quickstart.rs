//! From credentials to an authenticated request: `cargo run --example quickstart`.
//!
//! With `MONEYKIT_CLIENT_ID` and `MONEYKIT_CLIENT_SECRET` in the environment it talks to MoneyKit, or to
//! wherever `MONEYKIT_URL` points; without them it starts an emulator of its own.

#![expect(clippy::print_stdout, reason = "showing something is what an example is for")]

use std::error::Error;

use moneykit::{AccessToken, Client, reqwest};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    #[expect(clippy::disallowed_methods, reason = "only to choose between the emulator and MoneyKit")]
    let has_credentials =
        ["MONEYKIT_CLIENT_ID", "MONEYKIT_CLIENT_SECRET"].map(std::env::var_os).iter().any(Option::is_some);
    if has_credentials {
        return show(&Client::from_env()?).await;
    }

    let emulator = Emulator::builder().start()?;
    println!("No credentials in the environment: this is an emulator on {}.", emulator.url());
    let client = Client::builder()
        .credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        .base_url(emulator.url())
        .build()?;
    show(&client).await?;
    println!(
        "\nTo use MoneyKit itself, export MONEYKIT_CLIENT_ID and MONEYKIT_CLIENT_SECRET, and run this again."
    );
    Ok(())
}

async fn show(client: &Client) -> Result<(), Box<dyn Error>> {
    let token = client.access_token().await?;
    println!("\nGot {token:?}\nfrom {}/auth/token", client.base_url());

    let answer = get(client, &token, "/institutions").await?;
    println!("\nGET /institutions with it: {}", answer.status());
    let body = answer.text().await?;
    println!("{}", body.chars().take(500).collect::<String>());
    Ok(())
}

/// Makes an authenticated request with any HTTP client: the token brings its header along.
async fn get(client: &Client, token: &AccessToken, path: &str) -> reqwest::Result<reqwest::Response> {
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
    http.get(format!("{}{path}", client.base_url()))
        .header("authorization", token.authorization_header())
        .header("moneykit-version", client.api_version())
        .send()
        .await
}
