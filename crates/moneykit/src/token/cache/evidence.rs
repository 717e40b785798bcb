//! Evidence for and against a token: the successes and the 401s of the requests that carried it.

use std::time::Duration;

use crossbeam_utils::CachePadded;

use crate::sync::{AtomicBool, AtomicU64, Ordering};

/// What responses said about one token.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// When the latest-sent successful request was sent, in nanoseconds of the monotonic clock plus one; zero without
    /// a success. On a cache line of its own, which a cache hit never reads.
    last_success: CachePadded<AtomicU64>,
    /// A request met a 401 that no later success refuted.
    suspect: AtomicBool,
}

impl Evidence {
    /// Records that a request succeeded that was sent at `sent`.
    pub(super) fn record_success(&self, sent: Duration) {
        let sent = stamp(sent);
        if self.last_success.load(Ordering::Relaxed) < sent {
            self.last_success.store(sent, Ordering::Relaxed);
        }
        // Read first: a store would make every success write to this line.
        if self.suspect.load(Ordering::Relaxed) {
            self.suspect.store(false, Ordering::Relaxed);
        }
    }

    /// Returns true if any request succeeded with the token.
    pub(super) fn is_proven(&self) -> bool {
        self.last_success.load(Ordering::Relaxed) != 0
    }

    /// Returns true if a request succeeded that was sent after `sent`.
    pub(super) fn succeeded_after(&self, sent: Duration) -> bool {
        self.last_success.load(Ordering::Relaxed) > stamp(sent)
    }

    pub(super) fn mark_suspect(&self) {
        self.suspect.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_suspect(&self) -> bool {
        self.suspect.load(Ordering::Relaxed)
    }

    /// Returns a copy of the evidence, for another entry of the same token.
    pub(super) fn copy(&self) -> Self {
        Self {
            last_success: CachePadded::new(AtomicU64::new(self.last_success.load(Ordering::Relaxed))),
            suspect: AtomicBool::new(self.is_suspect()),
        }
    }
}

/// Returns a time in nanoseconds plus one, so that zero means never.
fn stamp(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX - 1).saturating_add(1)
}
