//! The cost of an authenticated request with each integration: `cargo bench -p moneykit-tests --bench integrations`.
//!
//! Each request is a GET of the same path with the same token, over its own open connection. The plain requests have a
//! constant header: plain reqwest is the baseline of the client's own requests and of the middleware, plain hyper that of
//! the tower layer.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark measures with the real clock"
)]

mod common;

use std::pin::Pin;
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::rt::TokioExecutor;
use moneykit::tower::BearerLayer;
use moneykit::{BearerMiddleware, reqwest};
use tower::{Layer, Service, ServiceExt};

criterion_group!(benches, integrations);
criterion_main!(benches);

/// Sends a request and reads the response to its end.
type Send<'a> = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + 'a>> + 'a>;

fn integrations(criterion: &mut Criterion) {
    let (emulator, runtime) = common::emulator();
    let client = common::client_builder(&emulator).build().unwrap();
    let header = runtime.block_on(client.authorization_header()).unwrap();
    let http = || {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        http.timeout(Duration::from_secs(30)).build().unwrap()
    };
    let plain_reqwest = http();
    let middleware = reqwest_middleware::ClientBuilder::new(http());
    let middleware = middleware.with(BearerMiddleware::new(client.clone())).build();
    let hyper = || HyperClient::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let plain_hyper = hyper();
    let tower = BearerLayer::new(client.clone()).retry_unauthorized().layer(hyper());
    let url = format!("{}/links", emulator.url());
    let request = || Request::get(&url);

    let requests: [(&str, Send<'_>); 5] = [
        (
            "plain reqwest",
            Box::new(|| {
                Box::pin(async {
                    let request = plain_reqwest.get(&url).header("authorization", header.clone());
                    let response = request.send().await.unwrap();
                    assert_eq!(response.status(), 200);
                    response.bytes().await.unwrap();
                })
            }),
        ),
        (
            "client",
            Box::new(|| {
                Box::pin(async {
                    let response = client.get("/links").send().await.unwrap();
                    assert_eq!(response.status(), 200);
                    response.bytes().await.unwrap();
                })
            }),
        ),
        (
            "middleware",
            Box::new(|| {
                Box::pin(async {
                    let response = middleware.get(&url).send().await.unwrap();
                    assert_eq!(response.status(), 200);
                    response.bytes().await.unwrap();
                })
            }),
        ),
        (
            "plain hyper",
            Box::new(|| {
                Box::pin(async {
                    let request = request().header("authorization", header.clone());
                    let response = plain_hyper.request(request.body(Full::default()).unwrap()).await.unwrap();
                    assert_eq!(response.status(), 200);
                    response.into_body().collect().await.unwrap();
                })
            }),
        ),
        (
            "tower layer on hyper",
            Box::new(|| {
                let mut service = tower.clone();
                Box::pin(async move {
                    let request = request().body(Full::default()).unwrap();
                    let response = service.ready().await.unwrap().call(request).await.unwrap();
                    assert_eq!(response.status(), 200);
                    response.into_body().collect().await.unwrap();
                })
            }),
        ),
    ];

    // The speed of the machine varies, so the requests alternate within each sample.
    let alternate = |count: u64, measured: &str| {
        runtime.block_on(async {
            let mut time = Duration::ZERO;
            for _ in 0..count {
                for (name, send) in &requests {
                    let started = Instant::now();
                    send().await;
                    if *name == measured {
                        time += started.elapsed();
                    }
                }
            }
            time
        })
    };
    let mut group = criterion.benchmark_group("integrations");
    for (name, _) in &requests {
        group.bench_function(*name, |bench| bench.iter_custom(|count| alternate(count, name)));
    }
    group.finish();
}
