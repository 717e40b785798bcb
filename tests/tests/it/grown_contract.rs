//! An operation that the contract gains is callable and authenticated with no line written by hand: the
//! sources of `moneykit-gen` and `moneykit` are compiled here over a larger contract.

use httpmock::MockServer;
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
use moneykit_grown::Client;
use moneykit_grown::raw::{Error, Secret};

fn client_of(emulator: &Emulator) -> Client {
    Client::builder()
        .credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        .base_url(emulator.url())
        .api_version("2030-01-01")
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_new_operation_is_authenticated() {
    let emulator = Emulator::builder().start().unwrap();
    let client = client_of(&emulator);

    for _ in 0..3 {
        let echo = client.raw().get_link().link_id("lnk/123").verbose(true).send().await.unwrap();
        assert_eq!(echo.path, "/links/lnk%2F123");
        assert_eq!(echo.moneykit_version.as_deref(), Some("2030-01-01"));
    }

    assert_eq!(emulator.request_counts().api, 3);
    assert_eq!(emulator.request_counts().api_refused, 0);
    assert_eq!(emulator.request_counts().tokens_issued, 1);
}

#[tokio::test]
async fn a_new_operation_that_meets_a_401_is_called_again_with_a_fresh_token() {
    let emulator = Emulator::builder().start().unwrap();
    let client = client_of(&emulator);
    client.warm_up().await.unwrap();
    emulator.revoke_tokens();

    client.raw().get_link().link_id("lnk_123").send().await.unwrap();

    assert_eq!((emulator.request_counts().api, emulator.request_counts().api_refused), (2, 1));
    assert_eq!(emulator.request_counts().tokens_issued, 2);
}

#[tokio::test]
async fn a_new_operation_that_meets_another_401_returns_it() {
    let server = MockServer::start_async().await;
    let token = r#"{"access_token":"t","token_type":"bearer","expires_in":3600}"#;
    server.mock_async(|when, then| drop((when.path("/auth/token"), then.status(201).body(token)))).await;
    let body = r#"{"error_message":"Access token expired"}"#;
    let link =
        server.mock_async(|when, then| drop((when.path("/links/1"), then.status(401).body(body)))).await;
    let client = Client::builder().credentials("id", "secret").base_url(server.base_url()).build().unwrap();

    let error = client.raw().get_link().link_id("1").send().await.unwrap_err();

    assert_eq!(error.status().unwrap().as_u16(), 401);
    assert!(error.to_string().contains("Access token expired"), "{error}");
    assert_eq!((link.calls_async().await, client.token_status().refreshes), (2, 2));
}

#[tokio::test]
async fn a_long_error_is_cut_off_and_a_long_success_is_not() {
    let server = MockServer::start_async().await;
    let long = "long ".repeat(20_000);
    let path = format!("{}/status", server.base_url());
    let failing = server.mock_async(|_, then| drop(then.status(500).body(&long))).await;
    let client = Client::builder().credentials("id", "secret").base_url(server.base_url()).build().unwrap();

    let error = client.raw().get_status().send().await.unwrap_err();
    let Error::UnexpectedResponse(answer) = error else { panic!("{error:?}") };
    assert_eq!((answer.status().as_u16(), answer.url().as_str()), (500, path.as_str()));
    assert_eq!(answer.bytes().await.unwrap(), "");
    failing.delete_async().await;

    let body = format!(r#"{{"method":"{long}","path":"/status"}}"#);
    server.mock_async(|_, then| drop(then.status(200).body(body))).await;
    assert_eq!(client.raw().get_status().send().await.unwrap().method, long);
}

#[tokio::test]
async fn an_operation_that_anybody_may_call_gets_no_token() {
    let emulator = Emulator::builder().start().unwrap();

    // The emulator asks for a token everywhere, so its refusal shows that none was sent.
    let error = client_of(&emulator).raw().get_status().send().await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 401);
    assert_eq!(emulator.request_counts().token, 0);
}

#[tokio::test]
async fn the_answer_to_an_operation_that_anybody_may_call_arrives() {
    let server = MockServer::start_async().await;
    let body = r#"{"method":"GET","path":"/status"}"#;
    server.mock_async(|_, then| drop(then.status(200).body(body))).await;
    let client = Client::builder().credentials("id", "secret").base_url(server.base_url()).build().unwrap();

    let echo = client.raw().get_status().send().await.unwrap();
    assert_eq!(echo.path, "/status");
}

#[tokio::test]
async fn the_token_request_itself_gets_no_token() {
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

    let error = client.raw().get_link().link_id("lnk_123").send().await.unwrap_err().to_string();

    assert!(error.contains("no access token") && error.contains("401"), "{error}");
    assert_eq!(emulator.request_counts().api, 0);
}

#[tokio::test]
async fn a_malformed_token_is_not_quoted_by_the_raw_client_either() {
    let server = MockServer::start_async().await;
    let body = r#"{"access_token":"pale-token","token_type":"bearer","expires_in":"soon"}"#;
    server.mock_async(|_, then| drop(then.status(201).body(body))).await;
    let client = Client::builder().credentials("id", "secret").base_url(server.base_url()).build().unwrap();

    let error = client.raw().generate_access_token().send().await.unwrap_err();

    let text = format!("{error} {error:?} {error:#}");
    assert!(!text.contains("pale"), "{text}");
}
