//! The builder that configures and starts an emulator.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::config_error::ConfigError;
use crate::contract::Contract;
use crate::control::ControlApi;
use crate::emulator::Emulator;
use crate::endpoint::Service;
use crate::secret::Secret;
#[cfg(feature = "tls")]
use crate::server::Tls;
use crate::server::{Server, Socket};
use crate::session::clients::RegisteredClient;
use crate::session::config::{SessionConfig, Unmatched};
use crate::session::faults::Faults;
use crate::session::journal::JournalLimits;
use crate::session::rate_limit::RateLimits;
use crate::session::registry::Sessions;
use crate::session::state::SessionState;
use crate::session::stubs::{Stub, StubResponse};

/// A builder for an [`Emulator`]. Create one with [`Emulator::builder`].
///
/// `Debug` shows client IDs and scopes. It redacts client secrets and the bodies of stubs.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `start` is called"]
pub struct EmulatorBuilder {
    /// That of the default session.
    config: SessionConfig,
    address: IpAddr,
    port: u16,
    contract: Option<Contract>,
    control_api: bool,
    control_key: Option<Secret>,
    tls: bool,
}

impl EmulatorBuilder {
    pub(crate) fn new() -> Self {
        Self {
            config: SessionConfig::new(),
            address: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            contract: None,
            control_api: false,
            control_key: None,
            tls: false,
        }
    }

    /// Replaces the configuration of the default session: all that the methods of this builder set, except for those
    /// about the server.
    pub fn config(mut self, config: SessionConfig) -> Self {
        self.config = config;
        self
    }

    /// Registers a client that is allowed every scope. Call it once per client.
    ///
    /// The ID and the secret can be any non-empty text. A client whose ID contains a colon can authenticate with the
    /// form body only, since Basic uses the colon as its separator (RFC 7617 §2).
    ///
    /// If no client is registered, [`start`](Self::start) registers [`DEFAULT_CLIENT_ID`](crate::DEFAULT_CLIENT_ID) with
    /// [`DEFAULT_CLIENT_SECRET`](crate::DEFAULT_CLIENT_SECRET).
    pub fn client(self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.add_client(RegisteredClient::new(id, secret))
    }

    /// Registers a client that is allowed only the given scopes.
    ///
    /// A token request without `scope` is granted all of them. A request for any other scope is rejected with 401.
    pub fn client_with_scopes<S: Into<String>>(
        self,
        id: impl Into<String>,
        secret: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        self.add_client(RegisteredClient::new(id, secret).scopes(scopes))
    }

    /// Registers a client.
    pub fn add_client(mut self, client: RegisteredClient) -> Self {
        self.config = self.config.client(client);
        self
    }

