//! Tests of stores that fail: callers get their tokens as if there were no store.

use std::sync::Arc;

use super::harness::{
    Call, Fault, FaultyStore, Fleet, LIFETIME, MILLISECOND, RESPONSE_TIME, SECOND, advance, now_or_never,
    sleep, value_of,
};
use crate::token::store::InMemoryTokenStore;

const FAULTS: [Fault; 5] = [
    Fault::Error,
    Fault::Hang,
    Fault::Slow(SECOND),
    Fault::Slow(MILLISECOND.saturating_mul(100)),
    Fault::Panic,
];

#[tokio::test(start_paused = true)]
async fn callers_get_their_token_within_250_ms_of_what_a_request_takes() {
    for fault in FAULTS {
        for call in [None, Some(Call::Load), Some(Call::Acquire), Some(Call::Publish), Some(Call::Release)] {
            let fleet = Fleet::new(1);
            fleet.store.fail(call, fault);
            let started = tokio::time::Instant::now();
            assert_eq!(value_of(&fleet.members[0]).await, "token-1", "{call:?} {fault:?}");
            let delay = started.elapsed().saturating_sub(RESPONSE_TIME);
            assert!(delay <= 251 * MILLISECOND, "{call:?} {fault:?}: {delay:?}");

            let status = fleet.members[0].status().store.unwrap();
            let is_tolerable = call.is_some() && fault == Fault::Slow(100 * MILLISECOND);
            assert_eq!(status.is_available(), is_tolerable, "{call:?} {fault:?}: {status:?}");
            assert_eq!(status.last_error.is_none(), is_tolerable, "{call:?} {fault:?}: {status:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_delays_nobody() {
    for fault in FAULTS {
        let fleet = Fleet::new(1);
        fleet.store.fail(Call::Renew, fault);
        fleet.server.enqueue(9 * SECOND, 201);
        let started = tokio::time::Instant::now();
        assert_eq!(value_of(&fleet.members[0]).await, "token-1", "{fault:?}");
        assert!(started.elapsed() < 9 * SECOND + MILLISECOND, "{fault:?}");
        assert_eq!(fleet.published().await.as_deref(), Some("token-1"), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_member_that_waits_when_the_store_fails_requests_its_own_token() {
    for fault in [Fault::Error, Fault::Hang, Fault::Panic] {
        let fleet = Fleet::new(2);
        fleet.server.enqueue(9 * SECOND, 201);
        let calls = fleet.tokens();
        let outage = async {
            sleep(2 * SECOND).await;
            fleet.store.fail(None, fault);
        };
        let started = tokio::time::Instant::now();
        let (mut tokens, ()) = tokio::join!(calls, outage);
        tokens.sort();
        assert_eq!(tokens, ["token-1", "token-2"], "{fault:?}");
        assert!(started.elapsed() <= 9 * SECOND + 251 * MILLISECOND, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_failed_is_not_asked_during_a_growing_cooldown() {
    let fleet = Fleet::new(1);
    let member = &fleet.members[0];
    fleet.store.fail(None, Fault::Error);
    let mut cooldowns = Vec::new();
    for _ in 0..9 {
        advance(LIFETIME).await;
        fleet.store.take_calls();
        value_of(member).await;
        assert_eq!(fleet.store.take_calls(), [Call::Load], "the first failure ends the attempt");
        cooldowns.push(member.status().store.unwrap().next_attempt_in.unwrap() + RESPONSE_TIME);

        member.invalidate(&member.token().await.unwrap());
        value_of(member).await;
        assert!(fleet.store.take_calls().is_empty(), "the store is asked in its cool-down");
        // The refresh that was forced waits for a second.
        advance(SECOND).await;
    }
    for (failures, cooldown) in cooldowns.into_iter().enumerate() {
        let most = (SECOND * 2_u32.pow(u32::try_from(failures).unwrap())).min(60 * SECOND);
        assert!(cooldown >= most / 2 && cooldown <= most + MILLISECOND, "{failures}: {cooldown:?}");
    }

    fleet.store.recover();
    advance(LIFETIME).await;
    value_of(member).await;
    let status = member.status().store.unwrap();
    assert!(status.is_available() && status.next_attempt_in.is_none());
    assert_eq!(status.last_error.as_deref(), Some("the store is read-only"));
    assert_eq!(fleet.published().await.as_deref(), Some("token-19"));
}

#[tokio::test(start_paused = true)]
async fn a_publication_that_fails_counts_although_the_store_could_be_read() {
    let fleet = Fleet::new(1);
    fleet.store.fail(Call::Publish, Fault::Error);
    for failures in 1..4 {
        advance(LIFETIME).await;
        value_of(&fleet.members[0]).await;
        assert_eq!(fleet.members[0].status().store.unwrap().failures, failures);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fleet_without_its_store_has_tokens_throughout() {
    let fleet = Fleet::new(20);
    fleet.store.fail(None, Fault::Hang);
    fleet.tokens().await;
    assert_eq!(fleet.server.requests(), 20, "each member requests its own");
    fleet.store.recover();
    for _ in 0..LIFETIME.as_secs() {
        advance(SECOND).await;
        for member in &fleet.members {
            now_or_never(member.token()).unwrap();
        }
    }
    assert!(fleet.server.requests() <= 22, "{}", fleet.server.requests());
}

#[tokio::test(start_paused = true)]
async fn an_empty_store_of_another_kind_of_fleet_changes_nothing() {
    let fleet = Fleet::new(1);
    let other = Arc::new(FaultyStore::new(InMemoryTokenStore::with_clock(Arc::clone(&fleet.clock))));
    fleet.tokens().await;
    assert_eq!(value_of(&fleet.member_with(9, other)).await, "token-2");
    assert_eq!(value_of(&fleet.members[0]).await, "token-1");
}
