//! Authenticated requests with typed JSON, error handling, and a revoked token: `cargo run --example requests`.

#![expect(clippy::print_stdout, reason = "an example prints its results")]

mod common;

use std::error::Error;

use moneykit::RetryPolicy;
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

    // The value is percent-encoded, and the trace span has the name of the parameter instead.
    let request = client.get("/links/{link_id}/accounts").path("link_id", "lnk_123");
    let echo: Echo = request.query(&[("page", "2")]).recv_json().await?;
    println!("{echo:?}");

    let request = client.post("/links/{link_id}/products").path("link_id", "lnk_123");
    let echo: Echo = request.json(&NewProduct { product: "transactions" }).recv_json().await?;
    println!("{echo:?}");

    // An idempotent request may be retried after a failure that is transient.
    let request = client.get("/links/{link_id}").path("link_id", "lnk_123").retry_policy(RetryPolicy::new());
    println!("{:?}", request.recv_json::<Echo>().await?);

    // The API can revoke a token at any time. The client then retries the request with a fresh token.
    emulator.revoke_tokens();
    let request = client.put("/links/{link_id}").path("link_id", "lnk_123").body("unchanged");
    println!("{:?}", request.recv_json::<Echo>().await?);
    println!("tokens issued: {}", emulator.request_counts().tokens_issued);

    // An ID that servers may read as another path is an error, and nothing is sent.
    let id = "../../evil";
    match client.get("/links/{link_id}").path("link_id", id).send().await {
        Err(error) if error.is_invalid_request() => println!("{error}"),
        Err(error) => return Err(error.into()),
        Ok(response) => println!("{}", response.status()),
    }
    Ok(())
}
