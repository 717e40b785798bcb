//! The HTTP client with its connection pool, which is replaced when its connections are found dead.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use arc_swap::ArcSwap;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};

use super::base_url::LOCALHOST;
use crate::error::{Error, Kind};

/// An HTTP client with its connection pool.
///
/// A connection can die silently: a machine slept, or a NAT forgot it. A request on it only times out, and HTTP/2 keeps
/// such a connection in the pool even then. reqwest cannot evict connections, so a pool whose settings can be repeated
/// is replaced as a whole. Requests in progress keep the connections that they use.
pub(super) struct ConnectionPool {
    client: ArcSwap<Client>,
    /// Returns the settings of the client, if they can be repeated. A builder of the caller's can be used only once.
    settings: Option<Settings>,
}

type Settings = Box<dyn Fn() -> ClientBuilder + Send + Sync>;

impl ConnectionPool {
    /// Builds a client that is never replaced.
    pub(super) fn new(builder: ClientBuilder) -> Result<Self, Error> {
        Ok(Self { client: ArcSwap::from_pointee(build(builder)?), settings: None })
    }

    /// Builds a client that is replaced when its connections are found dead.
    pub(super) fn replaceable(
        settings: impl Fn() -> ClientBuilder + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let pool = Self::new(settings())?;
        Ok(Self { settings: Some(Box::new(settings)), ..pool })
    }

    /// Returns the current client.
    pub(super) fn client(&self) -> Client {
        Client::clone(&self.client.load())
    }

    /// Replaces the client if its settings can be repeated, so that later requests use new connections.
    pub(super) fn replace(&self) {
        // An error is impossible, because the same settings have worked before. If it happens, the old client remains.
        if let Some(Ok(client)) = self.settings.as_ref().map(|settings| build(settings())) {
            self.client.store(client.into());
        }
    }
}

impl fmt::Debug for ConnectionPool {
    // The caller's default headers may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionPool").finish_non_exhaustive()
    }
}

/// Builds a client that follows no redirects and connects `localhost` to a loopback address.
fn build(builder: ClientBuilder) -> Result<Client, Error> {
    /// The port is that of the URL.
    const LOOPBACK: [SocketAddr; 2] = [
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
        SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
    ];

    let client = builder.redirect(Policy::none()).resolve_to_addrs(LOCALHOST, &LOOPBACK).build();
    client.map_err(|error| Kind::HttpSettings(error.without_url()).into())
}
