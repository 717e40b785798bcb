//! Tests of the number of requests that a fleet sends.

use std::sync::Arc;

use super::harness::{
    Fleet, LIFETIME, MILLISECOND, SECOND, advance, now_or_never, record_success, reject, sleep, value_of,
};
use crate::evidence::UnauthorizedCause;
use crate::time::Clock;

#[tokio::test(start_paused = true)]
async fn fifty_cold_starts_send_one_request() {
    let fleet = Fleet::new(50);
    let started = tokio::time::Instant::now();
    let tokens = fleet.tokens().await;
    assert!(tokens.iter().all(|token| token == "token-1"), "{tokens:?}");
    assert_eq!(fleet.server.requests(), 1);
    assert!(started.elapsed() < SECOND, "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn each_lifetime_costs_one_request_and_nobody_waits() {
    let fleet = Fleet::new(50);
    fleet.tokens().await;
    for second in 0..3 * LIFETIME.as_secs() {
        advance(SECOND).await;
        for member in &fleet.members {
            let token = now_or_never(member.token()).unwrap();
            assert!(!token.remaining(fleet.clock.now()).is_zero(), "{second}");
        }
    }
    // The window opens at 800 s of 1,000, and up to 100 s earlier at random.
    assert!((4..=5).contains(&fleet.server.requests()), "{}", fleet.server.requests());
}

#[tokio::test(start_paused = true)]
async fn a_hit_does_not_reach_the_store() {
    let fleet = Fleet::new(1);
    fleet.tokens().await;
    fleet.store.take_calls();
    for _ in 0..100 {
        advance(SECOND).await;
        value_of(&fleet.members[0]).await;
    }
    assert!(fleet.store.take_calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_revocation_that_all_meet_costs_one_request() {
    for cause in [UnauthorizedCause::Unknown, UnauthorizedCause::Expired] {
        let fleet = Fleet::new(50);
        fleet.tokens().await;
        advance(10 * SECOND).await;
        let calls = fleet.members.iter().map(|member| {
            let member = Arc::clone(member);
            tokio::spawn(async move {
                let token = member.token().await.unwrap();
                record_success(&member, &token);
                sleep(MILLISECOND).await;
                reject(&member, &token, cause).await.unwrap()
            })
        });
        for call in calls.collect::<Vec<_>>() {
            assert_eq!(call.await.unwrap(), "Bearer token-2", "{cause:?}");
        }
        assert_eq!(fleet.server.requests(), 2, "{cause:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn others_learn_of_a_revocation_at_their_own_401_with_no_further_request() {
    let fleet = Fleet::new(50);
    fleet.tokens().await;
    for member in &fleet.members {
        advance(SECOND).await;
        let token = member.token().await.unwrap();
        assert_eq!(token.expose_secret(), "token-1", "suspicion is local");
        record_success(member, &token);
        sleep(MILLISECOND).await;
        assert_eq!(reject(member, &token, UnauthorizedCause::Unknown).await.unwrap(), "Bearer token-2");
    }
    assert_eq!(fleet.server.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_the_application_invalidates_is_removed_from_the_store() {
    let fleet = Fleet::new(2);
    fleet.tokens().await;
    let [one, other] = &fleet.members[..] else { unreachable!() };
    one.invalidate(&one.token().await.unwrap());
    fleet.server.enqueue(SECOND, 404);
    one.token().await.unwrap_err();
    assert_eq!(fleet.published().await, None, "the dead token is gone although there is no other yet");

    assert_eq!(value_of(other).await, "token-1");
    other.invalidate(&other.token().await.unwrap());
    assert_eq!(value_of(other).await, "token-3");
    one.invalidate(&other.token().await.unwrap());
    advance(2 * SECOND).await;
    assert_eq!(
        value_of(one).await,
        "token-3",
        "a token of another client is not the one that was invalidated"
    );
}
