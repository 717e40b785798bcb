//! The handle to a running emulator.

use std::fmt;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::builder::EmulatorBuilder;
use crate::config_error::ConfigError;
use crate::endpoint::{SESSION_PREFIX, Service};
use crate::server::Server;
use crate::session::Session;
use crate::session::config::SessionConfig;

/// A running emulator, which stops when this handle is dropped.
///
/// It dereferences to its default session, so all methods of [`Session`] can be called on it.
///
/// The emulator runs on its own thread with its own runtime. It can be started, used and dropped inside or outside of
/// an async runtime and shared between threads. It keeps running if the runtime that started it shuts down, and a
/// paused tokio clock does not affect it.
///
/// Dropping the handle closes all connections, idle or not, and blocks until the port is closed.
///
/// `Debug` shows the URL, the client IDs and the request counts, and never a secret or a token.
pub struct Emulator {
    session: Session,
    address: SocketAddr,
    service: Arc<Service>,
    server: Server,
    ca_pem: Option<String>,
}

impl Emulator {
    /// Returns a builder with these defaults: one client, tokens with a lifetime of one hour, and a free port that the
    /// operating system chooses.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::new()
    }

    pub(crate) fn new(
        url: String,
        address: SocketAddr,
        service: Arc<Service>,
        server: Server,
        ca_pem: Option<String>,
    ) -> Self {
        let session = Session::new(url, Arc::clone(service.sessions.default_session()));
        Self { session, address, service, server, ca_pem }
    }

    /// Returns the address on which the emulator listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the certificate of the authority that issued the emulator's certificate, in PEM, or `None` without TLS.
    /// Clients must trust it.
    pub fn ca_certificate_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Creates a session, or replaces the one with this name. Its URL is `{url}/s/{name}`.
    ///
    /// ```
    /// use moneykit_emulator::{Emulator, SessionConfig};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = Emulator::builder().start()?;
    /// let session = emulator.create_session("my-test", &SessionConfig::new())?;
    /// assert_eq!(session.url(), format!("{}/s/my-test", emulator.url()));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the configuration is invalid, or if the name does not consist of 1 to 100 letters, digits, hyphens, dots,
    /// underscores and tildes, or if there are 10,000 sessions already.
    pub fn create_session(&self, name: &str, config: &SessionConfig) -> Result<Session, ConfigError> {
        let (state, _) = self.service.sessions.create(name, Some(config))?;
        Ok(Session::new(self.session_url(name), state))
    }

    /// Returns the session with this name, which the control API may have created.
    pub fn session(&self, name: &str) -> Option<Session> {
        Some(Session::new(self.session_url(name), self.service.sessions.get(name)?))
    }

    /// Removes a session. Requests to it are responded to with 404. Returns false if there is none with this name.
    pub fn remove_session(&self, name: &str) -> bool {
        self.service.sessions.remove(name)
    }

    /// Returns the names of all sessions except the default one.
    pub fn session_names(&self) -> Vec<String> {
        self.service.sessions.names()
    }

    /// Stops accepting connections, and blocks until the requests in progress have been responded to, or the time is
    /// over. Then it stops as if dropped.
    pub fn shut_down(self, timeout: Duration) {
        self.server.stop_gracefully(timeout);
    }

    fn session_url(&self, name: &str) -> String {
        format!("{}{SESSION_PREFIX}{name}", self.session.url())
    }
}

impl Deref for Emulator {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("session", &self.session)
            .field("sessions", &self.session_names())
            .finish_non_exhaustive()
    }
}
