//! Setting an emulator up.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::answers::{Answers, Preparation};
use crate::clients::{Clients, Registration};
use crate::clock::Clock;
use crate::emulator::Emulator;
use crate::fault::{FaultPlan, Faults};
use crate::requests::Counters;
use crate::secret::Secret;
use crate::server::Server;
use crate::shared::Shared;
use crate::token_store::TokenStore;

/// The ID of the client that is registered when no other is.
pub const DEFAULT_CLIENT_ID: &str = "live_5c739a369515e10fc9e0";

/// The secret of the client that is registered when no other is. It opens emulators only, so it may be printed.
pub const DEFAULT_CLIENT_SECRET: &str = "emulator-client-secret";

/// How long access tokens live unless [`EmulatorBuilder::token_lifetime`] says otherwise: one hour, the contract's
/// example.
pub const DEFAULT_TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

/// Sets an [`Emulator`] up. Made by [`Emulator::builder`].
///
/// `Debug` shows client IDs and scopes; secrets are redacted, and so are the bodies of prepared answers.
#[derive(Clone, Debug)]
#[must_use = "nothing is served before `start`"]
pub struct EmulatorBuilder {
    clients: Vec<Registration>,
    token_lifetime: Duration,
    answers: Vec<Preparation>,
    port: u16,
    faults: Faults,
}

impl EmulatorBuilder {
    pub(crate) fn new() -> Self {
        Self {
            clients: Vec::new(),
            token_lifetime: DEFAULT_TOKEN_LIFETIME,
            answers: Vec::new(),
            port: 0,
            faults: Faults::default(),
        }
    }

    /// Registers a client that is allowed every scope. Any number of clients may be registered.
    ///
    /// The ID and the secret are any text that is not empty. An ID with a colon can be presented in the form body
    /// only, since Basic takes the colon for its separator (RFC 7617 §2).
    ///
    /// Without any registration, [`start`](Self::start) registers [`DEFAULT_CLIENT_ID`] with
    /// [`DEFAULT_CLIENT_SECRET`].
    pub fn client(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.clients.push(Registration { id: id.into(), secret: Secret::new(secret), scopes: None });
        self
    }

    /// Registers a client that is allowed these scopes only: it gets all of them when it asks for none in
    /// particular, and 401 when it asks for any other.
    pub fn client_with_scopes<S: Into<String>>(
        mut self,
        id: impl Into<String>,
        secret: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        self.clients.push(Registration {
            id: id.into(),
            secret: Secret::new(secret),
            scopes: Some(scopes.into_iter().map(Into::into).collect()),
        });
        self
    }

    /// Sets how long access tokens live; [`DEFAULT_TOKEN_LIFETIME`] if never called. With zero, a token has expired
    /// by the time it arrives.
    ///
    /// The wire has whole seconds: `expires_in` is the lifetime rounded down, the token lives for all of it.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// Prepares the answer to one method and path of the rest of the API, in place of the echo of the request.
    /// Whoever has a good token gets it, whatever the query and the body. Any number of answers may be prepared.
    ///
    /// The path is compared as it travels, percent-encoded. The body is JSON, sent as it is, or empty for an answer
    /// that has none.
    ///
    /// ```
    /// # use moneykit_emulator::Emulator;
    /// let link = r#"{"link_id": "lnk_1", "state": "connected"}"#;
    /// let emulator = Emulator::builder().stub("GET", "/links/lnk_1", 200, link).start()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stub(
        mut self,
        method: impl Into<String>,
        path: impl Into<String>,
        status: u16,
        json: impl Into<String>,
    ) -> Self {
        self.answers.push(Preparation {
            method: method.into(),
            path: path.into(),
            status,
            json: json.into(),
        });
        self
    }

    /// Sets the port on 127.0.0.1. 0, the default, lets the system choose a free one, so that tests can run at the
    /// same time.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Lets token requests fail by chance. Without this, none does.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// Starts to serve. Once this has returned, the emulator accepts connections.
    ///
    /// # Errors
    ///
    /// - [`io::ErrorKind::InvalidInput`]: a client ID or a secret is empty, a client ID is registered twice, a
    ///   scope is not a scope name by RFC 6749 §3.3, or nobody could ever get an answer that was prepared, such as
    ///   one whose body is not JSON. The message says which, and never holds a secret.
    /// - Any other kind is the system's, such as [`io::ErrorKind::AddrInUse`] for a port that is taken.
    pub fn start(mut self) -> io::Result<Emulator> {
        if self.clients.is_empty() {
            self = self.client(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET);
        }
        let shared = Arc::new(Shared {
            answers: Answers::prepare(self.answers)?,
            clients: Clients::register(self.clients)?,
            tokens: TokenStore::new(self.token_lifetime),
            clock: Clock::start(),
            counters: Counters::default(),
            faults: FaultPlan::new(self.faults),
        });
        let server = Server::start(self.port, Arc::clone(&shared))?;
        Ok(Emulator::new(server, shared))
    }
}
