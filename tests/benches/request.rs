//! The cost of an authenticated request compared with plain reqwest: `cargo bench -p moneykit-tests --bench request`.
//!
//! `authenticated` and `plain` send the same bytes over an open connection with the same HTTP settings; the plain request
//! has a constant token. `plain, token only` omits the other headers that the API requires, which cost time on the client
//! and on the server.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark measures with the real clock"
)]

mod common;

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use http::{HeaderMap, HeaderName};
use moneykit::reqwest;

criterion_group!(benches, request);
criterion_main!(benches);

fn request(criterion: &mut Criterion) {
    let (emulator, runtime) = common::emulator();
    let client = common::client_builder(&emulator).build().unwrap();
    let header = runtime.block_on(client.authorization_header()).unwrap();
    let settings = || {
        let settings = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        settings.connect_timeout(Duration::from_secs(5)).timeout(Duration::from_secs(30))
    };
    let version =
        HeaderMap::from_iter([(HeaderName::from_static("moneykit-version"), client.api_version().clone())]);
    let agent = concat!("moneykit-rust/", env!("CARGO_PKG_VERSION"));
    let http_all_headers = settings().default_headers(version).user_agent(agent).build().unwrap();
    let http_token_only = settings().build().unwrap();
    let url = format!("{}/links", emulator.url());

    let plain = async |http: &reqwest::Client| {
        let response = http.get(&url).header("authorization", header.clone()).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.bytes().await.unwrap();
    };
    let authenticated = async || {
        let response = client.get("/links").send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.bytes().await.unwrap();
    };
    // The speed of the machine varies, so the requests alternate within a sample, and the result of a sample is the
    // median.
    let alternate = |count: u64, measured: usize| {
        let mut times = Vec::new();
        runtime.block_on(async {
            for _ in 0..count {
                let started = Instant::now();
                authenticated().await;
                let first = Instant::now();
                plain(&http_all_headers).await;
                let second = Instant::now();
                plain(&http_token_only).await;
                times.push([first - started, second - first, second.elapsed()][measured]);
            }
        });
        let middle = times.len() / 2;
        let (_, median, _) = times.select_nth_unstable(middle);
        *median * u32::try_from(count).unwrap()
    };

    let mut group = criterion.benchmark_group("request");
    for (index, name) in ["authenticated", "plain", "plain, token only"].into_iter().enumerate() {
        group.bench_function(name, |bench| bench.iter_custom(|count| alternate(count, index)));
    }
    group.finish();
}
