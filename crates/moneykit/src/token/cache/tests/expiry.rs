//! Lifetimes, by two clocks.

use std::time::Duration;

use super::harness::{Answer, Harness, SECOND, pass};

#[tokio::test(start_paused = true)]
async fn the_lifetime_starts_when_the_request_is_sent() {
    let harness = Harness::new(100 * SECOND);
    harness.server.set_delay(20 * SECOND);
    let first = harness.token().await;

    // 20 of its 100 seconds are over.
    pass(69 * SECOND).await;
    harness.server.always(Answer::Nothing);
    assert!(harness.token_at_once().ptr_eq(&first));
    let left = harness.cache.status().expires_in.unwrap();
    assert!(left <= 11 * SECOND && left > 10 * SECOND, "{left:?}");
    pass(11 * SECOND).await;
    assert!(!harness.cache.status().has_token());
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_does_not_use_a_dead_token() {
    let harness = Harness::new(3600 * SECOND);
    let old = harness.token().await;

    // The monotonic clock stood still.
    harness.clock.set_wall_by(7200);
    assert!(!harness.token().await.ptr_eq(&old));
    assert_eq!(harness.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_that_jumps_into_the_window_starts_a_refresh() {
    let harness = Harness::new(3600 * SECOND);
    let old = harness.token().await;

    harness.clock.set_wall_by(3400);
    assert!(harness.token_at_once().ptr_eq(&old));
    pass(Duration::from_millis(60)).await;
    assert!(!harness.token_at_once().ptr_eq(&old));
}

#[tokio::test(start_paused = true)]
async fn a_wall_clock_set_back_neither_kills_a_token_nor_keeps_it() {
    let harness = Harness::new(100 * SECOND);
    let old = harness.token().await;

    harness.clock.set_wall_by(-3600);
    pass(SECOND).await;
    assert!(harness.token_at_once().ptr_eq(&old));
    assert_eq!(harness.cache.status().expires_in.unwrap().as_secs(), 98);
    pass(99 * SECOND).await;
    assert!(!harness.token().await.ptr_eq(&old));
}

#[tokio::test(start_paused = true)]
async fn a_token_without_a_life_serves_its_waiters_and_is_not_kept() {
    let harness = Harness::new(Duration::ZERO);
    let callers = harness.callers(10);
    for caller in callers {
        assert_eq!(caller.await.unwrap().unwrap().expose_secret(), "token-1");
    }

    assert!(!harness.cache.status().has_token());
    assert_eq!(harness.token().await.expose_secret(), "token-2");
}

#[tokio::test(start_paused = true)]
async fn short_lives_are_kept_and_refreshed_once_a_second_at_the_most() {
    for lifetime in [1, 2, 3, 10] {
        let harness = Harness::new(lifetime * SECOND);
        for _ in 0..1_000 {
            let token = harness.token().await;
            assert!(token.lifetime() == lifetime * SECOND);
            pass(Duration::from_millis(20)).await;
        }
        let times = harness.server.requested_at();
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= SECOND), "{lifetime}: {times:?}");
        assert!(times.len() > 2, "{lifetime}: {times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_expired_token_is_ever_handed_out() {
    for lifetime in [1, 3, 60] {
        let harness = Harness::new(lifetime * SECOND);
        let start = tokio::time::Instant::now();
        for _ in 0..500 {
            let token = harness.token().await;
            let number: usize = token.expose_secret().trim_start_matches("token-").parse().unwrap();
            let age = start.elapsed().saturating_sub(harness.server.requested_at()[number - 1]);
            assert!(age < lifetime * SECOND, "{age:?} of {lifetime} s");
            pass(Duration::from_millis(137)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn absurd_lifetimes_are_cut_to_a_day() {
    for lifetime in [10 * 365 * 86_400, u64::MAX] {
        let harness = Harness::new(Duration::from_secs(lifetime));
        let first = harness.token().await;
        assert_eq!(first.lifetime(), Duration::from_secs(lifetime));

        pass(20 * 3600 * SECOND).await;
        assert!(harness.token_at_once().ptr_eq(&first));
        pass(4 * 3600 * SECOND).await;
        assert!(!harness.token().await.ptr_eq(&first));
    }
}
