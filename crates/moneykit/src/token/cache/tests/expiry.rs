//! Tests of expiry by the monotonic clock and the wall clock.

use std::sync::Arc;
use std::time::Duration;

use super::harness::{Harness, Reply, SECOND, advance};

#[tokio::test(start_paused = true)]
async fn the_lifetime_starts_when_the_request_is_sent() {
    let harness = Harness::new(100 * SECOND);
    harness.server.set_delay(20 * SECOND);
    let first = harness.token().await;

    // 20 of its 100 seconds have passed.
    advance(69 * SECOND).await;
    harness.server.set_default(Reply::NoResponse);
    assert!(harness.token_now().ptr_eq(&first));
    let remaining = harness.cache.status().expires_in.unwrap();
    assert!(remaining <= 11 * SECOND && remaining > 10 * SECOND, "{remaining:?}");
    advance(11 * SECOND).await;
    assert!(!harness.cache.status().has_token());
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expired_during_suspension_is_not_returned() {
    let harness = Harness::new(3600 * SECOND);
    let old = harness.token().await;

    // Suspension stops the monotonic clock and not the wall clock.
    harness.clock.shift_wall_clock(7200);
    assert!(!harness.token().await.ptr_eq(&old));
    assert_eq!(harness.request_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expires_before_it_arrives_is_not_returned() {
    // The response takes longer than the token lives.
    let harness = Harness::new(5 * SECOND);
    harness.server.set_delay(6 * SECOND);
    let error = harness.cache.token().await.unwrap_err();
    assert!(error.to_string().contains("had expired when its response arrived"), "{error}");
    assert!(error.is_transient());
    harness.server.set_delay(SECOND);
    harness.token().await;

    // The machine is suspended while the response is on its way.
    let harness = Harness::new(3600 * SECOND);
    harness.server.set_delay(2 * SECOND);
    let cache = Arc::clone(&harness.cache);
    let call = tokio::spawn(async move { cache.token().await });
    advance(SECOND).await;
    harness.clock.shift_wall_clock(7200);
    call.await.unwrap().unwrap_err();
    harness.token().await;
    assert_eq!(harness.request_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_set_into_the_refresh_window_starts_a_refresh() {
    let harness = Harness::new(3600 * SECOND);
    let old = harness.token().await;

    harness.clock.shift_wall_clock(3400);
    assert!(harness.token_now().ptr_eq(&old));
    advance(Duration::from_millis(60)).await;
    assert!(!harness.token_now().ptr_eq(&old));
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_set_back_does_not_change_when_a_token_expires() {
    let harness = Harness::new(100 * SECOND);
    let old = harness.token().await;

    harness.clock.shift_wall_clock(-3600);
    advance(SECOND).await;
    assert!(harness.token_now().ptr_eq(&old));
    assert_eq!(harness.cache.status().expires_in.unwrap().as_secs(), 98);
    advance(99 * SECOND).await;
    assert!(!harness.token().await.ptr_eq(&old));
}

#[tokio::test(start_paused = true)]
async fn a_token_with_zero_lifetime_is_returned_to_its_waiters_and_not_cached() {
    let harness = Harness::new(Duration::ZERO);
    let callers = harness.spawn_callers(10);
    for caller in callers {
        assert_eq!(caller.await.unwrap().unwrap().expose_secret(), "token-1");
    }

    assert!(!harness.cache.status().has_token());
    assert_eq!(harness.token().await.expose_secret(), "token-2");
}

#[tokio::test(start_paused = true)]
async fn short_lived_tokens_are_cached_and_refreshed_at_most_once_per_second() {
    for lifetime in [1, 2, 3, 10] {
        let harness = Harness::new(lifetime * SECOND);
        for _ in 0..1_000 {
            let token = harness.token().await;
            assert!(token.lifetime() == lifetime * SECOND);
            advance(Duration::from_millis(20)).await;
        }
        let times = harness.server.requested_at();
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= SECOND), "{lifetime}: {times:?}");
        assert!(times.len() > 2, "{lifetime}: {times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_expired_token_is_returned() {
    for lifetime in [1, 3, 60] {
        let harness = Harness::new(lifetime * SECOND);
        let start = tokio::time::Instant::now();
        for _ in 0..500 {
            let token = harness.token().await;
            let number: usize = token.expose_secret().trim_start_matches("token-").parse().unwrap();
            let age = start.elapsed().saturating_sub(harness.server.requested_at()[number - 1]);
            assert!(age < lifetime * SECOND, "{age:?} of {lifetime} s");
            advance(Duration::from_millis(137)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_are_cached_for_at_most_one_day() {
    for lifetime in [10 * 365 * 86_400, u64::MAX] {
        let harness = Harness::new(Duration::from_secs(lifetime));
        let first = harness.token().await;
        assert_eq!(first.lifetime(), Duration::from_secs(lifetime));

        advance(20 * 3600 * SECOND).await;
        assert!(harness.token_now().ptr_eq(&first));
        advance(4 * 3600 * SECOND).await;
        assert!(!harness.token().await.ptr_eq(&first));
    }
}
