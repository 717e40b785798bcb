//! The scenarios of the token endpoint: cold start, refresh, cancellation, and a failing refresh.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use moneykit::Client;
use moneykit_tests::pause;
use tokio::task::JoinHandle;

use crate::report::{Report, RequestCount};
use crate::server::{DELAY, Server};

/// Many callers request a token at once while the cache is empty.
pub(crate) async fn cold_start(report: &mut Report) {
    for callers in [10, 1_000, 10_000, 100_000] {
        let server = Server::start(3_600);
        let client = server.client().build().unwrap();
        let calls: Vec<JoinHandle<Duration>> = (0..callers)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move {
                    let start = Instant::now();
                    client.access_token().await.unwrap();
                    start.elapsed()
                })
            })
            .collect();
        let slowest = slowest_of(calls).await;
        let requests = RequestCount { actual: server.requests(), limit: 1 };
        report.add(
            format!("cold start, {callers} callers"),
            requests,
            slowest.saturating_sub(DELAY),
            "15 ms at 10,000 callers, beyond the server's 50 ms",
        );
    }
}

/// A thousand busy callers request tokens while the cached one enters its refresh window.
pub(crate) async fn refresh(report: &mut Report) {
    for lifetime in [3, 60, 3_600] {
        let server = Server::start(lifetime);
        let client = server.client().build().unwrap();
        client.warm_up().await.unwrap();
        // Advances into the refresh window (the last fifth of the lifetime, at most five minutes) and stops before
        // the expiry margin.
        server.clock.advance(
            Duration::from_millis(lifetime * 850).max(Duration::from_secs(lifetime.saturating_sub(200))),
        );
        let stop = Arc::new(AtomicBool::new(false));
        let calls = (0..1_000)
            .map(|_| tokio::spawn(call_repeatedly(client.clone(), Arc::clone(&stop), tokio::task::yield_now)))
            .collect();
        pause(DELAY * 4).await;
        stop.store(true, Ordering::SeqCst);
        let slowest = slowest_of(calls).await;
        let requests = RequestCount { actual: server.requests(), limit: 2 };
        report.add(
            format!("refresh at a lifetime of {lifetime} s, 1,000 busy callers"),
            requests,
            slowest,
            "5 ms",
        );
    }
}

/// Calls until `stop` is set, and returns the duration of the slowest call.
async fn call_repeatedly<F: Future<Output = ()>>(
    client: Client,
    stop: Arc<AtomicBool>,
    between_calls: impl Fn() -> F,
) -> Duration {
    let mut slowest = Duration::ZERO;
    while !stop.load(Ordering::SeqCst) {
        let start = Instant::now();
        client.authorization_header().await.unwrap();
        slowest = slowest.max(start.elapsed());
        between_calls().await;
    }
    slowest
}

/// Callers cancel their calls before the token arrives.
pub(crate) async fn cancellation(report: &mut Report) {
    let server = Server::start(3_600);
    let client = server.client().build().unwrap();
    let start = Instant::now();
    let first = tokio::time::timeout(Duration::from_millis(5), client.access_token()).await;
    assert!(first.is_err());
    client.access_token().await.unwrap();
    let requests = RequestCount { actual: server.requests(), limit: 1 };
    report.add("the first caller is cancelled", requests, start.elapsed(), "one request, 50 ms in all");

    let server = Server::start(3_600);
    let client = server.client().build().unwrap();
    let calls: Vec<JoinHandle<Duration>> = (0..100)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                let start = Instant::now();
                while tokio::time::timeout(Duration::from_millis(5), client.access_token()).await.is_err() {}
                start.elapsed()
            })
        })
        .collect();
    let slowest = slowest_of(calls).await;
    let requests = RequestCount { actual: server.requests(), limit: 1 };
    report.add(
        "100 callers time out after 5 ms and call again",
        requests,
        slowest,
        "one request, 50 ms in all",
    );
}

/// The refresh fails while the cached token is still valid.
pub(crate) async fn failing_refresh(report: &mut Report) {
    let server = Server::start(3_600);
    let client = server.client().build().unwrap();
    client.warm_up().await.unwrap();
    server.fail();
    server.clock.advance(Duration::from_secs(3_400));
    let stop = Arc::new(AtomicBool::new(false));
    // Without a pause, the scheduler preempts callers in the middle of a call, and over three seconds the slowest
    // call would measure only that.
    let between_calls = || pause(Duration::from_millis(1));
    let calls = (0..100)
        .map(|_| tokio::spawn(call_repeatedly(client.clone(), Arc::clone(&stop), between_calls)))
        .collect();
    pause(Duration::from_secs(3)).await;
    stop.store(true, Ordering::SeqCst);
    let slowest = slowest_of(calls).await;
    // The first token, then refreshes separated by cool-downs of 0.5 to 1 s, 1 to 2 s, and 2 to 4 s.
    let requests = RequestCount { actual: server.requests(), limit: 4 };
    report.add(
        "the refresh fails for 3 s, 100 busy callers",
        requests,
        slowest,
        "the cached token, 1 ms; one request per cool-down",
    );
}

async fn slowest_of(calls: Vec<JoinHandle<Duration>>) -> Duration {
    let mut slowest = Duration::ZERO;
    for call in calls {
        slowest = slowest.max(call.await.unwrap());
    }
    slowest
}
