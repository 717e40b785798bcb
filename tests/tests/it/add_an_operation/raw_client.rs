//! Operations that the contract gained, called through the raw client: they carry the bearer token, unless the
//! contract lists no security, without a handwritten line.

use httpmock::MockServer;
use moneykit::Client;
use moneykit::raw::{Error, Secret};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};

fn client_of(emulator: &Emulator) -> Client {
    Client::builder()
        .credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        .base_url(emulator.url())
        .api_version("2030-01-01")
        .build()
        .unwrap()
}

fn client_at(server: &MockServer) -> Client {
    Client::builder().credentials("id", "secret").base_url(server.base_url()).build().unwrap()
}

#[tokio::test]
async fn a_new_operation_is_authenticated_with_the_cached_token() {
    let emulator = Emulator::builder().start().unwrap();
    let client = client_of(&emulator);

    for _ in 0..3 {
        let echo = client.raw().get_echo().echo_id("a/1").verbose(true).send().await.unwrap();
        assert_eq!(echo.path, "/echoes/a%2F1");
        assert_eq!(echo.moneykit_version.as_deref(), Some("2030-01-01"));
    }

    assert_eq!(emulator.request_counts().api, 3);
    assert_eq!(emulator.request_counts().api_rejected, 0);
    assert_eq!(emulator.request_counts().tokens_issued, 1);
}

#[tokio::test]
async fn a_401_is_retried_once_with_a_new_token() {
    let emulator = Emulator::builder().start().unwrap();
    let client = client_of(&emulator);
    client.get("/links").send().await.unwrap();
    emulator.revoke_tokens();

    client.raw().get_echo().echo_id("1").send().await.unwrap();

    assert_eq!((emulator.request_counts().api, emulator.request_counts().api_rejected), (3, 1));
    assert_eq!(emulator.request_counts().tokens_issued, 2);
}

#[tokio::test]
async fn a_second_401_is_returned() {
    let server = MockServer::start_async().await;
    let body = r#"{"access_token":"t","token_type":"bearer","expires_in":3600}"#;
    let token =
        server.mock_async(|when, then| drop((when.path("/auth/token"), then.status(201).body(body)))).await;
    let body = r#"{"error_message":"Access token expired"}"#;
    let echo =
        server.mock_async(|when, then| drop((when.path("/echoes/1"), then.status(401).body(body)))).await;

    let error = client_at(&server).raw().get_echo().echo_id("1").send().await.unwrap_err();

    assert_eq!(error.status().unwrap().as_u16(), 401);
    assert!(error.to_string().contains("Access token expired"), "{error}");
    // The token is young and has no success, so the request is sent again with it.
    assert_eq!((echo.calls_async().await, token.calls_async().await), (2, 1));
}

#[tokio::test]
async fn a_long_error_body_is_dropped_and_a_long_success_body_is_not() {
    let server = MockServer::start_async().await;
    let long = "long ".repeat(20_000);
    let url = format!("{}/status", server.base_url());
    let failing = server.mock_async(|_, then| drop(then.status(500).body(&long))).await;
    let client = client_at(&server);

    let error = client.raw().get_status().send().await.unwrap_err();
    let Error::UnexpectedResponse(response) = error else { panic!("{error:?}") };
    assert_eq!((response.status().as_u16(), response.url().as_str()), (500, url.as_str()));
    assert_eq!(response.bytes().await.unwrap(), "");
    failing.delete_async().await;

    let body = format!(r#"{{"method":"{long}","path":"/status"}}"#);
    server.mock_async(|_, then| drop(then.status(200).body(body))).await;
    assert_eq!(client.raw().get_status().send().await.unwrap().method, long);
}

#[tokio::test]
async fn an_operation_without_security_carries_no_token() {
    let emulator = Emulator::builder().start().unwrap();

    // The emulator requires a token everywhere, so its 401 shows that none was sent.
    let error = client_of(&emulator).raw().get_status().send().await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 401);
    assert_eq!(emulator.request_counts().token, 0);
}

#[tokio::test]
async fn an_operation_without_security_returns_its_response() {
    let server = MockServer::start_async().await;
    let body = r#"{"method":"GET","path":"/status"}"#;
    server.mock_async(|_, then| drop(then.status(200).body(body))).await;

    let echo = client_at(&server).raw().get_status().send().await.unwrap();
    assert_eq!(echo.path, "/status");
}

#[tokio::test]
async fn the_token_request_itself_carries_no_token() {
    let emulator = Emulator::builder().start().unwrap();
    let client = client_of(&emulator);

    let token = client
        .raw()
        .generate_access_token()
        .body_map(|form| {
            form.client_id(DEFAULT_CLIENT_ID.to_owned()).client_secret(Secret::from(DEFAULT_CLIENT_SECRET))
        })
        .send()
        .await
        .unwrap();

    assert_eq!(token.expires_in, 3600);
    assert_eq!(emulator.request_counts().token, 1);
}

#[tokio::test]
async fn without_a_token_a_new_operation_is_not_sent() {
    let emulator = Emulator::builder().start().unwrap();
    let client =
        Client::builder().credentials(DEFAULT_CLIENT_ID, "wrong").base_url(emulator.url()).build().unwrap();

    let error = client.raw().get_echo().echo_id("1").send().await.unwrap_err().to_string();

    assert!(error.contains("no access token") && error.contains("401"), "{error}");
    assert_eq!(emulator.request_counts().api, 0);
}

#[tokio::test]
async fn a_malformed_token_response_is_not_quoted_in_errors() {
    let server = MockServer::start_async().await;
    let body = r#"{"access_token":"pale-token","token_type":"bearer","expires_in":"soon"}"#;
    server.mock_async(|_, then| drop(then.status(201).body(body))).await;

    let error = client_at(&server).raw().generate_access_token().send().await.unwrap_err();

    let text = format!("{error} {error:?} {error:#}");
    assert!(!text.contains("pale"), "{text}");
}
