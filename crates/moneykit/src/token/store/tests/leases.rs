//! Tests of members that hold the lease, wait for it, lose it, or die with it.

use std::sync::Arc;
use std::time::Duration;

use super::harness::{
    Call, Fault, FaultyStore, Fleet, LIFETIME, MILLISECOND, RESPONSE_TIME, SECOND, advance, key, value_of,
};
use crate::token::store::TokenStore;

#[tokio::test(start_paused = true)]
async fn a_slow_request_keeps_its_lease() {
    let fleet = Fleet::new(10);
    fleet.server.enqueue(9 * SECOND, 201);
    assert_eq!(fleet.tokens().await, ["token-1"; 10]);
    assert_eq!(fleet.server.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn when_the_holder_dies_one_member_takes_over_within_seconds() {
    let mut fleet = Fleet::new(20);
    fleet.server.enqueue(9 * SECOND, 201);
    let holder = fleet.member(99);
    let call = tokio::spawn({
        let holder = Arc::clone(&holder);
        async move { holder.token().await.map(drop) }
    });
    advance(100 * MILLISECOND).await;
    assert_eq!(fleet.server.requests(), 1);
    call.abort();
    advance(MILLISECOND).await;
    drop(holder);

    let started = tokio::time::Instant::now();
    assert_eq!(fleet.tokens().await, ["token-2"; 20]);
    let elapsed = started.elapsed();
    assert!(elapsed > 2 * SECOND && elapsed < 4 * SECOND, "{elapsed:?}");
    assert_eq!(fleet.server.requests(), 2);
    fleet.members.clear();
}

#[tokio::test(start_paused = true)]
async fn a_holder_that_is_paused_past_its_lease_does_not_replace_a_newer_token() {
    let fleet = Fleet::new(1);
    // A paused process does not renew its lease.
    let paused = Arc::new(FaultyStore::new(fleet.store.inner.clone()));
    paused.fail(Call::Renew, Fault::Hang);
    fleet.server.enqueue(8 * SECOND, 201);
    let holder = fleet.member_with(99, Arc::clone(&paused) as _);
    let late = tokio::spawn(async move { value_of(&holder).await });
    advance(100 * MILLISECOND).await;

    assert_eq!(value_of(&fleet.members[0]).await, "token-2");
    assert_eq!(late.await.unwrap(), "token-2", "the holder takes the newer token, too");
    assert_eq!(fleet.published().await.as_deref(), Some("token-2"));
    assert_eq!(fleet.server.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_holder_that_fails_makes_way_at_once() {
    let fleet = Fleet::new(20);
    fleet.server.enqueue(RESPONSE_TIME, 404);
    let started = tokio::time::Instant::now();
    let calls = fleet.members.iter().map(|member| {
        let member = Arc::clone(member);
        tokio::spawn(async move { member.token().await.map(|token| token.expose_secret().to_owned()) })
    });
    let mut failures = 0;
    for call in calls.collect::<Vec<_>>() {
        match call.await.unwrap() {
            Ok(token) => assert_eq!(token, "token-2"),
            Err(error) => {
                assert_eq!(error.status().unwrap(), 404);
                failures += 1;
            }
        }
    }
    assert_eq!((failures, fleet.server.requests()), (1, 2));
    assert!(started.elapsed() < SECOND, "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_member_that_has_waited_for_long_enough_requests_its_own_token() {
    let fleet = Fleet::new(3);
    let foreign = fleet.store.inner.acquire(&key(), 3600 * SECOND).await.unwrap();
    let started = tokio::time::Instant::now();
    let mut tokens = fleet.tokens().await;
    tokens.sort();
    assert_eq!(tokens, ["token-1", "token-2", "token-3"]);
    let elapsed = started.elapsed();
    assert!(elapsed >= 10 * SECOND && elapsed < 10 * SECOND + 200 * MILLISECOND, "{elapsed:?}");
    assert!(fleet.members[0].status().store.unwrap().is_available(), "waiting is no failure of the store");
    drop(foreign);
}

#[tokio::test(start_paused = true)]
async fn an_early_refresh_that_waits_in_vain_sends_nothing() {
    let fleet = Fleet::new(1);
    fleet.tokens().await;
    fleet.store.inner.acquire(&key(), 3600 * SECOND).await.unwrap().unwrap();
    advance(LIFETIME * 85 / 100).await;
    let member = &fleet.members[0];
    assert_eq!(value_of(member).await, "token-1");
    advance(11 * SECOND).await;
    let status = member.status();
    assert_eq!(value_of(member).await, "token-1");
    assert_eq!(fleet.server.requests(), 1);
    let error = status.last_error.unwrap();
    assert!(error.is_transient() && error.to_string().contains("another process"), "{error}");
    assert!(status.next_attempt_in.is_some_and(|time| time <= SECOND));
}

#[tokio::test(start_paused = true)]
async fn an_early_refresh_that_callers_join_sends_its_own_request() {
    let fleet = Fleet::new(1);
    fleet.tokens().await;
    fleet.store.inner.acquire(&key(), 3600 * SECOND).await.unwrap().unwrap();
    advance(LIFETIME.saturating_sub(15 * SECOND)).await;
    let member = &fleet.members[0];
    assert_eq!(value_of(member).await, "token-1");
    advance(6 * SECOND).await;
    let started = tokio::time::Instant::now();
    assert_eq!(value_of(member).await, "token-2", "the token is within its expiry margin");
    assert!(started.elapsed() < 5 * SECOND, "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_hint_ends_the_wait_at_once() {
    let fleet = Fleet::new(2);
    fleet.server.enqueue(4 * SECOND, 201);
    let started = tokio::time::Instant::now();
    fleet.tokens().await;
    let elapsed = started.elapsed();
    assert!(elapsed < 4 * SECOND + 50 * MILLISECOND, "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn without_hints_the_store_is_polled_with_growing_intervals() {
    let fleet = Fleet::new(2);
    fleet.store.fail(Call::Published, Fault::Hang);
    fleet.server.enqueue(9 * SECOND, 201);
    let started = tokio::time::Instant::now();
    assert_eq!(fleet.tokens().await, ["token-1"; 2]);
    let elapsed = started.elapsed();
    assert!(elapsed < 9 * SECOND + 600 * MILLISECOND, "{elapsed:?}");
    let loads = fleet.store.take_calls().into_iter().filter(|call| *call == Call::Load).count();
    assert!((15..50).contains(&loads), "{loads} polls in {:?}", Duration::from_secs(9));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_with_several_attempts_waits_once() {
    let fleet = Fleet::new(1);
    fleet.store.inner.acquire(&key(), 3600 * SECOND).await.unwrap().unwrap();
    fleet.server.enqueue(RESPONSE_TIME, 503);
    fleet.server.enqueue(RESPONSE_TIME, 503);
    let started = tokio::time::Instant::now();
    assert_eq!(value_of(&fleet.members[0]).await, "token-3");
    assert!(started.elapsed() < 11 * SECOND, "{:?}", started.elapsed());
}
