//! The token request on the wire: path, headers and form body.

use bytes::Bytes;
use http::{HeaderName, Request};
use moneykit::{ClientAuthMethod, ClientBuilder};

use crate::mock::{MockServer, header, response};
use crate::{CLIENT_ID, CLIENT_SECRET, client_builder, token_body};

/// Sends one token request with the client that `configure` describes, and returns the request that the server received.
async fn token_request(configure: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Request<Bytes> {
    let server = MockServer::start().await;
    server.respond("/auth/token", response(201, token_body()));
    configure(client_builder(server.url(""))).build().unwrap().request_token().await.unwrap();
    server.take_request("/auth/token")
}

#[tokio::test]
async fn client_secret_post_is_the_default_and_sends_the_credentials_in_the_form() {
    let request = token_request(|client| client).await;

    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri().path(), "/auth/token");
    assert_eq!(request.uri().query(), None);
    assert_eq!(header(request.headers(), "content-type"), "application/x-www-form-urlencoded");
    assert_eq!(
        *request.body(),
        format!("client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}&grant_type=client_credentials")
    );
    assert!(!request.headers().contains_key("authorization"));
}

#[tokio::test]
async fn client_secret_basic_sends_the_credentials_in_the_header_only() {
    let request = token_request(|client| client.auth_method(ClientAuthMethod::ClientSecretBasic)).await;

    // printf '%s' 'live_5c739a369515e10fc9e0:pale-secret' | base64
    assert_eq!(
        header(request.headers(), "authorization"),
        "Basic bGl2ZV81YzczOWEzNjk1MTVlMTBmYzllMDpwYWxlLXNlY3JldA=="
    );
    assert_eq!(*request.body(), "grant_type=client_credentials");
}

#[tokio::test]
async fn client_secret_basic_encodes_utf_8_without_percent_encoding() {
    let configure = |client: ClientBuilder| {
        client.credentials("a b", "é&+:%").auth_method(ClientAuthMethod::ClientSecretBasic)
    };
    let request = token_request(configure).await;

    // printf '%s' 'a b:é&+:%' | base64
    assert_eq!(header(request.headers(), "authorization"), "Basic YSBiOsOpJis6JQ==");
}

#[tokio::test]
async fn reserved_characters_are_percent_encoded_in_the_form() {
    let request = token_request(|client| client.credentials("a&b=c", "1+1 é%")).await;

    assert_eq!(
        *request.body(),
        "client_id=a%26b%3Dc&client_secret=1%2B1+%C3%A9%25&grant_type=client_credentials"
    );
}

#[tokio::test]
async fn scopes_are_sent_only_if_set() {
    let body = |request: Request<Bytes>| String::from_utf8(request.into_body().into()).unwrap();

    let request = token_request(|client| client.scopes("accounts transactions")).await;
    assert!(body(request).contains("scope=accounts+transactions"));

    let request = token_request(|client| client).await;
    assert!(!body(request).contains("scope"));
}

#[tokio::test]
async fn a_token_request_has_exactly_the_documented_headers() {
    let request = token_request(|client| client).await;

    let headers = request.headers();
    assert_eq!(header(headers, "moneykit-version"), "2023-02-18");
    assert_eq!(header(headers, "user-agent"), concat!("moneykit-rust/", env!("CARGO_PKG_VERSION")));
    assert_eq!(header(headers, "accept"), "application/json");
    let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "content-length", "content-type", "host", "moneykit-version", "user-agent"]);
}

#[tokio::test]
async fn api_version_and_user_agent_can_be_changed() {
    let request = token_request(|client| client.api_version("2030-01-01").user_agent("teller/7")).await;

    assert_eq!(header(request.headers(), "moneykit-version"), "2030-01-01");
    assert_eq!(header(request.headers(), "user-agent"), "teller/7");
}

#[tokio::test]
async fn the_path_of_the_base_url_is_a_prefix() {
    let server = MockServer::start().await;
    server.respond("/gateway/auth/token", response(201, token_body()));
    let client = client_builder(server.url("/gateway/")).build().unwrap();

    client.request_token().await.unwrap();
    assert_eq!(client.base_url(), server.url("/gateway"));
    server.take_request("/gateway/auth/token");
}
