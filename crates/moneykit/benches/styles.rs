//! What each way of making an authenticated request costs beside a bare one:
//! `cargo bench -p moneykit --bench styles --features reqwest-middleware,tower`.
//!
//! All are GETs of the same path with the same token, each over a connection of its own that is open already.
//! The bare ones have a header that never changes, and know nothing of tokens: that of reqwest is what the
//! client's own requests and the middleware are built upon, that of hyper what the layer is.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark measures with the real clock"
)]

use std::pin::Pin;
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::rt::TokioExecutor;
use moneykit::tower::BearerLayer;
use moneykit::{BearerMiddleware, Client, reqwest};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
use tower::{Layer, Service, ServiceExt};

criterion_group!(benches, styles);
criterion_main!(benches);

/// Sends a request and reads its answer to the end.
type Send<'a> = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + 'a>> + 'a>;

fn styles(criterion: &mut Criterion) {
    let emulator = Emulator::builder().start().unwrap();
    let client = Client::builder()
        .credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        .base_url(emulator.url())
        .build()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let header = runtime.block_on(client.authorization_header()).unwrap();
    let http = || {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        http.timeout(Duration::from_secs(30)).build().unwrap()
    };
    let bare = http();
    let middleware = reqwest_middleware::ClientBuilder::new(http());
    let middleware = middleware.with(BearerMiddleware::new(client.clone())).build();
    let hyper = || HyperClient::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let bare_hyper = hyper();
    let tower = BearerLayer::new(client.clone()).retry_unauthorized().layer(hyper());
    let url = format!("{}/links", emulator.url());
    let request = || Request::get(&url);

    let ways: [(&str, Send<'_>); 5] = [
        (
            "bare reqwest",
            Box::new(|| {
                Box::pin(async {
                    let request = bare.get(&url).header("authorization", header.clone());
                    let answer = request.send().await.unwrap();
                    assert_eq!(answer.status(), 200);
                    answer.bytes().await.unwrap();
                })
            }),
        ),
        (
            "own request",
            Box::new(|| {
                Box::pin(async {
                    let answer = client.get("/links").send().await.unwrap();
                    assert_eq!(answer.status(), 200);
                    answer.bytes().await.unwrap();
                })
            }),
        ),
        (
            "middleware",
            Box::new(|| {
                Box::pin(async {
                    let answer = middleware.get(&url).send().await.unwrap();
                    assert_eq!(answer.status(), 200);
                    answer.bytes().await.unwrap();
                })
            }),
        ),
        (
            "bare hyper",
            Box::new(|| {
                Box::pin(async {
                    let request = request().header("authorization", header.clone());
                    let answer = bare_hyper.request(request.body(Full::default()).unwrap()).await.unwrap();
                    assert_eq!(answer.status(), 200);
                    answer.into_body().collect().await.unwrap();
                })
            }),
        ),
        (
            "tower over hyper",
            Box::new(|| {
                let mut service = tower.clone();
                Box::pin(async move {
                    let request = request().body(Full::default()).unwrap();
                    let answer = service.ready().await.unwrap().call(request).await.unwrap();
                    assert_eq!(answer.status(), 200);
                    answer.into_body().collect().await.unwrap();
                })
            }),
        ),
    ];

    // A machine is not equally fast all the time, so all take turns within each sample.
    let turns = |count: u64, measured: &str| {
        runtime.block_on(async {
            let mut time = Duration::ZERO;
            for _ in 0..count {
                for (name, send) in &ways {
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
    let mut group = criterion.benchmark_group("styles");
    for (name, _) in &ways {
        group.bench_function(*name, |bench| bench.iter_custom(|count| turns(count, name)));
    }
    group.finish();
}
