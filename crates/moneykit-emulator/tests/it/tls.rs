//! Tests of TLS, and of HTTP/2 that it negotiates.

use std::sync::Arc;

use moneykit_emulator::Emulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Connects with TLS, trusting the authority in `ca_pem` only, and offers these protocols.
async fn connect(
    emulator: &Emulator,
    name: &str,
    ca_pem: &str,
    alpn: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(emulator.address()).await.unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

#[test]
fn clients_that_trust_the_authority_can_connect() {
    run(async {
        let emulator = Emulator::builder().tls(true).start().unwrap();
        let ca_pem = emulator.ca_certificate_pem().unwrap();
        assert!(emulator.url().starts_with("https://127.0.0.1:"), "{}", emulator.url());
        for name in ["localhost", "127.0.0.1", "::1"] {
            let mut stream = connect(&emulator, name, ca_pem, &["http/1.1"]).await.unwrap();
            let request = b"GET /links HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            stream.write_all(request).await.unwrap();
            let mut response = String::new();
            stream.read_to_string(&mut response).await.unwrap();
            assert!(response.starts_with("HTTP/1.1 401"), "{response}");
        }

        let other = Emulator::builder().tls(true).start().unwrap();
        let error =
            connect(&emulator, "localhost", other.ca_certificate_pem().unwrap(), &[]).await.unwrap_err();
        assert!(error.to_string().contains("certificate"), "{error}");
    });
}

#[cfg(feature = "http2")]
#[test]
fn http2_is_negotiated() {
    run(async {
        let emulator = Emulator::builder().tls(true).start().unwrap();
        let ca_pem = emulator.ca_certificate_pem().unwrap();
        let stream = connect(&emulator, "localhost", ca_pem, &["h2", "http/1.1"]).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let status = crate::http2::get_links_over(stream, emulator.url()).await.unwrap();
        assert_eq!(status, 200);
    });
}
