//! Tests of an attempt that is dropped at each of its await points.

use std::sync::Arc;
use std::task::{Context, Waker};

use super::harness::{Fault, Fleet, MILLISECOND, SECOND, key, sleep, value_of};
use crate::token::cache::{MinValidity, Purpose, RefreshReason};
use crate::token::store::TokenStore;

#[tokio::test(start_paused = true)]
async fn an_attempt_can_be_dropped_anywhere() {
    let mut drops = 0;
    for is_held in [false, true] {
        for polls in 0..100 {
            let fleet = Fleet::new(3);
            // Each call takes a moment, so that each is an await point.
            fleet.store.fail(None, Fault::Slow(10 * MILLISECOND));
            if is_held {
                fleet.store.inner.acquire(&key(), SECOND).await.unwrap().unwrap();
            }
            if finishes_within(&fleet, polls).await {
                break;
            }
            drops += 1;
            fleet.store.recover();
            let started = tokio::time::Instant::now();
            let tokens = fleet.tokens().await;
            assert!(tokens.iter().all(|token| *token == tokens[0]), "{polls}: {tokens:?}");
            assert!(started.elapsed() < 4 * SECOND, "{polls}: {:?}", started.elapsed());
            assert!(fleet.server.requests() <= 2, "{polls}");
            assert_eq!(fleet.published().await.unwrap(), tokens[0], "{polls}");
            value_of(&fleet.members[0]).await;
        }
    }
    assert!(drops > 15, "only {drops} await points");
}

/// Polls an attempt this often, and drops it. Returns true if it finished before.
async fn finishes_within(fleet: &Fleet, polls: usize) -> bool {
    let purpose = Purpose::new(RefreshReason::Initial, MinValidity::ExpiryMargin, None, None);
    let (shared, key) = (fleet.shared_fetch(1, Arc::clone(&fleet.store) as _), key());
    let mut attempt = Box::pin(shared.fetch(&key, &purpose, fleet.server.request()));
    for _ in 0..polls {
        if attempt.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            return true;
        }
        sleep(5 * MILLISECOND).await;
    }
    false
}
