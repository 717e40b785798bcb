//! Waiting until another emulator is ready.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::{files, invalid};
use crate::session::clock::Clock;

/// Waits until the emulator at this URL is ready.
pub(super) fn wait(url: &str, ca_file: Option<&Path>, timeout: Duration) -> io::Result<()> {
    let target = Target::parse(url)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // The last error, for the message when the time is over.
        let mut last = None;
        let ready = async {
            // The file is read each time, since the emulator writes it at its start.
            while let Err(error) = target.check(ca_file).await {
                last = Some(error);
                Clock::sleep(INTERVAL).await;
            }
        };
        tokio::time::timeout(timeout, ready).await.map_err(|_| {
            let reason = last.map_or_else(|| "it does not respond".to_owned(), |error| error.to_string());
            let message = format!("{url} is not ready after {} seconds: {reason}", timeout.as_secs());
            io::Error::new(io::ErrorKind::TimedOut, message)
        })
    })
}

const INTERVAL: Duration = Duration::from_millis(20);

struct Target {
    host: String,
    port: u16,
    is_https: bool,
    /// The path of the session, without a trailing slash.
    path: String,
}

impl Target {
    fn parse(url: &str) -> io::Result<Self> {
        let uri: Uri =
            url.parse().map_err(|_| invalid("--wait needs a URL such as http://127.0.0.1:8080"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(invalid("--wait needs a URL that begins with http:// or https://"));
        };
        let is_https = scheme == "https";
        Ok(Self {
            host: authority.host().trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: authority.port_u16().unwrap_or(if is_https { 443 } else { 80 }),
            is_https,
            path: uri.path().trim_end_matches('/').to_owned(),
        })
    }

    async fn check(&self, ca_file: Option<&Path>) -> io::Result<()> {
        let stream = TcpStream::connect((&*self.host, self.port)).await?;
        if !self.is_https {
            return self.request(stream).await;
        }
        let mut roots = RootCertStore::empty();
        let path = ca_file.ok_or_else(|| invalid("an https URL needs --ca-file"))?;
        for certificate in CertificateDer::pem_slice_iter(files::read(path)?.as_bytes()) {
            roots.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(self.host.clone()).map_err(io::Error::other)?;
        self.request(TlsConnector::from(Arc::new(config)).connect(name, stream).await?).await
    }

    async fn request(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let request = format!(
            "GET {}/__emulator/ready HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.path, self.host
        );
        stream.write_all(request.as_bytes()).await?;
        let mut head = [0; 12];
        stream.read_exact(&mut head).await?;
        if head == *b"HTTP/1.1 200" {
            return Ok(());
        }
        Err(io::Error::other("it responds, but is no emulator with a control API"))
    }
}
