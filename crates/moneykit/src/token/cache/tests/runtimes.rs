//! Tests of runtimes that shut down, are not driven, or are absent.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::harness::{Harness, Reply, SECOND, advance, now_or_never};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// Starts a refresh and cancels its caller.
async fn start_refresh(harness: &Harness) {
    let _ = tokio::time::timeout(Duration::from_millis(5), harness.cache.token()).await;
    assert_eq!(harness.request_count(), 1);
}

#[test]
fn a_caller_starts_a_new_refresh_after_the_runtime_of_the_last_one_shut_down() {
    let harness = Harness::new(3600 * SECOND);
    // A first refresh succeeds, so that the lost one is not the first.
    let token = runtime().block_on(harness.token());
    harness.cache.invalidate(&token);
    let lost = runtime();
    lost.block_on(async {
        let _ = tokio::time::timeout(Duration::from_millis(5), harness.cache.token()).await;
    });
    drop(lost);

    let token = runtime().block_on(harness.token());
    assert_eq!(token.expose_secret(), "token-3");
}

#[test]
fn a_waiter_survives_the_shutdown_of_the_refreshs_runtime() {
    let harness = Harness::new(3600 * SECOND);
    let (lost, other) = (runtime(), runtime());
    lost.block_on(start_refresh(&harness));

    let token = other.block_on(async {
        let call = harness.token();
        let mut call = std::pin::pin!(call);
        assert!(
            call.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_pending()
        );
        // The caller waits by now. A runtime must not be dropped within another.
        std::thread::spawn(move || drop(lost)).join().unwrap();
        call.await
    });
    assert_eq!(token.expose_secret(), "token-2");
}

#[test]
fn a_refresh_on_a_runtime_that_is_not_driven_does_not_block_callers_forever() {
    let harness = Harness::new(3600 * SECOND);
    let stalled = runtime();
    stalled.block_on(start_refresh(&harness));

    // Nothing drives the first runtime from here on. The first caller waits for no longer than for any other refresh,
    // and the next one starts another.
    let error = runtime().block_on(harness.cache.token()).unwrap_err();
    assert!(error.is_timeout(), "{error}");
    let token = runtime().block_on(harness.token());
    assert_eq!(token.expose_secret(), "token-2");
}

#[test]
fn runtimes_share_a_token() {
    let harness = Harness::new(3600 * SECOND);

    let one = runtime().block_on(harness.token());
    let two = runtime().block_on(harness.token());
    assert!(one.ptr_eq(&two));
    assert_eq!(harness.request_count(), 1);
}

#[test]
fn without_a_runtime_hits_succeed_and_misses_fail() {
    let harness = Harness::new(3600 * SECOND);
    let error = harness.error_now();
    assert!(error.to_string().contains("call this within one"), "{error}");

    let token = runtime().block_on(harness.token());
    assert!(now_or_never(harness.cache.token()).unwrap().ptr_eq(&token));
}

#[test]
fn a_caller_without_a_runtime_does_not_prevent_an_early_refresh() {
    let harness = Harness::new(3600 * SECOND);
    runtime().block_on(harness.token());
    harness.clock.shift_wall_clock(3400);
    now_or_never(harness.cache.token()).unwrap();
    assert!(!harness.cache.status().refreshing);

    runtime().block_on(async {
        advance(SECOND).await;
        harness.token_now();
        assert!(harness.cache.status().refreshing);
    });
}

#[test]
fn a_panicking_token_source_is_an_error_for_its_callers() {
    let harness = Harness::new(3600 * SECOND);
    harness.server.set_default(Reply::Panic);

    let error = runtime().block_on(harness.cache.token()).unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    assert!(error.to_string().starts_with("the token refresh panicked"), "{error}");
    assert!(!error.log_text().contains("the token source panics"), "the payload is shown");
    assert_eq!(harness.request_count(), 3, "a panic is a transient failure");

    harness.server.set_default(Reply::Token(3600 * SECOND));
    runtime().block_on(async {
        // The attempts took less than a second of simulated time, and the cool-down takes no more than another.
        advance(2 * SECOND).await;
        harness.token().await;
    });
}

#[test]
fn the_next_caller_starts_another_early_refresh_if_the_runtime_of_the_last_one_shut_down() {
    let harness = Harness::new(3600 * SECOND);
    let old = runtime().block_on(harness.token());
    harness.clock.shift_wall_clock(3400);
    for lost in 1..=3 {
        let short = runtime();
        short.block_on(async { assert!(harness.token_now().ptr_eq(&old)) });
        assert!(harness.cache.status().refreshing);
        drop(short);
        let status = harness.cache.status();
        assert!(!status.refreshing, "the lost refresh counts as in progress");
        assert_eq!(status.refreshes, 1 + lost);
    }

    runtime().block_on(async {
        // Nobody waits.
        assert!(harness.token_now().ptr_eq(&old));
        advance(SECOND).await;
        assert!(!harness.token_now().ptr_eq(&old));
    });
}

#[test]
fn a_refresh_lost_during_a_cooldown_does_not_end_the_cooldown() {
    let harness = Harness::new(3600 * SECOND);
    runtime().block_on(async {
        harness.token().await;
        advance(3400 * SECOND).await;
        harness.server.set_default(Reply::NoResponse);
        harness.token_now();
        advance(31 * SECOND).await;
        assert!(harness.cache.status().next_attempt_in.is_some());
        let refreshes = harness.cache.status().refreshes;

        // As the task of a refresh does that was discarded before, and whose runtime shuts down now.
        harness.cache.withdraw_claim();
        for _ in 0..100 {
            harness.token_now();
        }
        assert_eq!(harness.cache.status().refreshes, refreshes);
    });
}
