//! The flight: detached, bounded, tried again, and followed by a rest.

use std::time::Duration;

use super::harness::{Answer, Harness, SECOND, pass};

const TRANSIENT: [u16; 6] = [408, 429, 500, 502, 503, 504];

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_takes_nothing_along() {
    let harness = Harness::new(3600 * SECOND);
    let impatient = tokio::time::timeout(Duration::from_millis(5), harness.cache.token()).await;
    assert!(impatient.is_err());

    assert_eq!(harness.token().await.expose_secret(), "token-1");
    assert_eq!(harness.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn callers_without_patience_are_served_all_the_same() {
    let harness = Harness::new(3600 * SECOND);
    let mut attempts = 0;
    while tokio::time::timeout(Duration::from_millis(5), harness.cache.token()).await.is_err() {
        attempts += 1;
        assert!(attempts < 100, "the token never comes");
    }
    assert_eq!(attempts, 10);
    assert_eq!(harness.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_caller_at_any_of_its_polls_does_no_harm() {
    for polls in 0..12 {
        let harness = Harness::new(3600 * SECOND);
        let mut call = Box::pin(harness.cache.token());
        for _ in 0..polls {
            // The outcome does not matter: what follows must go well wherever this one stopped.
            let _ = tokio::time::timeout(Duration::from_millis(7), call.as_mut()).await.map(|_| ());
            if harness.cache.status().has_token() {
                break;
            }
        }
        drop(call);

        harness.token().await;
        assert_eq!(harness.requests(), 1, "dropped after {polls} polls");
    }
}

#[tokio::test(start_paused = true)]
async fn a_flight_ends_after_thirty_seconds() {
    let harness = Harness::new(3600 * SECOND);
    harness.server.always(Answer::Nothing);
    let started = tokio::time::Instant::now();

    let error = harness.cache.token().await.unwrap_err();

    assert!(error.is_timeout() && error.is_transient(), "{error}");
    assert_eq!(started.elapsed().as_secs(), 30);
    assert_eq!(harness.server.open_requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_tried_three_times_and_nothing_else_is() {
    for status in [300, 307, 400, 401, 403, 404, 405, 408, 409, 418, 422, 429, 500, 501, 502, 503, 504, 505] {
        let harness = Harness::new(3600 * SECOND);
        harness.server.always(Answer::Status(status));

        let error = harness.cache.token().await.unwrap_err();

        assert_eq!(error.status().unwrap().as_u16(), status);
        assert_eq!(harness.requests(), if TRANSIENT.contains(&status) { 3 } else { 1 }, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_try_that_succeeds_is_the_last() {
    for failures in 1..=2 {
        let harness = Harness::new(3600 * SECOND);
        harness.server.plan(vec![Answer::Status(503); failures]);

        harness.token().await;
        assert_eq!(harness.requests(), failures + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn waits_between_tries_are_random_and_bounded() {
    let mut waits = [Vec::new(), Vec::new()];
    for seed in 0..100 {
        let harness = Harness::seeded(3600 * SECOND, seed);
        harness.server.set_delay(Duration::ZERO);
        harness.server.always(Answer::Status(503));
        harness.cache.token().await.unwrap_err();

        let times = harness.server.requested_at();
        waits[0].push(times[1] - times[0]);
        waits[1].push(times[2] - times[1]);
    }
    for (waits, limit) in waits.iter().zip([200, 400].map(Duration::from_millis)) {
        let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
        // Full jitter: anything from nothing to the limit, to the millisecond of tokio's timers.
        assert!(*most <= limit + Duration::from_millis(1), "{most:?}");
        assert!(*least < limit / 5 && *most > limit * 4 / 5, "{least:?} {most:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_the_server_asks_for_is_kept() {
    let harness = Harness::new(3600 * SECOND);
    harness.server.plan([Answer::RetryAfter(503, 7 * SECOND)]);

    harness.token().await;

    let times = harness.server.requested_at();
    assert!(times[1] - times[0] >= 7 * SECOND, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_is_handed_to_the_caller_at_once() {
    for wait in [30 * SECOND, 3600 * SECOND, Duration::MAX] {
        let harness = Harness::new(3600 * SECOND);
        harness.server.always(Answer::RetryAfter(429, wait));
        let started = tokio::time::Instant::now();

        let error = harness.cache.token().await.unwrap_err();

        assert_eq!(error.retry_after(), Some(wait));
        assert!(error.is_rate_limited());
        assert!(started.elapsed() < SECOND);
        assert_eq!(harness.requests(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_failure_callers_get_the_error_at_once_until_the_rest_is_over() {
    let harness = Harness::new(3600 * SECOND);
    harness.server.always(Answer::Status(503));
    harness.cache.token().await.unwrap_err();
    let requests = harness.requests();

    for _ in 0..100 {
        assert_eq!(harness.error_at_once().status().unwrap().as_u16(), 503);
    }
    // Half of the first rest is certain.
    pass(Duration::from_millis(450)).await;
    harness.error_at_once();
    assert_eq!(harness.requests(), requests);

    pass(Duration::from_millis(550)).await;
    harness.server.always(Answer::Token(3600 * SECOND));
    harness.token().await;
}

#[tokio::test(start_paused = true)]
async fn rests_double_up_to_a_minute_and_start_anew_after_a_success() {
    let harness = Harness::new(3600 * SECOND);
    // A status that is not tried again, so that each flight is one request.
    harness.server.always(Answer::Status(404));
    let mut rests = Vec::new();
    for _ in 0..9 {
        let failed = tokio::time::Instant::now();
        harness.cache.token().await.unwrap_err();
        let flights = harness.cache.status().refreshes;
        while harness.cache.status().refreshes == flights {
            assert!(failed.elapsed() < 100 * SECOND, "flights are off for good");
            pass(Duration::from_millis(250)).await;
            let _ = tokio::time::timeout(Duration::ZERO, harness.cache.token()).await;
        }
        rests.push(failed.elapsed());
        pass(Duration::from_millis(60)).await;
    }
    for (rest, limit) in rests.iter().zip([1, 2, 4, 8, 16, 32, 60, 60, 60]) {
        let limit = limit * SECOND;
        assert!((limit / 2..=limit + SECOND).contains(rest), "{rests:?}");
    }

    // A success: the next failure is the first again.
    harness.server.always(Answer::Token(20 * SECOND));
    pass(60 * SECOND).await;
    harness.token().await;
    harness.server.always(Answer::Status(404));
    pass(21 * SECOND).await;
    harness.cache.token().await.unwrap_err();
    harness.server.always(Answer::Token(20 * SECOND));
    pass(SECOND).await;
    harness.token().await;
}

#[tokio::test(start_paused = true)]
async fn after_a_rejection_flights_are_off_for_five_seconds() {
    for status in [400, 401, 403] {
        let harness = Harness::new(3600 * SECOND);
        harness.server.plan([Answer::Status(status)]);
        harness.cache.token().await.unwrap_err();

        pass(Duration::from_millis(4_900)).await;
        assert_eq!(harness.error_at_once().status().unwrap().as_u16(), status);
        pass(Duration::from_millis(100)).await;
        harness.token().await;
        assert_eq!(harness.requests(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_fails_costs_callers_nothing_while_the_old_token_lives() {
    let harness = Harness::new(1000 * SECOND);
    let old = harness.token().await;
    harness.server.always(Answer::Status(503));
    pass(800 * SECOND).await;

    let mut before = harness.cache.status().refreshes;
    for _ in 0..180 {
        for _ in 0..10 {
            assert!(harness.token_at_once().ptr_eq(&old));
        }
        pass(SECOND).await;
        let now = harness.cache.status().refreshes;
        assert!(now - before <= 1, "more than one flight in a second");
        before = now;
    }
    // One request a flight, and ever longer rests: 1, 2, 4, 8, 16, 32, 60 s at most, half of that at least.
    assert!((5..=11).contains(&(harness.requests() - 1)), "{}", harness.requests());
    assert!(harness.cache.status().last_error.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_token_in_its_last_seconds_is_better_than_an_error() {
    let harness = Harness::new(1000 * SECOND);
    let old = harness.token().await;
    harness.server.always(Answer::Status(404));

    pass(995 * SECOND).await;
    assert!(harness.token().await.ptr_eq(&old));
    assert!(harness.token_at_once().ptr_eq(&old));
    pass(5 * SECOND).await;
    harness.cache.token().await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_joins_a_refresh_ahead_gets_all_its_tries() {
    let harness = Harness::new(10 * SECOND);
    harness.token().await;
    harness.server.set_delay(2 * SECOND);
    harness.server.plan([Answer::Status(503)]);
    pass(8 * SECOND).await;
    harness.token_at_once();
    pass(Duration::from_millis(1_100)).await;

    // The refresh ahead is under way and will fail; the token is past its margin by now.
    assert_eq!(harness.token().await.expose_secret(), "token-3");
}

#[tokio::test(start_paused = true)]
async fn with_the_cache_its_flight_ends() {
    let harness = Harness::new(3600 * SECOND);
    harness.server.always(Answer::Nothing);
    let _ = tokio::time::timeout(SECOND, harness.cache.token()).await;
    assert_eq!(harness.server.open_requests(), 1);

    let Harness { cache, server, .. } = harness;
    drop(cache);
    pass(Duration::from_millis(1)).await;
    assert_eq!(server.open_requests(), 0);
}
