//! What an authenticated request costs beside a bare one: `cargo bench -p moneykit --bench request`.
//!
//! Both send the same bytes, over a connection that is open already and with the same HTTP settings. The bare one has a
//! token that never changes. The third leaves out what the API wants beside a token, which costs something as well,
//! and not on this side alone.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark measures with the real clock"
)]

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use http::{HeaderMap, HeaderName};
use moneykit::{Client, reqwest};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};

criterion_group!(benches, request);
criterion_main!(benches);

fn request(criterion: &mut Criterion) {
    let emulator = Emulator::builder().start().unwrap();
    let client = Client::builder()
        .credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        .base_url(emulator.url())
        .build()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let header = runtime.block_on(client.authorization_header()).unwrap();
    let settings = || {
        let settings = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        settings.connect_timeout(Duration::from_secs(5)).timeout(Duration::from_secs(30))
    };
    let version =
        HeaderMap::from_iter([(HeaderName::from_static("moneykit-version"), client.api_version().clone())]);
    let agent = concat!("moneykit-rust/", env!("CARGO_PKG_VERSION"));
    let http = settings().default_headers(version).user_agent(agent).build().unwrap();
    let least = settings().build().unwrap();
    let url = format!("{}/links", emulator.url());

    let bare = async |http: &reqwest::Client| {
        let answer = http.get(&url).header("authorization", header.clone()).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.bytes().await.unwrap();
    };
    let ours = async || {
        let answer = client.get("/links").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.bytes().await.unwrap();
    };
    // A machine is not equally fast all the time, and does other things as well: so they take turns, and what counts
    // of a sample is its median.
    let turns = |count: u64, measured: usize| {
        let mut times = Vec::new();
        runtime.block_on(async {
            for _ in 0..count {
                let started = Instant::now();
                ours().await;
                let first = Instant::now();
                bare(&http).await;
                let second = Instant::now();
                bare(&least).await;
                times.push([first - started, second - first, second.elapsed()][measured]);
            }
        });
        let middle = times.len() / 2;
        let (_, median, _) = times.select_nth_unstable(middle);
        *median * u32::try_from(count).unwrap()
    };

    let mut group = criterion.benchmark_group("request");
    for (index, name) in ["authenticated", "bare", "bare, with a token alone"].into_iter().enumerate() {
        group.bench_function(name, |bench| bench.iter_custom(|count| turns(count, index)));
    }
    group.finish();
}
