//! Connections with TLS.

use std::time::Duration;

use moneykit::token_store::TokenStore as _;
use moneykit_redis::RedisTokenStore;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use redis::{Client, TlsCertificates};

use crate::server::{Server, free_port, key};

#[tokio::test]
async fn a_server_with_a_trusted_certificate_is_used() {
    // The tests bring two cryptographies along, so the process has to choose.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = authority.self_signed(&authority_key).unwrap().pem();
    let server_key = KeyPair::generate().unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&server_key, &issuer).unwrap().pem();
    for (name, text) in
        [("root.pem", &root), ("server.pem", &certificate), ("key.pem", &server_key.serialize_pem())]
    {
        std::fs::write(path(name), text).unwrap();
    }
    let port = free_port().to_string();
    let files = [path("root.pem"), path("server.pem"), path("key.pem")];
    let [root_file, certificate_file, key_file] = &files;
    let arguments = ["--tls-port", &port, "--tls-auth-clients", "no", "--tls-ca-cert-file", root_file];
    let arguments =
        [&arguments[..], &["--tls-cert-file", certificate_file, "--tls-key-file", key_file]].concat();
    let Some(server) = Server::start(&arguments) else { return };

    let url = format!("rediss://localhost:{port}");
    let trusted = TlsCertificates { client_tls: None, root_cert: Some(root.into_bytes()) };
    let client = Client::build_with_tls(url.as_str(), trusted).unwrap();
    // A handshake of unoptimized code on a busy machine.
    let seconds = Duration::from_secs(10);
    let store = RedisTokenStore::from_client(client).timeouts(seconds, seconds);
    let key = key("accounts");
    assert!(store.load(&key).await.unwrap().is_none());
    let lease = store.acquire(&key, seconds).await.unwrap().unwrap();
    // The server is the one that its socket shows.
    assert!(server.store().acquire(&key, seconds).await.unwrap().is_none());
    store.release(&key, &lease).await.unwrap();

    let stranger = RedisTokenStore::open(&url).unwrap().timeouts(seconds, seconds);
    let error = stranger.load(&key).await.unwrap_err().to_string();
    assert!(error.contains("localhost"), "{error}");
}
