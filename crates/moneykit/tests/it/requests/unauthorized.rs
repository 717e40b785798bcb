//! Requests that get a 401: the retry with a fresh token, and what happens to the rejected token.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use moneykit::{Client, ErrorCode, RequestBuilder};
use moneykit_emulator::RequestCounts;
use serde_json::{Value, json};

use crate::mock::{MockServer, header, response};
use crate::scripted::Step::{AwaitClose, ReadRequest};
use crate::scripted::{ScriptedServer, closing_response, transport};
use crate::{OneItem, cancel_at_each_await, emulated, refreshed, token_body};

#[tokio::test]
async fn a_token_that_expires_on_the_server_is_replaced_transparently() {
    let (emulator, client) = emulated();
    for request in 0..10 {
        if request == 5 {
            // This moves the server's clock only, so the client still considers its token valid.
            emulator.advance(Duration::from_secs(3601));
        }
        assert_eq!(client.get("/links").send().await.unwrap().status(), 200);
    }

    let RequestCounts { tokens_issued, api, api_rejected, .. } = emulator.request_counts();
    assert_eq!((tokens_issued, api, api_rejected), (2, 11, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_concurrent_401s_share_one_refresh() {
    let (emulator, client) = emulated();
    client.get("/links").send().await.unwrap();
    emulator.revoke_tokens();

    let calls: Vec<_> = (0..100)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.get("/links").send().await.unwrap().status() })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), 200);
    }

    let RequestCounts { token, api, api_rejected, .. } = emulator.request_counts();
    // One request before the tokens were revoked.
    assert_eq!((token, api - api_rejected), (2, 101));
}

#[tokio::test]
async fn the_retry_repeats_the_request_with_another_token_only() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x", response(401, ""));
    let request = client.post("/x").query(&[("a", "b")]).header("x-one", "1").json(&json!({"c": "d"}));
    request.send().await.unwrap();

    let requests = server.take_requests("/x");
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri().query(), Some("a=b"));
        assert_eq!(request.body(), r#"{"c":"d"}"#);
        assert_eq!(header(request.headers(), "x-one"), "1");
        assert_eq!(header(request.headers(), "content-type"), "application/json");
        assert_eq!(header(request.headers(), "moneykit-version"), "2023-02-18");
    }
}

#[tokio::test]
async fn every_body_except_a_stream_is_retried() {
    type Build = fn(&Client) -> RequestBuilder;
    let cases: [(Build, bool, u64); 5] = [
        (|client| client.get("/x"), true, 0),
        (|client| client.post("/x").json(&json!([1, 2])), true, 5),
        (|client| client.post("/x").form(&[("a", "b")]), true, 3),
        (|client| client.put("/x").body(vec![0; 100_000]), true, 100_000),
        (|client| client.post("/x").body_stream(OneItem(Some("streamed"))), false, 0),
    ];
    for (request, is_retried, length) in cases {
        // A client of its own, since forced refreshes of one client are a second apart.
        let (emulator, client) = emulated();
        client.get("/links").send().await.unwrap();
        emulator.revoke_tokens();
        let before = emulator.request_counts().api;

        let response = request(&client).send().await.unwrap();

        assert_eq!(response.status().is_success(), is_retried);
        assert_eq!(emulator.request_counts().api - before, 1 + u64::from(is_retried));
        let echo: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        assert_eq!(echo["body_bytes"].as_u64().unwrap_or_default(), length);
        // The rejected token is replaced, whether or not the request was retried.
        refreshed(&client).await;
        assert_eq!(client.get("/x").send().await.unwrap().status(), 200);
        assert_eq!(emulator.request_counts().api - before, 2 + u64::from(is_retried));
    }
}

#[tokio::test]
async fn a_second_401_is_returned() {
    let (server, client) = MockServer::with_tokens().await;
    let body = json!({
        "error_code": "api_error.auth.expired_access_token",
        "error_message": "Access token expired",
    });
    server.respond("/x", response(401, body.to_string()));

    let response = client.get("/x").send().await.unwrap();

    assert_eq!(response.status(), 401);
    assert_eq!((server.take_requests("/x").len(), client.token_status().refreshes), (2, 2));
    assert!(client.token_status().has_token());
    let error = response.error_for_status().await.unwrap_err();
    assert!(error.is_unauthorized() && !error.is_invalid_grant_type());
    assert_eq!(error.error_code(), Some(&ErrorCode::EXPIRED_ACCESS_TOKEN));
}

#[tokio::test]
async fn no_other_status_affects_the_token_or_causes_a_retry() {
    let (server, client) = MockServer::with_tokens().await;
    for status in [400, 403, 404, 429, 500, 503] {
        server.respond("/x", response(status, Bytes::new()));

        assert_eq!(client.get("/x").send().await.unwrap().status(), status);
        server.take_request("/x");
    }
    assert_eq!(client.token_status().refreshes, 1);
    assert!(client.token_status().has_token());
}

#[tokio::test]
async fn a_401_without_a_fresh_token_is_the_error_of_the_refresh() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/ok", response(200, ""));
    client.get("/ok").send().await.unwrap();
    server.respond("/x", response(401, ""));
    server.respond("/auth/token", response(403, ""));

    let error = client.get("/x").send().await.unwrap_err();

    assert_eq!(error.status(), Some(StatusCode::FORBIDDEN));
    assert!(error.is_token_request(), "{error}");
    let expected = format!("the token endpoint of {} responded with 403", client.base_url());
    assert!(error.to_string().contains(&expected), "{error}");
}

#[tokio::test]
async fn a_cancelled_request_does_not_affect_later_ones() {
    let server = ScriptedServer::start(vec![
        vec![ReadRequest, closing_response("201 Created", token_body())],
        vec![ReadRequest, AwaitClose],
        vec![ReadRequest, closing_response("200 OK", "")],
    ])
    .await;
    let client = server.client_builder(&transport()).build().unwrap();

    tokio::select! {
        outcome = client.get("/slow").send() => panic!("{outcome:?}"),
        () = server.wait_until(|stats| stats.requests == 2) => {}
    }

    assert_eq!(client.get("/quick").send().await.unwrap().status(), 200);
    assert_eq!(client.token_status().refreshes, 1);
}

#[tokio::test]
async fn cancelling_a_request_does_not_cancel_the_refresh() {
    let (emulator, client) = emulated();
    client.get("/links").send().await.unwrap();
    emulator.revoke_tokens();

    let response = cancel_at_each_await(|| client.get("/x").send()).await;

    assert_eq!(response.unwrap().status(), 200);
    assert_eq!(emulator.request_counts().tokens_issued, 2);
}
