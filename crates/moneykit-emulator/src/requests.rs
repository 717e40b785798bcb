//! Counting requests.

use std::sync::{Mutex, PoisonError};

/// How many requests the emulator has answered so far.
///
/// A request is counted before its answer is sent: whoever has the answer finds it counted. All numbers of one value
/// belong to the same moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestCounts {
    /// RequestCounts to `/auth/token`, of every method and with every outcome.
    pub token: u64,
    /// Those of [`token`](Self::token) that were answered with a new access token. The others were refused,
    /// or failed on demand.
    pub tokens_issued: u64,
    /// RequestCounts to every other path, with every outcome.
    pub api: u64,
    /// Those of [`api`](Self::api) that were refused: for want of a valid access token, or for a body that broke off.
    /// The others were answered 200.
    pub api_refused: u64,
}

/// Where requests are counted.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<RequestCounts>);

impl Counters {
    pub(crate) fn snapshot(&self) -> RequestCounts {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count_token_request(&self, issued: bool) {
        self.update(|requests| {
            requests.token += 1;
            requests.tokens_issued += u64::from(issued);
        });
    }

    pub(crate) fn count_api_request(&self, refused: bool) {
        self.update(|requests| {
            requests.api += 1;
            requests.api_refused += u64::from(refused);
        });
    }

    fn update(&self, change: impl FnOnce(&mut RequestCounts)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
