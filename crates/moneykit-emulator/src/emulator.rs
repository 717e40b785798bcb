//! The handle to a running emulator.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::builder::EmulatorBuilder;
use crate::fault::{Fault, Faults};
use crate::request_counts::RequestCounts;
use crate::server::Server;
use crate::shared::Shared;

/// A running emulator, which stops when this handle is dropped.
///
/// The emulator runs on its own thread with its own runtime. It can be started, used and dropped inside or outside of
/// an async runtime and shared between threads. It keeps running if the runtime that started it shuts down, and a
/// paused tokio clock does not affect it.
///
/// Dropping the handle closes all connections, idle or not, and blocks until the port is closed.
///
/// `Debug` shows the URL, the client IDs and the request counts, and never a secret or a token.
pub struct Emulator {
    url: String,
    shared: Arc<Shared>,
    /// Kept for its `Drop`.
    _server: Server,
}

impl Emulator {
    /// Returns a builder with these defaults: one client, tokens with a lifetime of one hour, and a free port that the
    /// operating system chooses.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::new()
    }

    pub(crate) fn new(server: Server, shared: Arc<Shared>) -> Self {
        Self { url: format!("http://{}", server.address()), shared, _server: server }
    }

    /// Returns the base URL, such as `http://127.0.0.1:40123`. It has no trailing slash: append `/auth/token`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the number of requests handled so far, by kind and outcome.
    pub fn request_counts(&self) -> RequestCounts {
        self.shared.counters.snapshot()
    }

    /// Advances the emulator's clock, so that tests can let tokens expire without sleeping.
    ///
    /// Several calls add up. The clock cannot be moved back.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
    }

    /// Returns the time since the emulator started by its own clock: the real time plus every
    /// [`advance`](Self::advance).
    ///
    /// A client under test that uses this as its clock stays in step with the emulator.
    pub fn now(&self) -> Duration {
        self.shared.clock.now()
    }

    /// Returns the point in time at which a token expires, on the clock of [`now`](Self::now). Returns `None` if the
    /// token was never issued or has been revoked.
    pub fn token_expires_at(&self, token: &str) -> Option<Duration> {
        self.shared.tokens.expires_at(token)
    }

    /// Injects a fault into the next `requests` token requests.
    ///
    /// Several calls queue up. When the queue is empty, the random faults of [`EmulatorBuilder::faults`] or
    /// [`set_faults`](Self::set_faults) apply again.
    pub fn fail_next(&self, requests: usize, fault: Fault) {
        self.shared.faults.fail_next(requests, fault);
    }

    /// Replaces the random faults and clears the queue of [`fail_next`](Self::fail_next). With [`Faults::default`],
    /// token requests no longer fail.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.faults.replace(faults);
    }

    /// Revokes every token issued so far.
    ///
    /// Requests that use a revoked token are rejected with 401 and `api_error.auth.unauthorized`. Tokens issued after
    /// this call are valid.
    pub fn revoke_tokens(&self) {
        self.shared.tokens.revoke_all();
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("url", &self.url)
            .field("clients", &self.shared.clients.ids())
            .field("token_lifetime", &self.shared.tokens.lifetime())
            .field("request_counts", &self.request_counts())
            .finish_non_exhaustive()
    }
}
