//! Responses: decoding that checks the status, and what a response tells about itself.

use std::num::NonZeroU32;

use http::{Method, StatusCode, Version};
use moneykit::{ErrorCode, RetryPolicy};
use moneykit_emulator::RequestCounts;
use serde_json::{Value, json};

use crate::mock::{MockServer, redirect, response};
use crate::{OneItem, emulated};

#[tokio::test]
async fn the_body_of_an_error_is_not_decoded() {
    let (server, client) = MockServer::with_tokens().await;
    let body = json!({"error_code": "api_error.rate_limit_exceeded", "error_message": "Too many requests"});
    for status in [400, 404, 429, 500] {
        server.respond("/x", response(status, body.to_string()));
        // Every JSON value is valid for this type.
        for error in [
            client.get("/x").recv_json::<Value>().await.unwrap_err(),
            client.get("/x").send().await.unwrap().json::<Value>().await.unwrap_err(),
        ] {
            assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
            assert_eq!(error.error_code(), Some(&ErrorCode::RATE_LIMIT_EXCEEDED));
            assert!(!error.is_invalid_response(), "{error:?}");
        }
    }
    server.respond("/x", redirect(307, "/y"));
    let error = client.get("/x").recv_json::<Value>().await.unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::TEMPORARY_REDIRECT));
}

#[tokio::test]
async fn recv_json_sends_and_decodes() {
    let (_emulator, client) = emulated();
    let echo: Value = client.post("/links/{id}").path("id", "a").json(&json!([1])).recv_json().await.unwrap();
    assert_eq!((&echo["method"], &echo["path"]), (&json!("POST"), &json!("/links/a")));

    let error = client.get("/links").recv_json::<u64>().await.unwrap_err();
    assert!(error.is_invalid_response(), "{error:?}");
}

#[tokio::test]
async fn a_head_request_has_a_response_without_a_body() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x", response(200, "a body"));

    let response = client.head("/x").send().await.unwrap();

    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-length"], "6");
    assert_eq!(response.text().await.unwrap(), "");
    assert_eq!(server.take_request("/x").method(), Method::HEAD);
}

#[tokio::test]
async fn a_response_has_its_url_and_version_and_becomes_the_one_of_reqwest() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x", response(200, "a body"));

    let response = client.get("/x").query(&[("a", "b")]).send().await.unwrap();

    assert_eq!(response.url().as_str(), server.url("/x?a=b"));
    assert_eq!(response.version(), Version::HTTP_11);
    assert!(response.extensions().get::<String>().is_none());
    assert_eq!(response.into_reqwest().text().await.unwrap(), "a body");
}

#[tokio::test]
async fn a_copy_of_a_builder_sends_the_same_request() {
    let (emulator, client) = emulated();
    let policy = RetryPolicy::new().max_attempts(NonZeroU32::MIN);
    let original =
        client.put("/links/{id}").path("id", "a").query(&[("b", "c")]).json(&[1]).retry_policy(policy);
    let copy = original.try_clone().unwrap();

    let echoes: [Value; 2] = [original.recv_json().await.unwrap(), copy.recv_json().await.unwrap()];

    assert_eq!(echoes[0], echoes[1]);
    assert_eq!((&echoes[0]["path"], &echoes[0]["query"]), (&json!("/links/a"), &json!("b=c")));
    assert_eq!(emulator.request_counts().api, 2);

    assert!(client.post("/x").body_stream(OneItem(Some("a"))).try_clone().is_none());
    let (emulator, client) = emulated();
    let invalid = client.get("/a/../b");
    let error = invalid.try_clone().unwrap().send().await.unwrap_err();
    assert!(error.is_invalid_request());
    assert_eq!(emulator.request_counts(), RequestCounts::default());
}
