//! Requests through a CONNECT proxy, with and without a password.

use http::{StatusCode, Version};
use moneykit::{Client, ClientAuthMethod, reqwest};

use crate::proxy::ConnectProxy;
use crate::server::{ServerSettings, TlsServer};
use crate::{Authority, BACKENDS, Backend, CLIENT_ID, CLIENT_SECRET, HOST, TOKEN, http_settings, render};

const PROXY_PASSWORD: &str = "proxy-pass";
/// The `Proxy-Authorization` of the user `teller` with that password (RFC 7617).
const PROXY_AUTHORIZATION: &str = "Basic dGVsbGVyOnByb3h5LXBhc3M=";

/// Builds a client that uses a proxy. Only the proxy can find the server, by whose name nothing is resolved.
fn proxied_client(
    backend: Backend,
    authority: &Authority,
    server: &TlsServer,
    proxy: reqwest::Proxy,
    auth_method: ClientAuthMethod,
) -> Client {
    Client::builder()
        .credentials(CLIENT_ID, CLIENT_SECRET)
        .auth_method(auth_method)
        .base_url(server.url())
        .http_client_builder(http_settings(backend).proxy(proxy).tls_certs_only([authority.certificate()]))
        .build()
        .unwrap()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn a_proxy_sees_the_host_and_neither_secret_nor_token() {
    let authority = Authority::new("authority");
    for &backend in BACKENDS {
        for password in [None, Some(PROXY_PASSWORD)] {
            let server = TlsServer::start(authority.issue(HOST), ServerSettings::default()).await;
            let proxy = ConnectProxy::start(server.address(), password.map(|_| PROXY_AUTHORIZATION)).await;
            let settings = reqwest::Proxy::https(format!("http://{}", proxy.address())).unwrap();
            let settings = match password {
                Some(password) => settings.basic_auth("teller", password),
                None => settings,
            };
            let auth_method = ClientAuthMethod::ClientSecretPost;
            let client = proxied_client(backend, &authority, &server, settings, auth_method);

            let token = client.access_token().await.unwrap();
            let response = client.get("/links").send().await.unwrap();

            assert_eq!((token.expose_secret(), response.status()), (TOKEN, StatusCode::OK));
            assert_eq!(server.log().responses, [Version::HTTP_2; 2], "{backend:?}");
            assert!(!server.log().has_proxy_headers, "the proxy's password reached the server: {backend:?}");

            let recording = proxy.recording();
            let start = format!("CONNECT {HOST}:{} HTTP/1.1\r\n", server.address().port());
            assert_eq!(recording.heads.len(), 1, "{backend:?}: {:?}", recording.heads);
            assert!(recording.heads[0].starts_with(&start), "{backend:?}: {:?}", recording.heads);
            assert!(!recording.tunneled.is_empty());
            let seen = [recording.heads[0].as_bytes(), &recording.tunneled].concat();
            for hidden in
                [CLIENT_ID, CLIENT_SECRET, TOKEN, "client_secret", "Bearer", "/auth/token", "/links"]
            {
                assert!(!contains(&seen, hidden), "{backend:?}: the proxy saw {hidden}");
            }
        }
    }
}

#[tokio::test]
async fn a_407_of_a_proxy_is_a_connect_error_without_a_password() {
    let authority = Authority::new("authority");
    for &backend in BACKENDS {
        for user_info in ["", "teller:wrong-pass@"] {
            let server = TlsServer::start(authority.issue(HOST), ServerSettings::default()).await;
            let proxy = ConnectProxy::start(server.address(), Some(PROXY_AUTHORIZATION)).await;
            let settings = reqwest::Proxy::https(format!("http://{user_info}{}", proxy.address())).unwrap();
            for auth_method in [ClientAuthMethod::ClientSecretPost, ClientAuthMethod::ClientSecretBasic] {
                let client = proxied_client(backend, &authority, &server, settings.clone(), auth_method);

                let error = client.request_token().await.unwrap_err();

                let text = render(&error);
                assert!(
                    error.is_connect() && !error.is_timeout() && !error.is_transient(),
                    "{backend:?}: {text}"
                );
                // A status is that of the API. A proxy's 407 says nothing about the client's credentials.
                assert!(!error.is_unauthorized() && error.status().is_none(), "{backend:?}: {text}");
                assert!(!text.contains(CLIENT_SECRET) && !text.contains("wrong-pass"), "{backend:?}: {text}");
            }

            assert_eq!(server.log().connections, 0, "{backend:?}");
            let recording = proxy.recording();
            assert!(recording.tunneled.is_empty());
            for head in &recording.heads {
                // The only authorization is the proxy's own, whatever the client's authentication method is.
                assert!(!head.to_ascii_lowercase().contains("\nauthorization:"), "{backend:?}: {head}");
                assert!(!head.contains(CLIENT_SECRET), "{backend:?}: {head}");
            }
        }
    }
}
