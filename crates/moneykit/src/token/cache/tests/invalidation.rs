//! Tokens that the API rejects.

use std::sync::Arc;
use std::time::Duration;

use super::harness::{Answer, Harness, SECOND, pass};

#[tokio::test(start_paused = true)]
async fn a_hundred_rejections_of_one_token_cause_one_refresh() {
    let harness = Harness::new(3600 * SECOND);
    let dead = harness.token().await;
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let (cache, dead) = (Arc::clone(&harness.cache), dead.clone());
            tokio::spawn(async move {
                cache.invalidate(&dead);
                cache.token().await.unwrap()
            })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap().expose_secret(), "token-2");
    }

    // Latecomers do not throw away the new one.
    harness.cache.invalidate(&dead);
    assert_eq!(harness.token_at_once().expose_secret(), "token-2");
    assert_eq!(harness.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_header_of_a_rejected_request_tells_which_token_is_dead() {
    let harness = Harness::new(3600 * SECOND);
    let dead = harness.cache.header().await.unwrap();
    for _ in 0..3 {
        harness.cache.invalidate_header(&dead);
        assert_eq!(harness.token().await.expose_secret(), "token-2");
    }
    assert_eq!(harness.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn forced_refreshes_are_a_second_apart() {
    let harness = Harness::new(3600 * SECOND);
    for _ in 0..10 {
        let token = harness.token().await;
        harness.cache.invalidate(&token);
    }
    let times = harness.server.requested_at();
    // The first two are one that was needed and one that was forced.
    assert!(times.windows(2).skip(1).all(|pair| pair[1] - pair[0] >= SECOND), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_first_rejection_is_mended_at_once() {
    let harness = Harness::new(3600 * SECOND);
    let dead = harness.token().await;
    pass(5 * SECOND).await;
    let started = tokio::time::Instant::now();

    harness.cache.invalidate(&dead);
    harness.token().await;
    assert!(started.elapsed() < Duration::from_millis(60));
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_is_not_handed_out_when_its_replacement_fails() {
    let harness = Harness::new(3600 * SECOND);
    let dead = harness.token().await;
    harness.server.always(Answer::Status(404));

    harness.cache.invalidate(&dead);
    harness.cache.token().await.unwrap_err();
    harness.error_at_once();
}

#[tokio::test(start_paused = true)]
async fn a_token_that_came_because_the_last_one_ended_is_mended_at_once_as_well() {
    let harness = Harness::new(100 * SECOND);
    harness.token().await;
    pass(100 * SECOND).await;
    let dead = harness.token().await;
    let started = tokio::time::Instant::now();

    harness.cache.invalidate(&dead);
    harness.token().await;
    assert!(started.elapsed() < Duration::from_millis(60));
}

#[tokio::test(start_paused = true)]
async fn callers_of_a_refresh_that_was_held_back_wait_for_its_end() {
    let harness = Harness::new(3600 * SECOND);
    for _ in 0..2 {
        let token = harness.token().await;
        harness.cache.invalidate(&token);
    }
    harness.server.always(Answer::Nothing);

    let error = harness.cache.token().await.unwrap_err();

    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(harness.requests(), 3);
}
