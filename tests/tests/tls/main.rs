//! The client over real TLS: HTTP versions, certificates, root certificates, HTTP/2 connections that the server ends,
//! and proxies.
//!
//! The tests run with rustls and, with the feature `native-tls`, with the TLS library of the operating system.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod authority;
mod certificates;
mod http2;
mod http_versions;
mod proxies;
mod proxy;
#[cfg(target_os = "linux")]
mod roots;
mod server;
mod wrong_ports;

use std::error::Error as _;
use std::fmt::Write as _;

use moneykit::{Client, reqwest};

use authority::Authority;
use server::TlsServer;

/// The name of the server, which no DNS knows.
const HOST: &str = "api.moneykit.test";
const CLIENT_ID: &str = "live_5c739a369515e10fc9e0";
const CLIENT_SECRET: &str = "pale-secret";
const TOKEN: &str = "52ea3d1b...4f9a53fffb67";

/// The TLS libraries that are tested.
const BACKENDS: &[Backend] = &[
    Backend::Rustls,
    #[cfg(feature = "native-tls")]
    Backend::NativeTls,
];

/// A TLS library.
#[derive(Debug, Clone, Copy)]
enum Backend {
    Rustls,
    #[cfg(feature = "native-tls")]
    NativeTls,
}

/// Returns HTTP settings with a TLS library.
fn http_settings(backend: Backend) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder().no_proxy();
    match backend {
        Backend::Rustls => builder.tls_backend_rustls(),
        #[cfg(feature = "native-tls")]
        Backend::NativeTls => builder.tls_backend_native(),
    }
}

/// Builds a client of the server at a URL.
fn client(url: &str, settings: reqwest::ClientBuilder) -> Client {
    let builder = Client::builder().credentials(CLIENT_ID, CLIENT_SECRET).base_url(url);
    builder.http_client_builder(settings).build().unwrap()
}

/// Builds a client that finds a server without DNS and trusts one authority only.
fn trusting_client(backend: Backend, server: &TlsServer, authority: &Authority) -> Client {
    let settings = http_settings(backend).resolve(HOST, server.address());
    client(&server.url(), settings.tls_certs_only([authority.certificate()]))
}

/// Returns everything that an error can show: `Display`, both forms of `Debug`, and the same for every source.
fn render(error: &moneykit::Error) -> String {
    let mut text = format!("{error}\n{error:?}\n{error:#?}");
    let mut source = error.source();
    while let Some(error) = source {
        let _ = write!(text, "\n{error}\n{error:?}\n{error:#?}");
        source = error.source();
    }
    text
}
