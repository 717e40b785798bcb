//! What an authenticated request costs beside a bare one: `cargo bench -p moneykit --bench request`.
//!
//! Both are GETs of the same path with the same token, over a connection that is open already. The bare one has a
//! header that never changes, and a time as long as the client's; it knows nothing of tokens.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark measures with the real clock"
)]

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
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
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap();
    let url = format!("{}/links", emulator.url());

    let bare = async || {
        let answer = http.get(&url).header("authorization", header.clone()).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.bytes().await.unwrap();
    };
    let ours = async || {
        let answer = client.get("/links").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.bytes().await.unwrap();
    };
    // A machine is not equally fast all the time, so the two take turns within each sample.
    let turns = |count: u64, measured: Turn| {
        runtime.block_on(async {
            let mut time = Duration::ZERO;
            for _ in 0..count {
                let started = Instant::now();
                bare().await;
                let between = Instant::now();
                ours().await;
                time += match measured {
                    Turn::Bare => between - started,
                    Turn::Ours => between.elapsed(),
                };
            }
            time
        })
    };

    let mut group = criterion.benchmark_group("request");
    group.bench_function("bare", |bench| bench.iter_custom(|count| turns(count, Turn::Bare)));
    group.bench_function("authenticated", |bench| bench.iter_custom(|count| turns(count, Turn::Ours)));
    group.finish();
}

#[derive(Clone, Copy)]
enum Turn {
    Bare,
    Ours,
}
