//! A cached token with its deadlines computed in advance.

use std::time::Duration;

use http::HeaderValue;

use super::evidence::Evidence;
use super::policy::CachePolicy;
use super::shards::{ShardIndex, Sharded};
use crate::defaults::YOUNG_TOKEN_AGE;
use crate::sync::{AtomicU64, Ordering};
use crate::time::{Jitter, Moment};
use crate::token::AccessToken;

/// A token in the cache, with everything that a caller needs computed in advance.
#[derive(Debug)]
pub(super) struct CachedToken {
    token: AccessToken,
    /// One copy of the header per shard of callers.
    headers: Sharded<HeaderValue>,
    refresh: Deadline,
    margin: Deadline,
    expiry: Deadline,
    /// The earliest time of the next early refresh, in nanoseconds of the monotonic clock. The caller that
    /// advances it starts the refresh.
    claim: AtomicU64,
    evidence: Evidence,
}

/// The phase of a token's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The token is usable.
    Fresh,
    /// The token is usable and in its refresh window.
    RefreshDue,
    /// The token has expired or is within its expiry margin.
    Expired,
}

/// For how long a caller needs a token to remain valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MinValidity {
    /// For the expiry margin.
    ExpiryMargin,
    /// For at least this long.
    AtLeast(Duration),
}

impl CachedToken {
    pub(super) fn new(token: AccessToken, policy: &CachePolicy, jitter: &Jitter) -> Self {
        let lifetime = token.lifetime().min(policy.max_lifetime);
        let margin = policy.margin_of(lifetime);
        let window = policy.refresh_window.min(lifetime / 5) + jitter.up_to(lifetime / 10);
        let deadline = |after: Duration| Deadline::of(&token, after);
        let cached = Self {
            headers: Sharded::new(|| token.unshared_header()),
            refresh: deadline(lifetime.saturating_sub(window.max(margin))),
            margin: deadline(lifetime.saturating_sub(margin)),
            expiry: deadline(lifetime),
            claim: AtomicU64::new(0),
            evidence: Evidence::default(),
            token,
        };
        if cached.token.age() >= YOUNG_TOKEN_AGE {
            // The API has had the time to learn of it: a 401 does not mean that it will know it soon.
            cached.evidence.record_success(Duration::ZERO);
        }
        cached
    }

    /// Returns an entry that never expires and is never refreshed.
    pub(super) fn permanent(token: AccessToken) -> Self {
        let never = Deadline(Moment::new(Duration::MAX, Duration::MAX));
        Self {
            headers: Sharded::new(|| token.unshared_header()),
            refresh: never,
            margin: never,
            expiry: never,
            claim: AtomicU64::new(0),
            evidence: Evidence::default(),
            token,
        }
    }

    /// Returns another entry of the same token whose refresh is due at once.
    pub(super) fn with_refresh_due(&self, now: Moment) -> Self {
        Self {
            headers: Sharded::new(|| self.token.unshared_header()),
            refresh: Deadline(now),
            margin: self.margin,
            expiry: self.expiry,
            claim: AtomicU64::new(0),
            evidence: self.evidence.copy(),
            token: self.token.clone(),
        }
    }

    pub(super) fn token(&self) -> &AccessToken {
        &self.token
    }

    pub(super) fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Returns true if this token is in the `Authorization` header.
    pub(super) fn carries(&self, authorization: &HeaderValue) -> bool {
        self.token.authorization_header() == authorization
    }

    /// Returns the header, in the copy whose reference count belongs to this shard.
    pub(super) fn header(&self, shard: ShardIndex) -> HeaderValue {
        self.headers.get(shard).clone()
    }

    pub(super) fn phase(&self, now: Moment) -> Phase {
        if !self.refresh.has_passed(now) {
            Phase::Fresh
        } else if !self.margin.has_passed(now) {
            Phase::RefreshDue
        } else {
            Phase::Expired
        }
    }

    /// Returns true if the token remains valid for long enough.
    pub(super) fn satisfies(&self, min_validity: MinValidity, now: Moment) -> bool {
        match min_validity {
            MinValidity::ExpiryMargin => !self.margin.has_passed(now),
            MinValidity::AtLeast(validity) => self.expiry.remaining(now) >= validity,
        }
    }

    /// Returns true if the token has not expired; it may be within its expiry margin.
    pub(super) fn is_unexpired(&self, now: Moment) -> bool {
        !self.expiry.has_passed(now)
    }

    /// Returns the time until the token expires.
    pub(super) fn remaining(&self, now: Moment) -> Duration {
        self.expiry.remaining(now)
    }

    /// Returns true for the first of many callers, who then starts a refresh; false for the others until `lease`
    /// has passed.
    pub(super) fn claim_refresh(&self, now: Moment, lease: Duration) -> bool {
        let now = nanos(now.monotonic());
        let due = self.claim.load(Ordering::Relaxed);
        // A clock that stands still may show the very moment at which the lease ends.
        now >= due
            && self
                .claim
                // Acquires what the task of a lost refresh wrote before it withdrew the claim.
                .compare_exchange(due, now.saturating_add(nanos(lease)), Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
    }

    /// Prevents early refreshes until a time of the monotonic clock.
    pub(super) fn hold_refresh(&self, until: Duration) {
        self.claim.store(nanos(until), Ordering::Release);
    }
}

/// A moment by both clocks, passed as soon as either clock says so.
///
/// The monotonic clock does not count the time for which the machine was suspended. The wall clock does, but it
/// can be set back.
#[derive(Debug, Clone, Copy)]
struct Deadline(Moment);

impl Deadline {
    /// Returns the deadline that a token reaches at this age.
    fn of(token: &AccessToken, age: Duration) -> Self {
        let (since, left) = (token.since(), age.saturating_sub(token.age()));
        Self(Moment::new(since.monotonic().saturating_add(left), since.wall().saturating_add(left)))
    }

    fn has_passed(self, now: Moment) -> bool {
        now.monotonic() >= self.0.monotonic() || now.wall() >= self.0.wall()
    }

    fn remaining(self, now: Moment) -> Duration {
        let monotonic = self.0.monotonic().saturating_sub(now.monotonic());
        monotonic.min(self.0.wall().saturating_sub(now.wall()))
    }
}

/// Returns a duration in nanoseconds; 64 bits hold five hundred years.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
