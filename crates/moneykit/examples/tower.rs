//! hyper's client with a layer that authenticates: `cargo run --example tower --features tower`.
//!
//! It runs on an emulator of its own, and needs no account.

#![expect(clippy::print_stdout, reason = "showing something is what an example is for")]

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use moneykit::Client;
use moneykit::tower::BearerLayer;
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
use tower::{Service, ServiceBuilder, ServiceExt};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let emulator = Emulator::builder().start()?;
    let client = Client::builder()
        .credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        .base_url(emulator.url()) // in an application: Client::from_env()?
        .build()?;
    let links = format!("{}/links", client.base_url());

    // From the outermost to the innermost: the time limit holds for both requests where one is replayed.
    let mut service = ServiceBuilder::new()
        .timeout(Duration::from_secs(30))
        .layer(BearerLayer::new(client).retry_unauthorized())
        .concurrency_limit(10)
        .service(HttpClient::builder(TokioExecutor::new()).build_http());

    for body in ["", "as it is"] {
        let request = Request::post(&links).body(Full::new(Bytes::from(body)))?;
        let answer = service.ready().await?.call(request).await?;
        let status = answer.status();
        let text = answer.into_body().collect().await?.to_bytes();
        println!("{status}: {}", String::from_utf8_lossy(&text));

        // The API may give a token up whenever it likes. The next request is sent again with a fresh one.
        emulator.revoke_tokens();
    }
    println!("tokens so far: {}", emulator.request_counts().tokens_issued);
    Ok(())
}
