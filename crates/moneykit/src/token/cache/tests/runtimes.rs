//! Runtimes that end, stand still, or are not there.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::harness::{Answer, Harness, SECOND, at_once, pass};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// Starts a flight and leaves it behind.
async fn start_flight(harness: &Harness) {
    let _ = tokio::time::timeout(Duration::from_millis(5), harness.cache.token()).await;
    assert_eq!(harness.requests(), 1);
}

#[test]
fn when_the_runtime_of_a_flight_is_gone_the_next_caller_starts_another() {
    let harness = Harness::new(3600 * SECOND);
    // Not the first flight, lest there be something special about that.
    let dead = runtime().block_on(harness.token());
    harness.cache.invalidate(&dead);
    let gone = runtime();
    gone.block_on(async {
        let _ = tokio::time::timeout(Duration::from_millis(5), harness.cache.token()).await;
    });
    drop(gone);

    let token = runtime().block_on(harness.token());
    assert_eq!(token.expose_secret(), "token-3");
}

#[test]
fn a_caller_who_waits_for_a_flight_survives_the_end_of_its_runtime() {
    let harness = Harness::new(3600 * SECOND);
    let (gone, other) = (runtime(), runtime());
    gone.block_on(start_flight(&harness));

    let token = other.block_on(async {
        let call = harness.token();
        let mut call = std::pin::pin!(call);
        assert!(
            call.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_pending()
        );
        // Here the caller is waiting already. A runtime must not be dropped inside another.
        std::thread::spawn(move || drop(gone)).join().unwrap();
        call.await
    });
    assert_eq!(token.expose_secret(), "token-2");
}

#[test]
fn a_flight_on_a_runtime_that_stands_still_holds_nobody_for_ever() {
    let harness = Harness::new(3600 * SECOND);
    let still = runtime();
    still.block_on(start_flight(&harness));

    // Nobody drives the first runtime from here on.
    let token = runtime().block_on(harness.token());
    assert_eq!(token.expose_secret(), "token-2");
}

#[test]
fn two_runtimes_share_a_token() {
    let harness = Harness::new(3600 * SECOND);

    let one = runtime().block_on(harness.token());
    let two = runtime().block_on(harness.token());
    assert!(one.ptr_eq(&two));
    assert_eq!(harness.requests(), 1);
}

#[test]
fn without_a_runtime_a_kept_token_is_there_and_a_new_one_is_an_error() {
    let harness = Harness::new(3600 * SECOND);
    let error = harness.error_at_once();
    assert!(error.to_string().contains("call this inside of one"), "{error}");

    let token = runtime().block_on(harness.token());
    assert!(at_once(harness.cache.token()).unwrap().ptr_eq(&token));
}

#[test]
fn in_the_window_a_caller_without_a_runtime_does_not_keep_the_refresh_from_others() {
    let harness = Harness::new(3600 * SECOND);
    runtime().block_on(harness.token());
    harness.clock.set_wall_by(3400);
    at_once(harness.cache.token()).unwrap();
    assert!(!harness.cache.status().refreshing);

    runtime().block_on(async {
        pass(SECOND).await;
        harness.token_at_once();
        assert!(harness.cache.status().refreshing);
    });
}

#[test]
fn a_request_that_panics_is_an_error_for_its_callers() {
    let harness = Harness::new(3600 * SECOND);
    harness.server.always(Answer::Panic);

    let error = runtime().block_on(harness.cache.token()).unwrap_err();
    assert!(error.is_transient(), "{error:?}");

    harness.server.always(Answer::Token(3600 * SECOND));
    runtime().block_on(harness.token());
}
