//! The client that is generated from the contract: `cargo run --example raw`.
//!
//! It runs on an emulator of its own, and needs no account. The contract has one operation today, the token request,
//! which a client makes by itself otherwise.

#![expect(clippy::print_stdout, reason = "showing something is what an example is for")]

use moneykit::Client;
use moneykit::raw::{Error, Secret, types::AccessTokenRequestGrantType};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().start()?;
    let client = Client::builder()
        .credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        .base_url(emulator.url()) // in an application: Client::from_env()?
        .build()?;

    for secret in [DEFAULT_CLIENT_SECRET, "a wrong one"] {
        let request = client.raw().generate_access_token().body_map(|form| {
            form.grant_type(AccessTokenRequestGrantType::ClientCredentials)
                .client_id(DEFAULT_CLIENT_ID.to_owned())
                .client_secret(Secret::from(secret))
        });
        match request.send().await {
            Ok(token) => println!("{} {:?}", token.status(), token.into_inner()),
            Err(Error::ErrorResponse(error)) => println!("{} {}", error.status(), error.error_message),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
