//! Errors of requests that got no response, or an incomplete one.

use std::fmt;

use super::connect_failure::{ConnectFailure, Peer, chain};
use super::response::Responder;

/// A request got no response, or an incomplete one.
#[derive(Debug)]
pub(crate) struct TransportError {
    error: reqwest::Error,
    base_url: String,
    failure: TransportFailure,
}

/// The reason why there is no complete response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TransportFailure {
    /// The HTTP settings of the caller do not allow the request.
    Settings,
    Connect(ConnectFailure, Peer),
    TimedOut,
    /// The response is not HTTP, or its head exceeds the parser's bounds.
    NotHttp,
    /// The runtime that drives the connection shut down.
    RuntimeShutdown,
    Disconnected,
}

impl TransportError {
    /// `is_not_http` is true if the response is not HTTP, which only hyper's errors reveal.
    pub(crate) fn new(error: reqwest::Error, base_url: &str, is_not_http: bool) -> Self {
        let error = error.without_url();
        let failure = failure(&error, is_not_http);
        Self { error, base_url: base_url.to_owned(), failure }
    }

    pub(super) fn error(&self) -> &reqwest::Error {
        &self.error
    }

    pub(super) fn is_not_http(&self) -> bool {
        self.failure == TransportFailure::NotHttp
    }

    pub(super) fn is_transient(&self) -> bool {
        match self.failure {
            TransportFailure::Connect(failure, _) => failure.is_transient(),
            TransportFailure::TimedOut
            | TransportFailure::RuntimeShutdown
            | TransportFailure::Disconnected => true,
            TransportFailure::Settings | TransportFailure::NotHttp => false,
        }
    }

    /// Writes what happened to a request to `responder`, and the remedy.
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, responder: Responder) -> fmt::Result {
        let base_url = &self.base_url;
        let (request, timeout) = match responder {
            Responder::TokenEndpoint => ("token request", "token_attempt_timeout"),
            Responder::Api => ("request", "request_timeout"),
        };
        match self.failure {
            TransportFailure::Settings => write!(
                f,
                "the HTTP settings are invalid; they do not allow requests to {base_url}: correct the one that \
                 this error's source names"
            ),
            TransportFailure::Connect(failure, peer) => {
                let proxy = if peer == Peer::Proxy { "the proxy for " } else { "" };
                let (reason, remedy) = failure.message(peer);
                write!(f, "could not connect to {proxy}{base_url}: {reason}; {remedy}")
            }
            TransportFailure::TimedOut => write!(
                f,
                "{base_url} did not respond to the {request} in time; try again later or raise `{timeout}`"
            ),
            TransportFailure::NotHttp => {
                write!(f, "the response of {base_url} is not HTTP, or its head is too large; ")?;
                f.write_str("check the base URL and its port")?;
                if base_url.starts_with("http:") {
                    f.write_str(", and use https if the port expects TLS")?;
                }
                Ok(())
            }
            TransportFailure::RuntimeShutdown => write!(
                f,
                "the connection to {base_url} broke during the {request}, because the tokio runtime that drives it \
                 shut down; use a client on one runtime that keeps running, or one client for each runtime"
            ),
            TransportFailure::Disconnected => {
                write!(f, "the connection to {base_url} broke during the {request}; try again later")
            }
        }
    }
}

fn failure(error: &reqwest::Error, is_not_http: bool) -> TransportFailure {
    if error.is_builder() {
        // The caller's settings may refuse what this crate allows, such as http to a loopback host.
        return TransportFailure::Settings;
    }
    if error.is_connect() {
        let (failure, peer) = ConnectFailure::of(error);
        return TransportFailure::Connect(failure, peer);
    }
    if is_not_http {
        return TransportFailure::NotHttp;
    }
    if error.is_timeout() {
        return TransportFailure::TimedOut;
    }
    // With TLS 1.3 a server rejects a client without a certificate only after the handshake.
    if let (failure @ ConnectFailure::TlsNotAgreed, peer) = ConnectFailure::of(error) {
        return TransportFailure::Connect(failure, peer);
    }
    if chain(error).iter().any(|error| error.to_string().contains("runtime dropped the dispatch task")) {
        return TransportFailure::RuntimeShutdown;
    }
    TransportFailure::Disconnected
}
