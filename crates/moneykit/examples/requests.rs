//! Authenticated requests, errors, and a token that dies on the way: `cargo run --example requests`.
//!
//! It runs on an emulator of its own, and needs no account.

#![expect(clippy::print_stdout, reason = "showing something is what an example is for")]

use std::error::Error;

use moneykit::Client;
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
use serde::Deserialize;
use serde_json::json;

/// What the emulator says of each request.
#[derive(Deserialize)]
struct Echo {
    method: String,
    path: String,
    query: Option<String>,
    body_bytes: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder().start()?;
    let client = Client::builder()
        .credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        .base_url(emulator.url()) // in an application: Client::from_env()?
        .build()?;

    let answer = client.get("/links/lnk_123/accounts").query(&[("page", "2")]).send().await?;
    show(&answer.error_for_status().await?.json().await?);

    let request = client.post("/links/lnk_123/products").path_template("/links/{link_id}/products");
    let answer = request.json(&json!({"product": "transactions"})).send().await?;
    show(&answer.error_for_status().await?.json().await?);

    // The API may give a token up whenever it likes. The request is sent again with a fresh one.
    emulator.revoke_tokens();
    let answer = client.put("/links/lnk_123").body("as it is").send().await?;
    show(&answer.error_for_status().await?.json().await?);
    println!("tokens so far: {}", emulator.request_counts().tokens_issued);

    // A token must not follow a path that leads elsewhere.
    let id = "../../evil";
    if let Err(error) = client.get(format!("/links/{id}")).send().await {
        println!("{error}");
    }
    Ok(())
}

fn show(Echo { method, path, query, body_bytes }: &Echo) {
    let query = query.as_deref().unwrap_or_default();
    println!("{method} {path} {query} with {body_bytes} bytes: 200 OK");
}
