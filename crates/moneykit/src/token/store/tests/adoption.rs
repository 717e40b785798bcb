//! Tests of which tokens of a store are adopted, and for how long they live.

use std::sync::Arc;
use std::time::Duration;

use super::harness::{Call, Fault, Fleet, LIFETIME, SECOND, advance, key, value_of};
use crate::time::Clock;
use crate::token::cache::BoxFuture;
use crate::token::store::{Lease, StoreFuture, StoreKey, StoredToken, TokenDigest, TokenStore};

/// A store that returns one token, whatever was published.
struct LyingStore(StoredToken);

impl TokenStore for LyingStore {
    fn load<'a>(&'a self, _: &'a StoreKey) -> StoreFuture<'a, Option<StoredToken>> {
        Box::pin(async { Ok(Some(self.0.clone())) })
    }

    fn acquire<'a>(&'a self, _: &'a StoreKey, _: Duration) -> StoreFuture<'a, Option<Lease>> {
        Box::pin(async { Ok(Some(Lease::new(0, ""))) })
    }

    fn renew<'a>(&'a self, _: &'a StoreKey, _: &'a Lease, _: Duration) -> StoreFuture<'a, bool> {
        Box::pin(async { Ok(false) })
    }

    fn release<'a>(&'a self, _: &'a StoreKey, _: &'a Lease) -> StoreFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn publish<'a>(&'a self, _: &'a StoreKey, _: &'a Lease, _: &'a StoredToken) -> StoreFuture<'a, bool> {
        Box::pin(async { Ok(false) })
    }

    fn invalidate<'a>(&'a self, _: &'a StoreKey, _: &'a TokenDigest) -> StoreFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Hints without end.
    fn published<'a>(&'a self, _: &'a StoreKey) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_that_cannot_be_used_are_not() {
    let hour = 3600 * SECOND;
    for (case, value, lifetime, remaining) in [
        ("expired", "stored", hour, Duration::ZERO),
        ("within its expiry margin", "stored", hour, 10 * SECOND),
        ("within a tenth of its lifetime", "stored", 50 * SECOND, 5 * SECOND),
        ("without a lifetime", "stored", Duration::ZERO, hour),
        ("older than the maximum", "stored", Duration::MAX, Duration::ZERO),
        ("empty", "", hour, hour),
        ("a control character", "stored\n", hour, hour),
        ("two tokens", "stored stored", hour, hour),
        ("not ASCII", "störed", hour, hour),
    ] {
        let fleet = Fleet::new(0);
        let store = Arc::new(LyingStore(StoredToken::new(value, lifetime, remaining)));
        let member = fleet.member_with(1, store);
        assert_eq!(value_of(&member).await, "token-1", "{case}");
        assert!(member.status().store.unwrap().is_available(), "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_token_lives_for_longer_than_its_lifetime_or_a_day() {
    let (hour, day) = (3600 * SECOND, 86_400 * SECOND);
    for (lifetime, remaining, expected) in [
        (hour, hour / 2, hour / 2),
        (hour, 2 * hour, hour),
        (Duration::MAX, Duration::MAX, day),
        (2 * day, day / 2, day / 2),
        (hour, 11 * SECOND, 11 * SECOND),
    ] {
        let fleet = Fleet::new(0);
        let store = Arc::new(LyingStore(StoredToken::new("stored", lifetime, remaining)));
        let member = fleet.member_with(1, store);
        assert_eq!(value_of(&member).await, "stored");
        assert_eq!(member.status().expires_in, Some(expected), "{lifetime:?} {remaining:?}");
        let token = member.token().await.unwrap();
        let expires_at = token.expires_at().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(expires_at, fleet.clock.now().wall() + expected, "{lifetime:?} {remaining:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_adopted_token_expires_by_both_clocks() {
    for shift in [-100_000, 0, 700] {
        let fleet = Fleet::new(1);
        fleet.tokens().await;
        // The new member's process starts now: its monotonic clock has no reading for when the token was requested.
        advance(500 * SECOND).await;
        let member = fleet.member(9);
        assert_eq!(value_of(&member).await, "token-1");
        fleet.clock.shift_wall_clock(shift);
        let expected = if shift > 0 { "token-2" } else { "token-1" };
        assert_eq!(value_of(&member).await, expected, "{shift}");
        advance(500 * SECOND).await;
        assert_ne!(value_of(&member).await, "token-1", "{shift}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_that_a_load_takes_counts() {
    let fleet = Fleet::new(0);
    let store = Arc::clone(&fleet.store);
    let lease = store.inner.acquire(&key(), SECOND).await.unwrap().unwrap();
    let stored = StoredToken::new("stored", LIFETIME, LIFETIME / 2);
    assert!(store.inner.publish(&key(), &lease, &stored).await.unwrap());
    store.fail(Call::Load, Fault::Slow(Duration::from_millis(200)));
    let member = fleet.member(1);
    assert_eq!(value_of(&member).await, "stored");
    let expires_in = member.status().expires_in.unwrap();
    assert!(expires_in + Duration::from_millis(200) <= LIFETIME / 2, "{expires_in:?}");
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_is_not_adopted_again() {
    let fleet = Fleet::new(0);
    let stored = StoredToken::new("stored", LIFETIME, LIFETIME);
    let member = fleet.member_with(1, Arc::new(LyingStore(stored)));
    let token = member.token().await.unwrap();
    member.invalidate(&token);
    assert_eq!(value_of(&member).await, "token-1");
    // Refreshes for other reasons do not bring it back either.
    for second in 0..3 * LIFETIME.as_secs() {
        advance(SECOND).await;
        assert_ne!(value_of(&member).await, "stored", "{second}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_required_validity_holds_for_adopted_tokens_too() {
    let fleet = Fleet::new(2);
    fleet.tokens().await;
    advance(600 * SECOND).await;
    let [one, other] = &fleet.members[..] else { unreachable!() };
    assert_eq!(one.token_valid_for(500 * SECOND).await.unwrap().expose_secret(), "token-2");
    assert_eq!(other.token_valid_for(500 * SECOND).await.unwrap().expose_secret(), "token-2");
    assert_eq!(fleet.server.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_early_refresh_adopts_no_token_that_expires_sooner() {
    let fleet = Fleet::new(0);
    let stored = StoredToken::new("stored", LIFETIME, LIFETIME / 10);
    let member = fleet.member_with(1, Arc::new(LyingStore(stored)));
    assert_eq!(value_of(&member).await, "stored");
    assert_eq!(value_of(&member).await, "stored");
    advance(SECOND).await;
    assert_eq!(value_of(&member).await, "token-1", "an early refresh requests a token");
    advance(LIFETIME * 85 / 100).await;
    value_of(&member).await;
    advance(SECOND).await;
    assert_eq!(value_of(&member).await, "token-2");
}
