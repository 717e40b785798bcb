//! TLS to a port that serves plain HTTP, and plain HTTP to a port that serves TLS.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::server::{ServerSettings, TlsServer};
use crate::{Authority, BACKENDS, CLIENT_SECRET, client, http_settings, render};

#[tokio::test]
async fn tls_to_a_plain_port_is_a_connect_error() {
    let authority = Authority::new("authority");
    for &backend in BACKENDS {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut received = vec![stream.read_u8().await.unwrap()];
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            stream.shutdown().await.unwrap();
            let _ = stream.read_to_end(&mut received).await;
            received
        });
        let settings = http_settings(backend).tls_certs_only([authority.certificate()]);

        let error = client(&url, settings).request_token().await.unwrap_err();

        let text = render(&error);
        assert!(error.is_connect() && !error.is_timeout() && !error.is_transient(), "{backend:?}: {text}");
        assert_eq!(error.status(), None);
        assert!(error.to_string().contains(&url), "{error}");
        let received = server.await.unwrap();
        assert!(!String::from_utf8_lossy(&received).contains(CLIENT_SECRET), "{backend:?}");
        assert!(!text.contains(CLIENT_SECRET), "{text}");
    }
}

#[tokio::test]
async fn plain_http_to_a_tls_port_is_an_error_that_names_the_port() {
    let authority = Authority::new("authority");
    let server = TlsServer::start(authority.issue("127.0.0.1"), ServerSettings::default()).await;
    let url = format!("http://{}", server.address());
    for &backend in BACKENDS {
        let error = client(&url, http_settings(backend)).request_token().await.unwrap_err();

        let text = render(&error);
        assert!(!error.is_transient() && !error.is_timeout(), "{backend:?}: {text}");
        assert_eq!(error.status(), None);
        assert!(error.to_string().contains(&url), "{error}");
        assert!(!text.contains(CLIENT_SECRET), "{text}");
    }
    assert!(server.log().responses.is_empty(), "{:?}", server.log());
}
