//! What a caller meets: a hit, the window, a miss.

use std::time::Duration;

use super::harness::{Answer, Harness, SECOND, at_once, pass};

#[tokio::test(start_paused = true)]
async fn a_hit_does_not_wait_and_asks_nobody() {
    let harness = Harness::new(3600 * SECOND);
    let first = harness.token().await;

    for _ in 0..100 {
        assert!(harness.token_at_once().ptr_eq(&first));
    }
    assert_eq!(harness.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_header_of_a_hit_is_the_tokens_and_sensitive() {
    let harness = Harness::new(3600 * SECOND);
    let token = harness.token().await;

    let header = at_once(harness.cache.header()).unwrap();
    assert_eq!(&header, token.authorization_header());
    assert!(header.is_sensitive());
    assert_eq!(harness.cache.status().cache_hits, 1);
}

#[tokio::test(start_paused = true)]
async fn in_the_window_callers_get_the_old_token_at_once_and_one_refresh_starts() {
    let harness = Harness::new(3600 * SECOND);
    let old = harness.token().await;
    pass(3310 * SECOND).await;

    // The server is slow; nobody notices.
    harness.server.set_delay(9 * SECOND);
    for _ in 0..100 {
        assert!(harness.token_at_once().ptr_eq(&old));
    }
    pass(Duration::from_millis(1)).await;
    assert_eq!(harness.requests(), 2);
    assert!(harness.token_at_once().ptr_eq(&old));

    pass(9 * SECOND).await;
    let new = harness.token_at_once();
    assert!(!new.ptr_eq(&old));
    assert_eq!(harness.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn in_the_window_a_flight_that_is_under_way_will_do() {
    let harness = Harness::new(100 * SECOND);
    harness.token().await;
    harness.server.set_delay(20 * SECOND);
    // Before the window opens, which it does at 70 to 80 seconds.
    pass(69 * SECOND).await;
    let _ = tokio::time::timeout(Duration::from_millis(5), harness.cache.token_valid_for(50 * SECOND)).await;

    pass(13 * SECOND).await;
    harness.token_at_once();
    pass(SECOND).await;
    assert_eq!(harness.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn before_the_window_nothing_is_refreshed() {
    let harness = Harness::new(3600 * SECOND);
    let first = harness.token().await;

    // 3600 s − 300 s of window − 360 s of jitter, at the most.
    pass(2939 * SECOND).await;
    assert!(harness.token_at_once().ptr_eq(&first));
    pass(SECOND).await;
    assert_eq!(harness.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_window_opens_within_its_bounds_at_a_time_that_each_token_has_of_its_own() {
    let mut opened = Vec::new();
    for seed in 0..50 {
        let harness = Harness::seeded(1000 * SECOND, seed);
        harness.token().await;
        // Steps of ten seconds, from well before the earliest opening: 1000 − 200 − 100 to 1000 − 200.
        pass(690 * SECOND).await;
        let mut at = 690;
        while harness.requests() == 1 {
            assert!(at < 1000, "the window never opens");
            harness.token_at_once();
            pass(10 * SECOND).await;
            at += 10;
        }
        assert!((700..=820).contains(&at), "{at}");
        opened.push(at);
    }
    opened.sort_unstable();
    opened.dedup();
    assert!(opened.len() > 5, "all tokens open their windows together: {opened:?}");
}

#[tokio::test(start_paused = true)]
async fn the_window_does_not_move_while_a_token_lives() {
    let harness = Harness::new(1000 * SECOND);
    harness.token().await;
    pass(SECOND).await;

    // Were chance asked at each look, one of so many would find the window open.
    pass(699 * SECOND - Duration::from_millis(60)).await;
    for _ in 0..10_000 {
        harness.token_at_once();
    }
    pass(Duration::from_millis(1)).await;
    assert_eq!(harness.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn all_callers_without_a_token_share_one_request() {
    for count in [10, 1_000, 10_000] {
        let harness = Harness::new(3600 * SECOND);
        let callers = harness.callers(count);
        let first = harness.token().await;

        for caller in callers {
            assert!(caller.await.unwrap().unwrap().ptr_eq(&first));
        }
        assert_eq!(harness.requests(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn all_callers_without_a_token_share_one_error() {
    let harness = Harness::new(3600 * SECOND);
    harness.server.always(Answer::Status(401));

    for caller in harness.callers(1_000) {
        assert!(caller.await.unwrap().unwrap_err().is_unauthorized());
    }
    assert_eq!(harness.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_good_for_its_margin_at_least() {
    for (lifetime, good_for) in [(3600, 3590), (100, 90), (20, 18)] {
        let harness = Harness::new(lifetime * SECOND);
        harness.server.plan([Answer::Token(lifetime * SECOND)]);
        let first = harness.token().await;
        // So that no refresh ahead gets in the way.
        harness.server.always(Answer::Nothing);

        pass(good_for * SECOND - Duration::from_millis(60)).await;
        assert!(harness.token_at_once().ptr_eq(&first), "{lifetime}");
        pass(Duration::from_millis(60)).await;
        let mut call = std::pin::pin!(harness.cache.token());
        assert!(futures_pending(call.as_mut()), "{lifetime}");
    }
}

#[tokio::test(start_paused = true)]
async fn more_life_can_be_asked_for() {
    let harness = Harness::new(600 * SECOND);
    let first = harness.token().await;
    pass(100 * SECOND).await;

    assert!(at_once(harness.cache.token_valid_for(400 * SECOND)).unwrap().ptr_eq(&first));
    assert_eq!(harness.cache.status().cache_hits, 1, "what is kept was enough");
    let fresh = harness.cache.token_valid_for(550 * SECOND).await.unwrap();
    assert!(!fresh.ptr_eq(&first));
    assert_eq!(harness.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn more_life_than_tokens_have_is_an_error_and_no_storm() {
    let harness = Harness::new(60 * SECOND);

    for _ in 0..5 {
        let error = harness.cache.token_valid_for(3600 * SECOND).await.unwrap_err();
        assert!(error.to_string().contains("live 60 s"), "{error}");
    }
    let times = harness.server.requested_at();
    assert!(times.windows(2).skip(1).all(|pair| pair[1] - pair[0] >= SECOND), "{times:?}");
    // What came is kept all the same.
    harness.token_at_once();
}

#[tokio::test(start_paused = true)]
async fn the_life_that_is_asked_for_is_what_is_left_when_the_token_comes() {
    let harness = Harness::new(60 * SECOND);
    harness.server.set_delay(5 * SECOND);

    harness.cache.token_valid_for(56 * SECOND).await.unwrap_err();
    pass(SECOND).await;
    harness.cache.token_valid_for(54 * SECOND).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn exactly_the_life_that_is_asked_for_will_do() {
    let harness = Harness::new(60 * SECOND);
    harness.server.set_delay(Duration::ZERO);

    harness.cache.token_valid_for(60 * SECOND).await.unwrap();
}

/// Polls a future once and says whether it waits.
fn futures_pending<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> bool {
    future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_pending()
}
