use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use moneykit::Client;
use tokio::task::JoinHandle;

use crate::pause::pause;
use crate::report::{Count, Report};
use crate::server::{DELAY, Server};

/// Many callers at once, and no token yet.
pub(crate) async fn cold(report: &mut Report) {
    for callers in [10, 1_000, 10_000, 100_000] {
        let server = Server::start(3_600).await;
        let client = server.client().build().unwrap();
        let calls: Vec<JoinHandle<Duration>> = (0..callers)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move {
                    let started = Instant::now();
                    client.access_token().await.unwrap();
                    started.elapsed()
                })
            })
            .collect();
        let slowest = slowest_of(calls).await;
        let requests = Count { seen: server.requests(), allowed: 1 };
        report.add(
            format!("{callers} cold callers"),
            requests,
            slowest.saturating_sub(DELAY),
            "beyond the server's 50 ms: 15 ms at 10,000",
        );
    }
}

/// A thousand busy callers while the token comes into its refresh window.
pub(crate) async fn refresh(report: &mut Report) {
    for lifetime in [3, 60, 3_600] {
        let server = Server::start(lifetime).await;
        let client = server.client().build().unwrap();
        client.warm_up().await.unwrap();
        // Into the window, short of the margin: the last fifth of the life, or its last five minutes.
        server.clock.advance(
            Duration::from_millis(lifetime * 850).max(Duration::from_secs(lifetime.saturating_sub(200))),
        );
        let stop = Arc::new(AtomicBool::new(false));
        let calls = (0..1_000)
            .map(|_| tokio::spawn(busy(client.clone(), Arc::clone(&stop), tokio::task::yield_now)))
            .collect();
        pause(DELAY * 4).await;
        stop.store(true, Ordering::SeqCst);
        let slowest = slowest_of(calls).await;
        let requests = Count { seen: server.requests(), allowed: 2 };
        report.add(
            format!("refresh at a lifetime of {lifetime} s, 1,000 busy callers"),
            requests,
            slowest,
            "5 ms",
        );
    }
}

/// Calls again and again, and returns the longest that one call took.
async fn busy<F: Future<Output = ()>>(
    client: Client,
    stop: Arc<AtomicBool>,
    between: impl Fn() -> F,
) -> Duration {
    let mut slowest = Duration::ZERO;
    while !stop.load(Ordering::SeqCst) {
        let started = Instant::now();
        client.authorization_header().await.unwrap();
        slowest = slowest.max(started.elapsed());
        between().await;
    }
    slowest
}

/// Callers who do not wait until the token is there.
pub(crate) async fn impatience(report: &mut Report) {
    let server = Server::start(3_600).await;
    let client = server.client().build().unwrap();
    let started = Instant::now();
    let leader = tokio::time::timeout(Duration::from_millis(5), client.access_token()).await;
    assert!(leader.is_err());
    client.access_token().await.unwrap();
    let requests = Count { seen: server.requests(), allowed: 1 };
    report.add("the first caller goes away", requests, started.elapsed(), "one request, 50 ms in all");

    let server = Server::start(3_600).await;
    let client = server.client().build().unwrap();
    let calls: Vec<JoinHandle<Duration>> = (0..100)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                let started = Instant::now();
                while tokio::time::timeout(Duration::from_millis(5), client.access_token()).await.is_err() {}
                started.elapsed()
            })
        })
        .collect();
    let slowest = slowest_of(calls).await;
    let requests = Count { seen: server.requests(), allowed: 1 };
    report.add(
        "100 callers give up after 5 ms and call again",
        requests,
        slowest,
        "one request, 50 ms in all",
    );
}

/// The refresh fails, and the old token lives on.
pub(crate) async fn failing_refresh(report: &mut Report) {
    let server = Server::start(3_600).await;
    let client = server.client().build().unwrap();
    client.warm_up().await.unwrap();
    server.fail();
    server.clock.advance(Duration::from_secs(3_400));
    let stop = Arc::new(AtomicBool::new(false));
    // Callers who never rest are interrupted by the scheduler in the middle of a call, for as long as the
    // others take; for three seconds that would be all that is seen.
    let rest = || pause(Duration::from_millis(1));
    let calls = (0..100).map(|_| tokio::spawn(busy(client.clone(), Arc::clone(&stop), rest))).collect();
    pause(Duration::from_secs(3)).await;
    stop.store(true, Ordering::SeqCst);
    let slowest = slowest_of(calls).await;
    // The first token; then refreshes with rests of half a second to a second, one to two, and two to four between.
    let requests = Count { seen: server.requests(), allowed: 4 };
    report.add(
        "the refresh fails for 3 s, 100 busy callers",
        requests,
        slowest,
        "old token, 1 ms; a request a cool-down",
    );
}

async fn slowest_of(calls: Vec<JoinHandle<Duration>>) -> Duration {
    let mut slowest = Duration::ZERO;
    for call in calls {
        slowest = slowest.max(call.await.unwrap());
    }
    slowest
}
