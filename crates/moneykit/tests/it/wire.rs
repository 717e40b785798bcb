//! What goes over the wire, to the byte.

use std::sync::{Arc, Mutex};

use httpmock::{HttpMockRequest, MockServer};
use moneykit::{ClientAuthMethod, ClientBuilder};

use crate::{CLIENT_ID, CLIENT_SECRET, builder, header, token_body};

/// Sends one token request with the client that `set_up` makes, and returns what the server saw.
async fn request_of(set_up: impl FnOnce(ClientBuilder) -> ClientBuilder) -> HttpMockRequest {
    let server = MockServer::start_async().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    server
        .mock_async(|when, then| {
            when.is_true(move |request| {
                sink.lock().unwrap().push(request.clone());
                true
            });
            then.status(201).header("content-type", "application/json").body(token_body());
        })
        .await;
    set_up(builder(&server)).build().unwrap().request_token().await.unwrap();

    let mut seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 1);
    seen.pop().unwrap()
}

#[tokio::test]
async fn credentials_travel_in_the_form_by_default() {
    let request = request_of(|client| client).await;

    assert_eq!(request.method_str(), "POST");
    assert_eq!(request.uri().path(), "/auth/token");
    assert_eq!(request.uri().query(), None);
    assert_eq!(header(&request, "content-type").unwrap(), "application/x-www-form-urlencoded");
    assert_eq!(
        request.body_string(),
        format!("client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}&grant_type=client_credentials")
    );
    assert_eq!(header(&request, "authorization"), None);
}

#[tokio::test]
async fn basic_credentials_travel_in_the_header_alone() {
    let request = request_of(|client| client.auth_method(ClientAuthMethod::ClientSecretBasic)).await;

    // printf '%s' 'live_5c739a369515e10fc9e0:pale-secret' | base64
    assert_eq!(
        header(&request, "authorization").unwrap(),
        "Basic bGl2ZV81YzczOWEzNjk1MTVlMTBmYzllMDpwYWxlLXNlY3JldA=="
    );
    assert_eq!(request.body_string(), "grant_type=client_credentials");
}

#[tokio::test]
async fn basic_credentials_are_utf_8_and_not_percent_encoded() {
    let set_up = |client: ClientBuilder| {
        client.credentials("a b", "é&+:%").auth_method(ClientAuthMethod::ClientSecretBasic)
    };
    let request = request_of(set_up).await;

    // printf '%s' 'a b:é&+:%' | base64
    assert_eq!(header(&request, "authorization").unwrap(), "Basic YSBiOsOpJis6JQ==");
}

#[tokio::test]
async fn what_means_something_in_a_form_is_percent_encoded() {
    let request = request_of(|client| client.credentials("a&b=c", "1+1 é%")).await;

    assert_eq!(
        request.body_string(),
        "client_id=a%26b%3Dc&client_secret=1%2B1+%C3%A9%25&grant_type=client_credentials"
    );
}

#[tokio::test]
async fn scopes_are_sent_when_set_and_absent_otherwise() {
    let request = request_of(|client| client.scopes("accounts transactions")).await;
    assert!(request.body_string().contains("scope=accounts+transactions"));

    let request = request_of(|client| client).await;
    assert!(!request.body_string().contains("scope"));
}

#[tokio::test]
async fn every_request_names_the_api_version_and_the_client_and_nothing_it_does_not_know() {
    let request = request_of(|client| client).await;

    assert_eq!(header(&request, "moneykit-version").unwrap(), "2023-02-18");
    assert_eq!(header(&request, "user-agent").unwrap(), concat!("moneykit-rust/", env!("CARGO_PKG_VERSION")));
    assert_eq!(header(&request, "accept").unwrap(), "application/json");
    let headers = request.headers();
    let mut names: Vec<_> = headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "content-length", "content-type", "host", "moneykit-version", "user-agent"]);
}

#[tokio::test]
async fn api_version_and_user_agent_can_be_changed() {
    let request = request_of(|client| client.api_version("2030-01-01").user_agent("teller/7")).await;

    assert_eq!(header(&request, "moneykit-version").unwrap(), "2030-01-01");
    assert_eq!(header(&request, "user-agent").unwrap(), "teller/7");
}

#[tokio::test]
async fn a_path_in_the_base_url_comes_first() {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_async(|when, then| {
            when.path("/gateway/auth/token");
            then.status(201).body(token_body());
        })
        .await;
    let client = builder(&server).base_url(server.url("/gateway/")).build().unwrap();

    client.request_token().await.unwrap();
    assert_eq!(client.base_url(), server.url("/gateway"));
    mock.assert_async().await;
}