    /// Sets the lifetime of access tokens. The default is [`DEFAULT_TOKEN_LIFETIME`](crate::DEFAULT_TOKEN_LIFETIME).
    ///
    /// `expires_in` is the lifetime rounded down to whole seconds; the token is valid for the exact lifetime. With a
    /// lifetime of zero, tokens are expired when they are issued.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.config = self.config.token_lifetime(lifetime);
        self
    }

    /// Stubs the response to one method and path of the API, instead of the echo of the request. Call it once per
    /// stub.
    ///
    /// Requests with a valid access token receive the stub, regardless of query and body; requests without one are
    /// still rejected with 401. The path is a pattern, as [`Stub`] describes. The body must be valid JSON and is sent
    /// unchanged; an empty string means no body. The token endpoint cannot be stubbed: see
    /// [`Session::fail_next`](crate::Session::fail_next).
    ///
    /// ```
    /// # use moneykit_emulator::Emulator;
    /// let link = r#"{"link_id": "lnk_1", "state": "connected"}"#;
    /// let emulator = Emulator::builder().stub("GET", "/links/lnk_1", 200, link).start()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stub(
        self,
        method: impl Into<String>,
        path: impl Into<String>,
        status: u16,
        json: impl Into<String>,
    ) -> Self {
        self.add_stub(Stub::new(method, path).respond(StubResponse::new(status).json_text(json)))
    }

    /// Adds a stub with other conditions, or a sequence of responses. Of the stubs that match a request, the one added
    /// last responds.
    pub fn add_stub(mut self, stub: Stub) -> Self {
        self.config = self.config.stub(stub);
        self
    }

    /// Sets the response to requests that match no stub. The default is [`Unmatched::Echo`].
    pub fn unmatched(mut self, unmatched: Unmatched) -> Self {
        self.config = self.config.unmatched(unmatched);
        self
    }

    /// Makes the API follow an OpenAPI document, in every session: operations without a stub respond with its examples, or
    /// with values of its schemas, and requests and stubs are checked against it. See the crate's documentation.
    #[cfg(feature = "contract")]
    pub fn contract(mut self, contract: Contract) -> Self {
        self.contract = Some(contract);
        self
    }

    /// Injects random faults. By default there are none.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.config = self.config.faults(faults);
        self
    }

    /// Limits the rate of requests. By default there is no limit.
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.config = self.config.rate_limits(limits);
        self
    }

    /// Limits the journal.
    pub fn journal(mut self, limits: JournalLimits) -> Self {
        self.config = self.config.journal(limits);
        self
    }

    /// Sets the port. The default, 0, lets the operating system choose a free port, so that tests can run in parallel.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Sets the address to listen on. The default is 127.0.0.1, which other machines cannot reach. With another address,
    /// the control API requires a key.
    pub fn listen(mut self, address: IpAddr) -> Self {
        self.address = address;
        self
    }

    /// Serves the control API below `/__emulator/`, for tests in other languages. It is off by default.
    pub fn control_api(mut self, enabled: bool) -> Self {
        self.control_api = enabled;
        self
    }

    /// Requires this key from users of the control API, in the header `X-Emulator-Key` or as a bearer token.
    pub fn control_key(mut self, key: impl Into<String>) -> Self {
        self.control_key = Some(Secret::new(key));
        self
    }

    /// Serves HTTPS, with a certificate of an authority that is created by [`start`](Self::start). Clients must trust
    /// [`Emulator::ca_certificate_pem`].
    #[cfg(feature = "tls")]
    pub fn tls(mut self, enabled: bool) -> Self {
        self.tls = enabled;
        self
    }

    /// Starts the emulator. It accepts connections as soon as this method returns.
    ///
    /// # Errors
    ///
    /// - [`io::ErrorKind::InvalidInput`] if a client ID or secret is empty, a client ID is registered twice, a scope
    ///   name does not match RFC 6749 §3.3, a stub is invalid, such as one whose body is not JSON, a fault or a rate limit
    ///   is invalid, or the control API lacks a required key. The message names the setting and never contains a secret.
    /// - Any other kind if the operating system reports an error, such as [`io::ErrorKind::AddrInUse`] if the port is
    ///   in use.
    pub fn start(self) -> io::Result<Emulator> {
        let control = self.control()?;
        let sessions = Sessions::new(SessionState::new(&self.config, self.contract.clone())?);
        let socket = Socket::bind(SocketAddr::from((self.address, self.port)))?;
        let address = socket.address()?;
        let scheme = if self.tls { "https" } else { "http" };
        let url = format!("{scheme}://{}", reachable(address));
        #[cfg(feature = "tls")]
        let (tls, ca_pem) = match self.tls.then(|| Tls::new(self.address)).transpose()? {
            Some(tls) => {
                let ca_pem = tls.ca_pem.clone();
                (Some(tls), Some(ca_pem))
            }
            None => (None, None),
        };
        #[cfg(not(feature = "tls"))]
        let (tls, ca_pem) = (None, None);
        let service = Arc::new(Service { sessions, control, url: url.clone() });
        let server = Server::start(socket, tls, Arc::clone(&service))?;
        Ok(Emulator::new(url, address, service, server, ca_pem))
    }

    fn control(&self) -> Result<Option<ControlApi>, ConfigError> {
        if !self.control_api {
            return Ok(None);
        }
        if self.control_key.as_ref().is_some_and(Secret::is_empty) {
            return Err(ConfigError::new("the control key is empty; pass a random one"));
        }
        if self.control_key.is_none() && !self.address.is_loopback() {
            return Err(ConfigError::new(format!(
                "other machines can reach the control API on {}, so it requires a key; set one, or listen on a \
                 loopback address",
                self.address
            )));
        }
        Ok(Some(ControlApi::new(self.control_key.clone())))
    }
}

/// Returns the address for the URL: a server that listens on all addresses is reached by loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (std::net::Ipv6Addr::LOCALHOST, address.port()).into(),
        _ => address,
    }
}
