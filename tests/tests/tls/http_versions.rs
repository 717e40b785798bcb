//! Tokens and authenticated requests over the HTTP version that TLS negotiates.

use http::{StatusCode, Version};

use crate::server::{HTTP_1_1, HTTP_2, ServerSettings, TlsServer};
use crate::{Authority, BACKENDS, HOST, TOKEN, client, http_settings, trusting_client};

#[tokio::test]
async fn a_token_is_obtained_and_used_over_the_negotiated_version() {
    const CASES: [(&[&str], Version); 5] = [
        (&[], Version::HTTP_11),
        (&[HTTP_1_1], Version::HTTP_11),
        (&[HTTP_2], Version::HTTP_2),
        (&[HTTP_2, HTTP_1_1], Version::HTTP_2),
        (&[HTTP_1_1, HTTP_2], Version::HTTP_11),
    ];

    let authority = Authority::new("authority");
    for &backend in BACKENDS {
        for (alpn, expected) in CASES {
            let settings = ServerSettings { alpn, ..ServerSettings::default() };
            let server = TlsServer::start(authority.issue(HOST), settings).await;
            let client = trusting_client(backend, &server, &authority);

            let token = client.access_token().await.unwrap();
            let response = client.get("/links").send().await.unwrap();

            assert_eq!(token.expose_secret(), TOKEN);
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(server.log().responses, [expected; 2], "{backend:?} {alpn:?}");
        }
    }
}

#[tokio::test]
async fn a_private_authority_is_trusted_in_addition_to_those_of_the_system() {
    let authority = Authority::new("authority");
    for &backend in BACKENDS {
        let server = TlsServer::start(authority.issue(HOST), ServerSettings::default()).await;
        let settings = http_settings(backend).resolve(HOST, server.address());
        let settings = settings.tls_certs_merge([authority.certificate()]);

        let token = client(&server.url(), settings).request_token().await.unwrap();

        assert_eq!(token.expose_secret(), TOKEN);
    }
}
