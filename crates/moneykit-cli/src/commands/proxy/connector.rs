//! How a connection to the API is opened.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::TokioIo;
use moneykit::http::Uri;
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower::{Service, ServiceExt as _};

use super::body::BoxError;

/// Opens connections for HTTP/1.1 to a server, with TLS if its scheme is `https`.
pub(super) struct Connector {
    https: HttpsConnector<HttpConnector<Resolver>>,
    server: Uri,
}

impl Connector {
    /// The path of the server's URI does not matter.
    pub(super) fn new(server: Uri) -> Result<Self, rustls::Error> {
        /// A connection whose other end vanished is closed after a minute without traffic, and after half of it with some.
        const KEEP_ALIVE: Duration = Duration::from_secs(15);
        #[cfg(target_os = "linux")]
        const USER_TIMEOUT: Duration = Duration::from_secs(30);

        let mut tcp = HttpConnector::new_with_resolver(Resolver(GaiResolver::new()));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEP_ALIVE));
        tcp.set_keepalive_interval(Some(KEEP_ALIVE));
        tcp.set_keepalive_retries(Some(3));
        #[cfg(target_os = "linux")]
        tcp.set_tcp_user_timeout(Some(USER_TIMEOUT));
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let tls = tls.with_safe_default_protocol_versions()?.try_with_platform_verifier()?;
        let mut tls = tls.with_no_client_auth();
        // A server that speaks HTTP/2 only would otherwise get requests that it cannot read.
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { https: (tcp, tls).into(), server })
    }

    pub(super) async fn connect(&self) -> Result<MaybeHttpsStream<TokioIo<TcpStream>>, BoxError> {
        const TIMEOUT: Duration = Duration::from_secs(5);

        timeout(TIMEOUT, self.https.clone().oneshot(self.server.clone())).await?
    }
}

/// The resolver of the system. The name `localhost` is a loopback address, whatever the system says, because requests to
/// it may be unencrypted.
#[derive(Debug, Clone)]
struct Resolver(GaiResolver);

impl Service<Name> for Resolver {
    type Response = Box<dyn Iterator<Item = SocketAddr> + Send>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        /// The connector replaces the port.
        const LOOPBACK: [SocketAddr; 2] = [
            SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
        ];

        if name.as_str() == "localhost" {
            return Box::pin(async { Ok(Box::new(LOOPBACK.into_iter()) as Self::Response) });
        }
        let addresses = self.0.call(name);
        Box::pin(async { Ok(Box::new(addresses.await?) as Self::Response) })
    }
}
