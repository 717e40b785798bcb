//! The server's tokens, and the API that accepts or refuses them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use moneykit_tests::{Request, bearer_token};

/// Issues tokens and decides which requests it accepts.
pub(crate) struct Api {
    started: Instant,
    accepts: Box<Accepts>,
    /// When each token was issued.
    issued: Mutex<Vec<Instant>>,
    /// Tokens with a smaller number are revoked.
    first_valid: AtomicUsize,
}

/// Returns true if the API accepts a request.
pub(crate) type Accepts = dyn Fn(&Call<'_>) -> bool + Send + Sync;

/// A request as the API sees it.
pub(crate) struct Call<'a> {
    /// The number of its token, from 0.
    pub(crate) token: usize,
    /// The time since the token was issued.
    pub(crate) age: Duration,
    /// The time since the server started.
    pub(crate) at: Duration,
    pub(crate) path: &'a str,
}

impl Api {
    pub(crate) fn new(accepts: Box<Accepts>) -> Self {
        Self { started: Instant::now(), accepts, issued: Mutex::default(), first_valid: AtomicUsize::new(0) }
    }

    /// Returns a new token, which begins with its number and has the length of a real one.
    pub(crate) fn issue_token(&self) -> String {
        let mut issued = self.issued.lock().unwrap();
        issued.push(Instant::now());
        format!("{}{}", issued.len() - 1, "t".repeat(1_024))
    }

    /// Revokes every token issued so far.
    pub(crate) fn revoke_tokens(&self) {
        self.first_valid.store(self.issued.lock().unwrap().len(), Ordering::SeqCst);
    }

    /// Returns true if the API accepts a request.
    pub(crate) fn accepts(&self, request: &Request) -> bool {
        let Some(token) = bearer_token(request).and_then(token_number) else { return false };
        let Some(issued) = self.issued.lock().unwrap().get(token).copied() else { return false };
        let call =
            Call { token, age: issued.elapsed(), at: self.started.elapsed(), path: request.uri().path() };
        token >= self.first_valid.load(Ordering::SeqCst) && (self.accepts)(&call)
    }
}

fn token_number(token: &str) -> Option<usize> {
    token.trim_end_matches('t').parse().ok()
}
