//! Tests of the status snapshot and of traces.

use std::cell::RefCell;
use std::io;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tracing_subscriber::fmt::format::FmtSpan;

use super::harness::{Harness, Reply, SECOND, advance};

#[tokio::test(start_paused = true)]
async fn the_status_reports_tokens_refreshes_and_errors() {
    let harness = Harness::new(1000 * SECOND);
    let status = harness.cache.status();
    assert!(!status.has_token() && !status.refreshing && status.refreshed_at.is_none());
    assert!(!status.is_usable() && status.next_attempt_in.is_none());

    harness.server.enqueue([Reply::Status(404)]);
    harness.cache.token().await.unwrap_err();
    let status = harness.cache.status();
    assert_eq!(status.last_error.unwrap().status().unwrap().as_u16(), 404);
    assert!(status.next_attempt_in.unwrap() <= SECOND);

    advance(SECOND).await;
    harness.token().await;
    for _ in 0..5 {
        harness.token_now();
    }
    let status = harness.cache.status();
    assert_eq!((status.refreshes, status.cache_hits), (2, 5));
    assert!(status.has_token() && status.is_usable() && !status.in_refresh_window);
    assert_eq!(status.next_attempt_in, None);
    let refreshed = status.refreshed_at.unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(refreshed.as_secs(), 1_700_000_001);

    advance(800 * SECOND).await;
    harness.token_now();
    let status = harness.cache.status();
    assert!(status.in_refresh_window && status.refreshing && status.is_usable());
    advance(SECOND).await;

    harness.server.set_default(Reply::NoResponse);
    advance(995 * SECOND).await;
    let status = harness.cache.status();
    assert!(status.has_token() && !status.is_usable(), "the token is within its expiry margin");
}

#[tokio::test(start_paused = true)]
async fn a_token_is_usable_if_and_only_if_a_call_returns_it_at_once() {
    // The phases of a token of 1,000 s, and what is left of it when the last refresh failed at `failed_at`.
    for (failed_at, now, is_usable) in [
        (None, 0, true),
        (None, 900, true),
        (None, 989, true),
        (None, 995, false),
        (None, 1_000, false),
        (Some(985), 995, false),
        (Some(995), 995, true),
        (Some(999), 1_000, false),
    ] {
        let harness = Harness::new(1000 * SECOND);
        assert!(!harness.cache.status().is_usable());
        harness.token().await;
        if let Some(at) = failed_at {
            harness.server.set_default(Reply::Status(404));
            advance(at * SECOND).await;
            harness.token().await;
            advance(Duration::from_millis(100)).await;
        }
        advance((now - failed_at.unwrap_or_default()) * SECOND).await;

        assert_eq!(harness.cache.status().is_usable(), is_usable, "{failed_at:?} {now}");
        let outcome = poll_once(harness.cache.token());
        assert_eq!(matches!(outcome, Poll::Ready(Ok(_))), is_usable, "{failed_at:?} {now}: {outcome:?}");
        // A refresh in progress changes it only for a token that calls would wait for.
        assert_eq!(harness.cache.status().is_usable(), is_usable, "{failed_at:?} {now}");
    }
}

fn poll_once<T>(future: impl Future<Output = T>) -> Poll<T> {
    std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test(start_paused = true)]
async fn refreshes_are_traced_with_their_reason_and_without_secrets() {
    // Global, since a span that another thread disables before this subscriber exists stays disabled here as well.
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(|| Log)
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let harness = Harness::new(1000 * SECOND);
    harness.server.enqueue([Reply::Status(503)]);
    let token = harness.token().await;
    advance(800 * SECOND).await;
    harness.token_now();
    advance(SECOND).await;
    harness.cache.invalidate(&harness.token_now());
    harness.server.enqueue([Reply::Status(401)]);
    harness.cache.token().await.unwrap_err();
    advance(5 * SECOND).await;
    harness.token().await;
    harness.server.enqueue([Reply::Status(502)]);
    advance(800 * SECOND).await;
    harness.token_now();
    advance(SECOND).await;

    let log = Log::text();
    for expected in [
        "moneykit.token_refresh{reason=\"initial\"}: moneykit::token::cache::refresh: retrying the token request \
         attempt=1 error=the token endpoint responded with 503 delay_ms=",
        "obtained an access token reason=\"initial\" lifetime_s=1000 attempts=2",
        "attempts=2 outcome=\"token\" duration_ms=",
        "attempts=1 outcome=\"error\" duration_ms=",
        "otel.status_code=\"ERROR\" status=401}",
        "reason=\"early\"",
        "reason=\"invalidated\"",
        "WARN moneykit.token_refresh{reason=\"invalidated\"",
        "the token endpoint rejected the request; there is no token reason=\"invalidated\" error=the token endpoint \
         responded with 401 attempts=1 next_attempt_in_ms=5000",
        "the token refresh failed; the current token remains in use reason=\"early\" error=the token endpoint \
         responded with 502 attempts=1 next_attempt_in_ms=",
        " token_expires_in_s=198",
    ] {
        assert!(log.contains(expected), "{expected}: {log}");
    }
    assert!(!log.contains("token-") && !log.contains(token.expose_secret()), "{log}");
}

/// A log of this thread, on which the test and all of its tasks run.
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
