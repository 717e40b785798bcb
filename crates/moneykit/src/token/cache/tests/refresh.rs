//! Tests of refreshes: cancellation, timeouts, retries and cool-downs.

use std::time::Duration;

use super::harness::{Harness, Reply, SECOND, advance};

const TRANSIENT: [u16; 6] = [408, 429, 500, 502, 503, 504];

#[tokio::test(start_paused = true)]
async fn cancelling_a_caller_does_not_cancel_the_refresh() {
    let harness = Harness::new(3600 * SECOND);
    let cancelled = tokio::time::timeout(Duration::from_millis(5), harness.cache.token()).await;
    assert!(cancelled.is_err());

    assert_eq!(harness.token().await.expose_secret(), "token-1");
    assert_eq!(harness.request_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn callers_with_short_timeouts_obtain_the_token_eventually() {
    let harness = Harness::new(3600 * SECOND);
    let mut attempts = 0;
    while tokio::time::timeout(Duration::from_millis(5), harness.cache.token()).await.is_err() {
        attempts += 1;
        assert!(attempts < 100, "the token never arrives");
    }
    assert_eq!(attempts, 10);
    assert_eq!(harness.request_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_caller_can_be_dropped_at_any_poll() {
    for polls in 0..12 {
        let harness = Harness::new(3600 * SECOND);
        let mut call = Box::pin(harness.cache.token());
        for _ in 0..polls {
            // The outcome does not matter: the next call must succeed wherever this one was dropped.
            let _ = tokio::time::timeout(Duration::from_millis(7), call.as_mut()).await.map(|_| ());
            if harness.cache.status().has_token() {
                break;
            }
        }
        drop(call);

        harness.token().await;
        assert_eq!(harness.request_count(), 1, "dropped after {polls} polls");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_times_out_after_thirty_seconds() {
    let harness = Harness::new(3600 * SECOND);
    harness.server.set_default(Reply::NoResponse);
    let started = tokio::time::Instant::now();

    let error = harness.cache.token().await.unwrap_err();

    assert!(error.is_timeout() && error.is_transient(), "{error}");
    assert_eq!(started.elapsed().as_secs(), 30);
    assert_eq!(harness.server.open_requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn only_transient_failures_are_attempted_three_times() {
    for status in [300, 307, 400, 401, 403, 404, 405, 408, 409, 418, 422, 429, 500, 501, 502, 503, 504, 505] {
        let harness = Harness::new(3600 * SECOND);
        harness.server.set_default(Reply::Status(status));

        let error = harness.cache.token().await.unwrap_err();

        assert_eq!(error.status().unwrap().as_u16(), status);
        assert_eq!(harness.request_count(), if TRANSIENT.contains(&status) { 3 } else { 1 }, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_successful_attempt_ends_the_retries() {
    for failures in 1..=2 {
        let harness = Harness::new(3600 * SECOND);
        harness.server.enqueue(vec![Reply::Status(503); failures]);

        harness.token().await;
        assert_eq!(harness.request_count(), failures + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn retry_delays_are_random_and_bounded() {
    let mut delays = [Vec::new(), Vec::new()];
    for seed in 0..100 {
        let harness = Harness::seeded(3600 * SECOND, seed);
        harness.server.set_delay(Duration::ZERO);
        harness.server.set_default(Reply::Status(503));
        harness.cache.token().await.unwrap_err();

        let times = harness.server.requested_at();
        delays[0].push(times[1] - times[0]);
        delays[1].push(times[2] - times[1]);
    }
    for (delays, limit) in delays.iter().zip([200, 400].map(Duration::from_millis)) {
        let (least, most) = (delays.iter().min().unwrap(), delays.iter().max().unwrap());
        // Full jitter: from zero to the limit, rounded up to the millisecond of tokio's timers.
        assert!(*most <= limit + Duration::from_millis(1), "{most:?}");
        assert!(*least < limit / 5 && *most > limit * 4 / 5, "{least:?} {most:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_waits_for_retry_after() {
    let harness = Harness::new(3600 * SECOND);
    harness.server.enqueue([Reply::RetryAfter(503, 7 * SECOND)]);

    harness.token().await;

    let times = harness.server.requested_at();
    assert!(times[1] - times[0] >= 7 * SECOND, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_beyond_the_timeout_fails_at_once() {
    for wait in [30 * SECOND, 3600 * SECOND, Duration::MAX] {
        let harness = Harness::new(3600 * SECOND);
        harness.server.set_default(Reply::RetryAfter(429, wait));
        let started = tokio::time::Instant::now();

        let error = harness.cache.token().await.unwrap_err();

        assert_eq!(error.retry_after(), Some(wait));
        assert!(error.is_rate_limited());
        assert!(started.elapsed() < SECOND);
        assert_eq!(harness.request_count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn during_the_cooldown_callers_receive_the_error_at_once() {
    let harness = Harness::new(3600 * SECOND);
    harness.server.set_default(Reply::Status(503));
    harness.cache.token().await.unwrap_err();
    let requests = harness.request_count();

    for _ in 0..100 {
        assert_eq!(harness.error_now().status().unwrap().as_u16(), 503);
    }
    // The first cool-down lasts between half a second and one second.
    advance(Duration::from_millis(450)).await;
    harness.error_now();
    assert_eq!(harness.request_count(), requests);

    advance(Duration::from_millis(550)).await;
    harness.server.set_default(Reply::Token(3600 * SECOND));
    harness.token().await;
}

#[tokio::test(start_paused = true)]
async fn during_the_cooldown_the_error_says_that_nothing_was_sent_and_until_when() {
    let harness = Harness::new(3600 * SECOND);
    harness.server.set_default(Reply::RetryAfter(503, 40 * SECOND));
    let failed = harness.cache.token().await.unwrap_err();
    assert_eq!(failed.retry_after(), Some(40 * SECOND), "the refresh itself returns the server's delay");
    advance(10 * SECOND).await;

    let error = harness.error_now();
    let remaining = error.retry_after().unwrap();
    assert!(remaining > 30 * SECOND && remaining <= 34 * SECOND, "{remaining:?}");
    assert_eq!(harness.cache.status().next_attempt_in, Some(remaining));
    assert!(error.is_transient() && error.status() == failed.status());
    let text = error.to_string();
    assert!(
        text.starts_with(
            "no request was sent: the last token refresh failed (the token endpoint responded with 503"
        ),
        "{text}"
    );
    assert!(
        text.ends_with(&format!("the next attempt is due in {:.1} s", remaining.as_secs_f64())),
        "{text}"
    );
    assert_eq!(harness.request_count(), 1);

    harness.server.set_default(Reply::Token(3600 * SECOND));
    advance(remaining).await;
    harness.token().await;
    assert_eq!(harness.cache.status().next_attempt_in, None);
}

#[tokio::test(start_paused = true)]
async fn cooldowns_after_retry_after_have_jitter_and_zero_means_the_usual_cooldown() {
    let mut remaining = Vec::new();
    for seed in 0..50 {
        let harness = Harness::seeded(3600 * SECOND, seed);
        harness.server.set_default(Reply::RetryAfter(429, 100 * SECOND));
        harness.cache.token().await.unwrap_err();
        remaining.push(harness.error_now().retry_after().unwrap());

        let harness = Harness::seeded(3600 * SECOND, seed);
        harness.server.set_default(Reply::RetryAfter(503, Duration::ZERO));
        harness.cache.token().await.unwrap_err();
        let usual = harness.error_now().retry_after().unwrap();
        assert!(usual >= SECOND / 2 - Duration::from_millis(1) && usual <= SECOND, "{usual:?}");
    }
    let (least, most) = (remaining.iter().min().unwrap(), remaining.iter().max().unwrap());
    assert!(*least >= 100 * SECOND && *most <= 110 * SECOND, "{least:?} {most:?}");
    assert!(*most - *least > 5 * SECOND, "{least:?} {most:?}");
}

#[tokio::test(start_paused = true)]
async fn cooldowns_after_rejections_double_from_five_seconds_to_a_minute() {
    let harness = Harness::new(3600 * SECOND);
    harness.server.set_default(Reply::Status(401));
    for cooldown in [5, 10, 20, 40, 60, 60] {
        harness.cache.token().await.unwrap_err();
        assert_eq!(harness.cache.status().next_attempt_in, Some(cooldown * SECOND));
        advance(cooldown * SECOND).await;
    }
    // Another failure does not count as a rejection, nor the reverse.
    harness.server.set_default(Reply::Status(404));
    harness.cache.token().await.unwrap_err();
    assert!(harness.cache.status().next_attempt_in.unwrap() <= SECOND);

    harness.server.set_default(Reply::Token(3600 * SECOND));
    advance(SECOND).await;
    let token = harness.token().await;
    harness.server.set_default(Reply::Status(401));
    harness.cache.invalidate(&token);
    harness.cache.token().await.unwrap_err();
    assert_eq!(harness.cache.status().next_attempt_in, Some(5 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn cooldowns_double_up_to_a_minute_and_are_reset_by_a_success() {
    let harness = Harness::new(3600 * SECOND);
    // This status is not retried, so that each refresh is one request.
    harness.server.set_default(Reply::Status(404));
    let mut cooldowns = Vec::new();
    for _ in 0..9 {
        let failed = tokio::time::Instant::now();
        harness.cache.token().await.unwrap_err();
        let refreshes = harness.cache.status().refreshes;
        while harness.cache.status().refreshes == refreshes {
            assert!(failed.elapsed() < 100 * SECOND, "the cool-down does not end");
            advance(Duration::from_millis(250)).await;
            let _ = tokio::time::timeout(Duration::ZERO, harness.cache.token()).await;
        }
        cooldowns.push(failed.elapsed());
        advance(Duration::from_millis(60)).await;
    }
    for (cooldown, limit) in cooldowns.iter().zip([1, 2, 4, 8, 16, 32, 60, 60, 60]) {
        let limit = limit * SECOND;
        assert!((limit / 2..=limit + SECOND).contains(cooldown), "{cooldowns:?}");
    }

    // After a success, the next failure counts as the first.
    harness.server.set_default(Reply::Token(20 * SECOND));
    advance(60 * SECOND).await;
    harness.token().await;
    harness.server.set_default(Reply::Status(404));
    advance(21 * SECOND).await;
    harness.cache.token().await.unwrap_err();
    harness.server.set_default(Reply::Token(20 * SECOND));
    advance(SECOND).await;
    harness.token().await;
}

#[tokio::test(start_paused = true)]
async fn no_refresh_starts_for_five_seconds_after_a_rejection() {
    for status in [400, 401, 403] {
        let harness = Harness::new(3600 * SECOND);
        harness.server.enqueue([Reply::Status(status)]);
        harness.cache.token().await.unwrap_err();

        advance(Duration::from_millis(4_900)).await;
        assert_eq!(harness.error_now().status().unwrap().as_u16(), status);
        advance(Duration::from_millis(100)).await;
        harness.token().await;
        assert_eq!(harness.request_count(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn callers_receive_the_old_token_while_early_refreshes_fail() {
    let harness = Harness::new(1000 * SECOND);
    let old = harness.token().await;
    harness.server.set_default(Reply::Status(503));
    advance(800 * SECOND).await;

    let mut before = harness.cache.status().refreshes;
    for _ in 0..180 {
        for _ in 0..10 {
            assert!(harness.token_now().ptr_eq(&old));
        }
        advance(SECOND).await;
        let now = harness.cache.status().refreshes;
        assert!(now - before <= 1, "more than one refresh in a second");
        before = now;
    }
    // One request per refresh, and cool-downs of at most 1, 2, 4, 8, 16, 32 and 60 s, and at least half of that.
    assert!((5..=11).contains(&(harness.request_count() - 1)), "{}", harness.request_count());
    assert!(harness.cache.status().last_error.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_token_within_its_expiry_margin_is_returned_when_the_refresh_fails() {
    let harness = Harness::new(1000 * SECOND);
    let old = harness.token().await;
    harness.server.set_default(Reply::Status(404));

    advance(995 * SECOND).await;
    assert!(harness.token().await.ptr_eq(&old));
    assert!(harness.token_now().ptr_eq(&old));
    advance(5 * SECOND).await;
    harness.cache.token().await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn an_early_refresh_is_retried_once_a_caller_joins_it() {
    let harness = Harness::new(10 * SECOND);
    harness.token().await;
    harness.server.set_delay(2 * SECOND);
    harness.server.enqueue([Reply::Status(503)]);
    advance(8 * SECOND).await;
    harness.token_now();
    advance(Duration::from_millis(1_100)).await;

    // The early refresh is in progress and its first attempt will fail; the token is within its expiry margin.
    assert_eq!(harness.token().await.expose_secret(), "token-3");
}

#[tokio::test(start_paused = true)]
async fn dropping_the_cache_aborts_its_refresh() {
    let harness = Harness::new(3600 * SECOND);
    harness.server.set_default(Reply::NoResponse);
    let _ = tokio::time::timeout(SECOND, harness.cache.token()).await;
    assert_eq!(harness.server.open_requests(), 1);

    let Harness { cache, server, .. } = harness;
    drop(cache);
    advance(Duration::from_millis(1)).await;
    assert_eq!(server.open_requests(), 0);
}
