//! Request counters.

use std::sync::{Mutex, PoisonError};

/// The number of requests that the emulator has handled, by kind and outcome.
///
/// The emulator counts a request before it sends the response, so a client that has received a response also finds
/// the request counted. All fields of one value are from the same point in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct RequestCounts {
    /// Requests to `/auth/token`, with any method and outcome.
    pub token: u64,
    /// Requests in [`token`](Self::token) that were issued an access token. The others were rejected, or failed
    /// because of a [`Fault`](crate::Fault) or a rate limit.
    pub tokens_issued: u64,
    /// Requests to any other path, with any outcome.
    pub api: u64,
    /// Requests in [`api`](Self::api) that received neither a stub nor an echo: because they had no valid access token
    /// or no complete body, because of a fault or a rate limit, or because no stub matched
    /// ([`Unmatched::Fail`](crate::Unmatched::Fail)).
    pub api_rejected: u64,
}

/// The counters behind [`RequestCounts`].
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<RequestCounts>);

impl Counters {
    pub(crate) fn snapshot(&self) -> RequestCounts {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn reset(&self) {
        self.update(|counts| *counts = RequestCounts::default());
    }

    pub(crate) fn count_token_request(&self, issued: bool) {
        self.update(|counts| {
            counts.token += 1;
            counts.tokens_issued += u64::from(issued);
        });
    }

    pub(crate) fn count_api_request(&self, rejected: bool) {
        self.update(|counts| {
            counts.api += 1;
            counts.api_rejected += u64::from(rejected);
        });
    }

    fn update(&self, update: impl FnOnce(&mut RequestCounts)) {
        update(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
