//! The purpose of a refresh: what its token source needs to know.

use super::MinValidity;
use crate::sync::{AtomicBool, Ordering};
use crate::token::AccessToken;

/// What a refresh is for. A source that shares tokens with other processes decides by it which of their tokens serves.
#[cfg_attr(not(feature = "token-store"), expect(dead_code, reason = "only stores need all of it"))]
pub(crate) struct Purpose {
    pub(crate) reason: RefreshReason,
    /// For how long the caller that started the refresh needs the new token.
    pub(crate) min_validity: MinValidity,
    /// The current token.
    pub(crate) replaces: Option<AccessToken>,
    /// The token that the API rejected last, whether or not it is the current one.
    pub(crate) rejected: Option<RejectedToken>,
    pub(super) has_waiters: AtomicBool,
    /// An attempt of this refresh waited for another process, and in vain.
    has_waited: AtomicBool,
}

/// A token that the API rejected.
#[derive(Clone)]
#[cfg_attr(not(feature = "token-store"), expect(dead_code, reason = "only stores need it"))]
pub(crate) struct RejectedToken {
    pub(crate) token: AccessToken,
    /// The token is known to be dead, and not merely suspect.
    pub(crate) is_dead: bool,
}

/// Why a refresh started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefreshReason {
    /// There was no token yet.
    Initial,
    /// The token is in its refresh window; nobody waits.
    Early,
    /// The token expired, or is within its expiry margin.
    Expired,
    /// The API rejected the token.
    Invalidated,
    /// A caller needs a token that remains valid for longer than the current one.
    MinValidity,
}

impl Purpose {
    pub(crate) fn new(
        reason: RefreshReason,
        min_validity: MinValidity,
        replaces: Option<AccessToken>,
        rejected: Option<RejectedToken>,
    ) -> Self {
        // Nobody waits for an early refresh, so it makes a single attempt: the cool-down leaves time for the next.
        let has_waiters = AtomicBool::new(reason != RefreshReason::Early);
        Self { reason, min_validity, replaces, rejected, has_waiters, has_waited: AtomicBool::new(false) }
    }

    /// Returns true if a caller waits for the outcome.
    pub(crate) fn has_waiters(&self) -> bool {
        self.has_waiters.load(Ordering::Relaxed)
    }

    /// Returns true if an attempt of this refresh waited for another process in vain: one wait is enough.
    #[cfg(feature = "token-store")]
    pub(crate) fn has_waited(&self) -> bool {
        self.has_waited.load(Ordering::Relaxed)
    }

    #[cfg(feature = "token-store")]
    pub(crate) fn record_wait(&self) {
        self.has_waited.store(true, Ordering::Relaxed);
    }
}

impl RefreshReason {
    /// Returns the value of the label `reason` in metrics and traces.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Early => "early",
            Self::Expired => "expired",
            Self::Invalidated => "invalidated",
            Self::MinValidity => "min_validity",
        }
    }

    /// Returns true if a caller caused the refresh rather than the passing of time; such refreshes are spaced.
    pub(super) fn is_forced(self) -> bool {
        matches!(self, Self::Invalidated | Self::MinValidity)
    }
}
