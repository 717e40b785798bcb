//! The handle of a running emulator.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::builder::EmulatorBuilder;
use crate::fault::{Fault, Faults};
use crate::requests::RequestCounts;
use crate::server::Server;
use crate::shared::Shared;

/// A running emulator. Dropping it stops it.
///
/// It can be started, used and dropped inside an async runtime or outside of any, and shared between threads. It
/// serves on a thread of its own, so it outlives the runtime in which it was started, and a paused clock there does
/// not touch it.
///
/// `drop` waits until the port is closed. It cuts every connection, idle or not.
///
/// `Debug` shows the URL, the client IDs and the counters; never a secret or a token.
pub struct Emulator {
    url: String,
    shared: Arc<Shared>,
    /// Held for its `Drop`.
    _server: Server,
}

impl Emulator {
    /// Returns a builder for an emulator with one default client, tokens that live for an hour, and a port of the
    /// system's choosing.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::new()
    }

    pub(crate) fn new(server: Server, shared: Arc<Shared>) -> Self {
        Self { url: format!("http://{}", server.address()), shared, _server: server }
    }

    /// The base URL, such as `http://127.0.0.1:40123`. It has no trailing slash: append `/auth/token`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many requests were answered so far, by kind and outcome.
    pub fn request_counts(&self) -> RequestCounts {
        self.shared.counters.snapshot()
    }

    /// Moves the emulator's clock ahead, so that tokens expire while nobody sleeps. Several calls add up; there is no
    /// way back.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
    }

    /// The time since the emulator's start by its own clock, with every [`advance`](Self::advance) in it. A
    /// client that tells the time by this goes where the emulator goes.
    pub fn now(&self) -> Duration {
        self.shared.clock.now()
    }

    /// When a token ends, by the clock of [`now`](Self::now); `None` for one that was never issued, or was
    /// revoked.
    pub fn token_expires_at(&self, token: &str) -> Option<Duration> {
        self.shared.tokens.end(token)
    }

    /// Lets the next so many token requests fail like this. Several calls queue up; requests that come after
    /// them fail by chance again, if any do.
    pub fn fail_next(&self, requests: usize, fault: Fault) {
        self.shared.faults.fail_next(requests, fault);
    }

    /// Lets token requests fail by other chances from now on, and forgets what [`fail_next`](Self::fail_next)
    /// has left. With [`Faults::default`] nothing fails any more.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.faults.replace(faults);
    }

    /// Revokes every token issued so far: from now on, requests that carry one are answered 401 with
    /// `api_error.auth.unauthorized`. Tokens issued later are good.
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
