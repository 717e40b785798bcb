//! Tests of lookups: hits, early refreshes and misses.

use std::time::Duration;

use super::harness::{Harness, Reply, SECOND, advance, now_or_never};

#[tokio::test(start_paused = true)]
async fn a_hit_does_not_wait_and_sends_no_request() {
    let harness = Harness::new(3600 * SECOND);
    let first = harness.token().await;

    for _ in 0..100 {
        assert!(harness.token_now().ptr_eq(&first));
    }
    assert_eq!(harness.request_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_hit_returns_the_sensitive_header_of_the_token() {
    let harness = Harness::new(3600 * SECOND);
    let token = harness.token().await;

    let header = now_or_never(harness.cache.header()).unwrap();
    assert_eq!(&header, token.authorization_header());
    assert!(header.is_sensitive());
    assert_eq!(harness.cache.status().cache_hits, 1);
}

#[tokio::test(start_paused = true)]
async fn in_the_refresh_window_hits_return_the_old_token_and_start_one_refresh() {
    let harness = Harness::new(3600 * SECOND);
    let old = harness.token().await;
    advance(3310 * SECOND).await;

    // A slow server delays no caller.
    harness.server.set_delay(9 * SECOND);
    for _ in 0..100 {
        assert!(harness.token_now().ptr_eq(&old));
    }
    advance(Duration::from_millis(1)).await;
    assert_eq!(harness.request_count(), 2);
    assert!(harness.token_now().ptr_eq(&old));

    advance(9 * SECOND).await;
    let new = harness.token_now();
    assert!(!new.ptr_eq(&old));
    assert_eq!(harness.request_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn in_the_refresh_window_no_second_refresh_starts_beside_one_in_progress() {
    let harness = Harness::new(100 * SECOND);
    harness.token().await;
    harness.server.set_delay(20 * SECOND);
    // The refresh window opens between 70 and 80 seconds, later than this.
    advance(69 * SECOND).await;
    let _ = tokio::time::timeout(Duration::from_millis(5), harness.cache.token_valid_for(50 * SECOND)).await;

    advance(13 * SECOND).await;
    harness.token_now();
    advance(SECOND).await;
    assert_eq!(harness.request_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn no_refresh_starts_before_the_refresh_window() {
    let harness = Harness::new(3600 * SECOND);
    let first = harness.token().await;

    // The earliest opening: 3600 s − 300 s of window − 360 s of jitter.
    advance(2939 * SECOND).await;
    assert!(harness.token_now().ptr_eq(&first));
    advance(SECOND).await;
    assert_eq!(harness.request_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_refresh_window_opens_at_a_random_time_within_its_bounds() {
    let mut opened = Vec::new();
    for seed in 0..50 {
        let harness = Harness::seeded(1000 * SECOND, seed);
        harness.token().await;
        // Steps of 10 s from before the earliest opening: 1000 − 200 − 100 s; the latest is 1000 − 200 s.
        advance(690 * SECOND).await;
        let mut at = 690;
        while harness.request_count() == 1 {
            assert!(at < 1000, "the refresh window never opens");
            harness.token_now();
            advance(10 * SECOND).await;
            at += 10;
        }
        assert!((700..=820).contains(&at), "{at}");
        opened.push(at);
    }
    opened.sort_unstable();
    opened.dedup();
    assert!(opened.len() > 5, "the refresh windows of all tokens open together: {opened:?}");
}

#[tokio::test(start_paused = true)]
async fn the_refresh_window_of_a_token_does_not_change() {
    let harness = Harness::new(1000 * SECOND);
    harness.token().await;
    advance(SECOND).await;

    // If each lookup drew new jitter, one of so many would find the window open.
    advance(699 * SECOND - Duration::from_millis(60)).await;
    for _ in 0..10_000 {
        harness.token_now();
    }
    advance(Duration::from_millis(1)).await;
    assert_eq!(harness.request_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn concurrent_callers_share_one_refresh() {
    for count in [10, 1_000, 10_000] {
        let harness = Harness::new(3600 * SECOND);
        let callers = harness.spawn_callers(count);
        let first = harness.token().await;

        for caller in callers {
            assert!(caller.await.unwrap().unwrap().ptr_eq(&first));
        }
        assert_eq!(harness.request_count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn concurrent_callers_share_one_error() {
    let harness = Harness::new(3600 * SECOND);
    harness.server.set_default(Reply::Status(401));

    for caller in harness.spawn_callers(1_000) {
        assert!(caller.await.unwrap().unwrap_err().is_unauthorized());
    }
    assert_eq!(harness.request_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_returned_until_its_expiry_margin() {
    for (lifetime, usable_for) in [(3600, 3590), (100, 90), (20, 18)] {
        let harness = Harness::new(lifetime * SECOND);
        harness.server.enqueue([Reply::Token(lifetime * SECOND)]);
        let first = harness.token().await;
        // Keeps an early refresh from replacing the token.
        harness.server.set_default(Reply::NoResponse);

        advance(usable_for * SECOND - Duration::from_millis(60)).await;
        assert!(harness.token_now().ptr_eq(&first), "{lifetime}");
        advance(Duration::from_millis(60)).await;
        let mut call = std::pin::pin!(harness.cache.token());
        assert!(is_pending(call.as_mut()), "{lifetime}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_without_the_required_validity_is_refreshed() {
    let harness = Harness::new(600 * SECOND);
    let first = harness.token().await;
    advance(100 * SECOND).await;

    assert!(now_or_never(harness.cache.token_valid_for(400 * SECOND)).unwrap().ptr_eq(&first));
    assert_eq!(harness.cache.status().cache_hits, 1, "the cached token was sufficient");
    let fresh = harness.cache.token_valid_for(550 * SECOND).await.unwrap();
    assert!(!fresh.ptr_eq(&first));
    assert_eq!(harness.request_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_validity_beyond_the_lifetime_is_an_error_and_refreshes_are_spaced() {
    let harness = Harness::new(60 * SECOND);

    for _ in 0..5 {
        let error = harness.cache.token_valid_for(3600 * SECOND).await.unwrap_err();
        assert!(error.to_string().contains("lifetime of 60 s"), "{error}");
    }
    let times = harness.server.requested_at();
    assert!(times.windows(2).skip(1).all(|pair| pair[1] - pair[0] >= SECOND), "{times:?}");
    // The token is cached nevertheless.
    harness.token_now();
}

#[tokio::test(start_paused = true)]
async fn the_required_validity_counts_from_the_arrival_of_the_token() {
    let harness = Harness::new(60 * SECOND);
    harness.server.set_delay(5 * SECOND);

    harness.cache.token_valid_for(56 * SECOND).await.unwrap_err();
    advance(SECOND).await;
    harness.cache.token_valid_for(54 * SECOND).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_token_with_exactly_the_required_validity_is_returned() {
    let harness = Harness::new(60 * SECOND);
    harness.server.set_delay(Duration::ZERO);

    harness.cache.token_valid_for(60 * SECOND).await.unwrap();
}

/// Polls a future once; returns true if it waits.
fn is_pending<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> bool {
    future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_pending()
}
