//! Authenticated requests with typed JSON, error handling, and a revoked token: `cargo run --example requests`.

#![expect(clippy::print_stdout, reason = "an example prints its results")]

mod common;

use std::error::Error;

use serde::{Deserialize, Serialize};

/// The body of a request.
#[derive(Serialize)]
struct NewProduct {
    product: &'static str,
}

/// The response of the emulator, which describes the request that it received.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "the example prints the fields with Debug")]
struct Echo {
    method: String,
    path: String,
    query: Option<String>,
    body_bytes: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (emulator, builder) = common::emulated()?;
    let client = builder.build()?; // in an application: Client::from_env()?

    let response = client.get("/links/lnk_123/accounts").query(&[("page", "2")]).send().await?;
    let echo: Echo = response.error_for_status().await?.json().await?;
    println!("{echo:?}");

    // The trace span has the path template instead of the path with the ID.
    let request = client.post("/links/lnk_123/products").path_template("/links/{link_id}/products");
    let response = request.json(&NewProduct { product: "transactions" }).send().await?;
    let echo = response.error_for_status().await?.json::<Echo>().await?;
    println!("{echo:?}");

    // The API can revoke a token at any time. The client then retries the request with a fresh token.
    emulator.revoke_tokens();
    let response = client.put("/links/lnk_123").body("unchanged").send().await?;
    println!("{:?}", response.error_for_status().await?.json::<Echo>().await?);
    println!("tokens issued: {}", emulator.request_counts().tokens_issued);

    // A path that leaves the base URL is an error, so the token cannot leak.
    let id = "../../evil";
    match client.get(format!("/links/{id}")).send().await {
        Err(error) if error.is_invalid_request() => println!("{error}"),
        Err(error) => return Err(error.into()),
        Ok(response) => println!("{}", response.status()),
    }
    Ok(())
}
