//! The builder that configures and starts an emulator.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::clients::{Clients, Registration};
use crate::clock::Clock;
use crate::emulator::Emulator;
use crate::fault::{FaultPlan, Faults};
use crate::request_counts::Counters;
use crate::secret::Secret;
use crate::server::Server;
use crate::shared::Shared;
use crate::stubs::{Stubs, UncheckedStub};
use crate::token_store::TokenStore;

/// The ID of the client that is registered if [`EmulatorBuilder`] registers no other.
pub const DEFAULT_CLIENT_ID: &str = "live_5c739a369515e10fc9e0";

/// The secret of the client that is registered if [`EmulatorBuilder`] registers no other.
///
/// It is not confidential: only emulators accept it.
pub const DEFAULT_CLIENT_SECRET: &str = "emulator-client-secret";

/// The default lifetime of access tokens: one hour, as in the contract's example.
pub const DEFAULT_TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

/// A builder for an [`Emulator`]. Create one with [`Emulator::builder`].
///
/// `Debug` shows client IDs and scopes. It redacts client secrets and the bodies of stubs.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `start` is called"]
pub struct EmulatorBuilder {
    clients: Vec<Registration>,
    token_lifetime: Duration,
    stubs: Vec<UncheckedStub>,
    port: u16,
    faults: Faults,
}

impl EmulatorBuilder {
    pub(crate) fn new() -> Self {
        Self {
            clients: Vec::new(),
            token_lifetime: DEFAULT_TOKEN_LIFETIME,
            stubs: Vec::new(),
            port: 0,
            faults: Faults::default(),
        }
    }

    /// Registers a client that is allowed every scope. Call it once per client.
    ///
    /// The ID and the secret can be any non-empty text. A client whose ID contains a colon can authenticate with the
    /// form body only, since Basic uses the colon as its separator (RFC 7617 §2).
    ///
    /// If no client is registered, [`start`](Self::start) registers [`DEFAULT_CLIENT_ID`] with
    /// [`DEFAULT_CLIENT_SECRET`].
    pub fn client(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.clients.push(Registration { id: id.into(), secret: Secret::new(secret), scopes: None });
        self
    }

    /// Registers a client that is allowed only the given scopes.
    ///
    /// A token request without `scope` is granted all of them. A request for any other scope is rejected with 401.
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

    /// Sets the lifetime of access tokens. The default is [`DEFAULT_TOKEN_LIFETIME`].
    ///
    /// `expires_in` is the lifetime rounded down to whole seconds; the token is valid for the exact lifetime. With a
    /// lifetime of zero, tokens are expired when they are issued.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// Stubs the response to one method and path of the API, instead of the echo of the request. Call it once per
    /// stub.
    ///
    /// Requests with a valid access token receive the stub, regardless of query and body; requests without one are
    /// still rejected with 401. The path is compared in its percent-encoded form. The body must be valid JSON and is
    /// sent unchanged; an empty string means no body. The token endpoint cannot be stubbed: see
    /// [`Emulator::fail_next`].
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
        self.stubs.push(UncheckedStub {
            method: method.into(),
            path: path.into(),
            status,
            json: json.into(),
        });
        self
    }

    /// Sets the port on 127.0.0.1. The default, 0, lets the operating system choose a free port, so that tests can run
    /// in parallel.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Injects random faults into token requests. By default there are none.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// Starts the emulator. It accepts connections as soon as this method returns.
    ///
    /// # Errors
    ///
    /// - [`io::ErrorKind::InvalidInput`] if a client ID or secret is empty, a client ID is registered twice, a scope
    ///   name does not match RFC 6749 §3.3, or a stub is invalid, such as one whose body is not JSON. The message
    ///   names the client or stub and never contains a secret.
    /// - Any other kind if the operating system reports an error, such as [`io::ErrorKind::AddrInUse`] if the port is
    ///   in use.
    pub fn start(mut self) -> io::Result<Emulator> {
        if self.clients.is_empty() {
            self = self.client(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET);
        }
        let shared = Arc::new(Shared {
            stubs: Stubs::validate(self.stubs)?,
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
