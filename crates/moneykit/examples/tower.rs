//! A hyper client with authentication by a tower layer: `cargo run --example tower --features tower`.

#![expect(clippy::print_stdout, reason = "an example prints its results")]

mod common;

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::rt::TokioExecutor;
use moneykit::tower::BearerLayer;
use tower::{Service, ServiceBuilder, ServiceExt};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let (emulator, builder) = common::emulated()?;
    let client = builder.build()?; // in an application: Client::from_env()?
    let links = format!("{}/links", client.base_url());

    // The first layer is the outermost: the timeout covers a request and its retry together.
    let mut service = ServiceBuilder::new()
        .timeout(Duration::from_secs(30))
        .layer(BearerLayer::new(client).retry_unauthorized())
        .concurrency_limit(10)
        .service(HyperClient::builder(TokioExecutor::new()).build_http());

    for body in ["", "unchanged"] {
        let request = Request::post(&links).body(Full::new(Bytes::from(body)))?;
        let response = service.ready().await?.call(request).await?;
        let status = response.status();
        let text = response.into_body().collect().await?.to_bytes();
        println!("{status}: {}", String::from_utf8_lossy(&text));

        // The API can revoke a token at any time. The layer then retries the next request with a fresh token.
        emulator.revoke_tokens();
    }
    println!("tokens issued: {}", emulator.request_counts().tokens_issued);
    Ok(())
}
