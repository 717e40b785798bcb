//! Tests of tokens that the API rejects.

use std::sync::Arc;
use std::time::Duration;

use super::harness::{Harness, Reply, SECOND, advance};

#[tokio::test(start_paused = true)]
async fn concurrent_invalidations_of_one_token_cause_one_refresh() {
    let harness = Harness::new(3600 * SECOND);
    let rejected = harness.token().await;
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let (cache, rejected) = (Arc::clone(&harness.cache), rejected.clone());
            tokio::spawn(async move {
                cache.invalidate(&rejected);
                cache.token().await.unwrap()
            })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap().expose_secret(), "token-2");
    }

    // A late invalidation of the old token does not affect the new one.
    harness.cache.invalidate(&rejected);
    assert_eq!(harness.token_now().expose_secret(), "token-2");
    assert_eq!(harness.request_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn forced_refreshes_start_at_least_one_second_apart() {
    let harness = Harness::new(3600 * SECOND);
    for _ in 0..10 {
        let token = harness.token().await;
        harness.cache.invalidate(&token);
    }
    let times = harness.server.requested_at();
    // The first refresh is not forced, so the interval after it is not bounded.
    assert!(times.windows(2).skip(1).all(|pair| pair[1] - pair[0] >= SECOND), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn after_an_invalidation_the_next_call_waits_for_a_refresh_in_progress() {
    let harness = Harness::new(3600 * SECOND);
    let rejected = harness.token().await;
    advance(5 * SECOND).await;
    harness.cache.refresh_now();
    assert!(harness.token_now().ptr_eq(&rejected));

    harness.cache.invalidate(&rejected);

    assert_eq!(harness.token().await.expose_secret(), "token-2");
    assert_eq!(harness.request_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_first_forced_refresh_starts_at_once() {
    let harness = Harness::new(3600 * SECOND);
    let rejected = harness.token().await;
    advance(5 * SECOND).await;
    let started = tokio::time::Instant::now();

    harness.cache.invalidate(&rejected);
    harness.token().await;
    assert!(started.elapsed() < Duration::from_millis(60));
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_is_not_returned_when_the_refresh_fails() {
    let harness = Harness::new(3600 * SECOND);
    let rejected = harness.token().await;
    harness.server.set_default(Reply::Status(404));

    harness.cache.invalidate(&rejected);
    harness.cache.token().await.unwrap_err();
    harness.error_now();
}

#[tokio::test(start_paused = true)]
async fn the_first_forced_refresh_after_an_expiry_starts_at_once() {
    let harness = Harness::new(100 * SECOND);
    harness.token().await;
    advance(100 * SECOND).await;
    let rejected = harness.token().await;
    let started = tokio::time::Instant::now();

    harness.cache.invalidate(&rejected);
    harness.token().await;
    assert!(started.elapsed() < Duration::from_millis(60));
}

#[tokio::test(start_paused = true)]
async fn a_token_stays_in_use_while_its_forced_refresh_is_held_back() {
    let harness = Harness::new(3600 * SECOND);
    for _ in 0..2 {
        let token = harness.token().await;
        harness.cache.invalidate(&token);
    }
    assert_eq!(harness.token_now().expose_secret(), "token-2");
    assert!(harness.cache.status().suspect);
    advance(SECOND).await;
    harness.cache.invalidate(&harness.token_now());
    assert_eq!(harness.token().await.expose_secret(), "token-3");
}
