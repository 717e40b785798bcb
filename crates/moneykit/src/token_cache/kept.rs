use std::time::Duration;

use http::HeaderValue;

use super::policy::CachePolicy;
use super::shards::{Sharded, Thread};
use crate::clock::Moment;
use crate::jitter::Jitter;
use crate::sync::{AtomicU64, Ordering};
use crate::token::AccessToken;

/// A token that is kept, with everything that a caller needs to know of it worked out beforehand.
#[derive(Debug)]
pub(super) struct Kept {
    token: AccessToken,
    /// A copy of the header for each shard of callers.
    headers: Sharded<HeaderValue>,
    refresh: Deadline,
    margin: Deadline,
    end: Deadline,
    /// When a refresh may next be started, in nanoseconds of the monotonic clock. Whoever moves it ahead
    /// starts one.
    claim: AtomicU64,
}

/// What a token is good for at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It is good, and there is nothing to do.
    Fresh,
    /// It is good, and it is time to get the next one.
    Window,
    /// It is about to end, or has ended.
    Past,
}

impl Kept {
    /// Works out the life of a token.
    pub(super) fn new(token: AccessToken, policy: &CachePolicy, jitter: &Jitter) -> Self {
        let lifetime = token.lifetime().min(policy.longest);
        let deadline = |after: Duration| Deadline::after(token.requested(), after);
        let margin = policy.margin.min(lifetime / 10);
        let window = policy.window.min(lifetime / 5) + jitter.up_to(lifetime / 10);
        Self {
            headers: Sharded::new(|| token.separate_header()),
            refresh: deadline(lifetime.saturating_sub(window.max(margin))),
            margin: deadline(lifetime.saturating_sub(margin)),
            end: deadline(lifetime),
            claim: AtomicU64::new(0),
            token,
        }
    }

    pub(super) fn token(&self) -> &AccessToken {
        &self.token
    }

    /// Returns the header, in the copy to which this thread counts references.
    pub(super) fn header(&self, thread: Thread) -> HeaderValue {
        self.headers.of(thread).clone()
    }

    pub(super) fn phase(&self, now: Moment) -> Phase {
        if !self.refresh.is_past(now) {
            Phase::Fresh
        } else if !self.margin.is_past(now) {
            Phase::Window
        } else {
            Phase::Past
        }
    }

    /// Says whether the token has at least this much life left, and its margin besides nothing.
    pub(super) fn is_good_for(&self, wanted: Wanted, now: Moment) -> bool {
        match wanted {
            Wanted::Margin => !self.margin.is_past(now),
            Wanted::Life(time) => self.end.remaining(now) >= time,
        }
    }

    /// Says whether the token has not ended, though it may be about to.
    pub(super) fn is_alive(&self, now: Moment) -> bool {
        !self.end.is_past(now)
    }

    /// Returns how much life is left.
    pub(super) fn remaining(&self, now: Moment) -> Duration {
        self.end.remaining(now)
    }

    /// Lets one caller of many start a refresh: true for the first to ask, for whom the claim is held until
    /// `lease` is over.
    pub(super) fn claim_refresh(&self, now: Moment, lease: Duration) -> bool {
        let now = nanos(now.monotonic());
        let due = self.claim.load(Ordering::Relaxed);
        // A clock that stands still may show the very moment at which the claim ends.
        now >= due
            && self
                .claim
                .compare_exchange(due, now.saturating_add(nanos(lease)), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }

    /// Lets nobody start a refresh before a time of the monotonic clock.
    pub(super) fn hold_refresh(&self, until: Duration) {
        self.claim.store(nanos(until), Ordering::Relaxed);
    }
}

/// How much life a caller wants a token to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The expiry margin.
    Margin,
    /// At least this much.
    Life(Duration),
}

/// A moment by both clocks, reached as soon as either says so.
///
/// The monotonic clock misses the time for which the machine was suspended; the wall clock has that, but can
/// be set back. Whichever is ahead is right.
#[derive(Debug, Clone, Copy)]
struct Deadline(Moment);

impl Deadline {
    fn after(start: Moment, time: Duration) -> Self {
        Self(Moment::new(start.monotonic().saturating_add(time), start.wall().saturating_add(time)))
    }

    fn is_past(self, now: Moment) -> bool {
        now.monotonic() >= self.0.monotonic() || now.wall() >= self.0.wall()
    }

    fn remaining(self, now: Moment) -> Duration {
        let monotonic = self.0.monotonic().saturating_sub(now.monotonic());
        monotonic.min(self.0.wall().saturating_sub(now.wall()))
    }
}

/// Five hundred years of nanoseconds fit.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
