//! What operators see.

use std::cell::RefCell;
use std::io;

use tracing_subscriber::fmt::format::FmtSpan;

use super::harness::{Answer, Harness, SECOND, pass};

#[tokio::test(start_paused = true)]
async fn the_status_tells_how_things_stand() {
    let harness = Harness::new(1000 * SECOND);
    let status = harness.cache.status();
    assert!(!status.has_token() && !status.refreshing && status.refreshed_at.is_none());

    harness.server.plan([Answer::Status(404)]);
    harness.cache.token().await.unwrap_err();
    let status = harness.cache.status();
    assert_eq!(status.last_error.unwrap().status().unwrap().as_u16(), 404);

    pass(SECOND).await;
    harness.token().await;
    for _ in 0..5 {
        harness.token_at_once();
    }
    let status = harness.cache.status();
    assert_eq!((status.refreshes, status.cache_hits), (2, 5));
    assert!(status.has_token() && !status.in_refresh_window);
    let refreshed = status.refreshed_at.unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(refreshed.as_secs(), 1_700_000_001);

    pass(800 * SECOND).await;
    harness.token_at_once();
    let status = harness.cache.status();
    assert!(status.in_refresh_window && status.refreshing);
}

#[tokio::test(start_paused = true)]
async fn flights_leave_a_trace_that_says_why_they_were_and_holds_no_secret() {
    // Of the whole process, since what another thread has switched off for itself would be off here as well.
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(|| Log)
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let harness = Harness::new(1000 * SECOND);
    harness.server.plan([Answer::Status(503)]);
    let token = harness.token().await;
    pass(800 * SECOND).await;
    harness.token_at_once();
    pass(SECOND).await;
    harness.cache.invalidate(&harness.token_at_once());
    harness.server.plan([Answer::Status(401)]);
    harness.cache.token().await.unwrap_err();
    pass(5 * SECOND).await;

    let log = Log::text();
    for expected in [
        "moneykit.token_refresh{reason=\"cold\" attempt=1 status=503 attempt=2",
        "trying again",
        "got an access token",
        "reason=\"window\"",
        "reason=\"invalidated\"",
        "the token endpoint rejected the request",
        "duration_ms=",
    ] {
        assert!(log.contains(expected), "{expected}: {log}");
    }
    assert!(!log.contains("token-") && !log.contains(token.expose_secret()), "{log}");
}

/// What this thread has logged: the test and all its tasks are on one.
struct Log;

thread_local! {
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Log {
    fn text() -> String {
        String::from_utf8(LOGGED.take()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
