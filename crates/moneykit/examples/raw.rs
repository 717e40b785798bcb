//! The client that is generated from the contract: `cargo run --example raw`.
//!
//! The contract has one operation, the token request. The other methods of a client make it when they need a token.

#![expect(clippy::print_stdout, reason = "an example prints its results")]

mod common;

use std::error::Error as StdError;

use moneykit::raw::{Error, Secret, types::AccessTokenRequestGrantType};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn StdError>> {
    let (_emulator, builder) = common::emulated()?;
    let client = builder.build()?; // in an application: Client::from_env()?

    for secret in [DEFAULT_CLIENT_SECRET, "a wrong secret"] {
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
