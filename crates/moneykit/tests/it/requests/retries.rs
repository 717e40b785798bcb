//! Retries of requests: which requests, which failures, and how often. The times are tested in `retry/attempts.rs`.

use std::num::NonZeroU32;
use std::time::Duration;

use http::{Method, Response};
use moneykit::{Client, RequestBuilder, RetryPolicy};

use super::scripted;
use crate::mock::{MockServer, response};
use crate::scripted::Step::{AwaitClose, ReadRequest};
use crate::scripted::{ScriptedServer, closing_response, transport};
use crate::{OneItem, token_body};

/// A policy of three attempts, one right after the other.
fn at_once() -> RetryPolicy {
    RetryPolicy::new().base_delay(Duration::ZERO)
}

/// Returns the status of the response to a request for `/x` that the server rejects, and how often it was sent.
async fn send(server: &MockServer, request: RequestBuilder) -> (u16, usize) {
    let status = request.send().await.unwrap().status().as_u16();
    (status, server.take_requests("/x").len())
}

#[tokio::test]
async fn only_transient_statuses_are_retried() {
    let (server, client) = MockServer::with_tokens().await;
    for (statuses, sent) in [
        (&[408, 425, 429, 500, 502, 503, 504, 520, 524, 529][..], 3),
        (&[200, 204, 304, 400, 403, 404, 409, 422, 501, 505, 525, 530], 1),
    ] {
        for status in statuses {
            server.respond("/x", response(*status, ""));
            let request = client.get("/x").retry_policy(at_once());
            assert_eq!(send(&server, request).await, (*status, sent));
        }
    }
}

#[tokio::test]
async fn only_idempotent_requests_without_a_stream_are_retried() {
    type Build = fn(&Client) -> RequestBuilder;
    let cases: [(Build, usize); 11] = [
        (|client| client.get("/x"), 3),
        (|client| client.head("/x"), 3),
        (|client| client.request(Method::OPTIONS, "/x"), 3),
        (|client| client.put("/x").body("a body"), 3),
        (|client| client.delete("/x"), 3),
        (|client| client.post("/x").json(&[1]), 1),
        (|client| client.patch("/x").json(&[1]), 1),
        (|client| client.post("/x").json(&[1]).header("Idempotency-Key", "k1"), 3),
        (|client| client.patch("/x").json(&[1]).idempotent(), 3),
        (|client| client.put("/x").body_stream(OneItem(Some("streamed"))), 1),
        (|client| client.post("/x").body_stream(OneItem(Some("streamed"))).idempotent(), 1),
    ];
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x", response(503, ""));
    for (index, (request, sent)) in cases.into_iter().enumerate() {
        let request = request(&client).retry_policy(at_once());
        assert_eq!(send(&server, request).await, (503, sent), "case {index}");
    }
}

#[tokio::test]
async fn a_retry_repeats_the_whole_request() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x/a%2Fb", response(503, ""));
    let request = client.put("/x/{id}").path("id", "a/b").query(&[("c", "d")]).header("x-a", "1").json(&[7]);
    request.retry_policy(at_once()).send().await.unwrap();

    let sent = server.take_requests("/x/a%2Fb");
    assert_eq!(sent.len(), 3);
    for sent in sent {
        assert_eq!((sent.uri().query(), &**sent.body()), (Some("c=d"), &b"[7]"[..]));
        assert_eq!(sent.headers()["x-a"], "1");
        assert_eq!(sent.headers().get_all("authorization").iter().count(), 1);
        assert_eq!(sent.headers()["content-type"], "application/json");
    }
}

#[tokio::test]
async fn nothing_is_retried_without_a_policy_and_a_requests_own_replaces_the_clients() {
    let (server, without) = MockServer::with_tokens().await;
    server.respond("/x", response(503, ""));
    assert_eq!(send(&server, without.get("/x")).await, (503, 1));

    let builder = crate::client_builder(server.url("")).retry_policy(at_once());
    let with = builder.build().unwrap();
    assert_eq!(send(&server, with.get("/x")).await, (503, 3));
    assert_eq!(send(&server, with.get("/x").retry_policy(RetryPolicy::never())).await, (503, 1));
    let five = at_once().max_attempts(NonZeroU32::new(5).unwrap());
    assert_eq!(send(&server, with.get("/x").retry_policy(five)).await, (503, 5));
}

#[tokio::test]
async fn a_retry_after_beyond_the_total_timeout_returns_the_response_at_once() {
    let (server, client) = MockServer::with_tokens().await;
    let busy = |retry_after: &str| {
        let busy = Response::builder().status(503).header("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        busy.header("retry-after", retry_after).body("busy".into()).unwrap()
    };
    for (retry_after, sent) in [
        ("61", 1),
        ("99999999999999999999", 1),
        // A date is relative to the date of the response.
        ("Sun, 06 Nov 1994 08:51:37 GMT", 1),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 3),
        ("0", 3),
        ("soon", 3),
    ] {
        server.respond("/x", busy(retry_after));
        let response = client.get("/x").retry_policy(at_once()).send().await.unwrap();

        assert_eq!(response.text().await.unwrap(), "busy");
        assert_eq!(server.take_requests("/x").len(), sent, "{retry_after}");
    }
}

#[tokio::test]
async fn timeouts_and_broken_connections_are_retried() {
    for failure in [vec![ReadRequest, AwaitClose], vec![ReadRequest], vec![]] {
        let token = vec![ReadRequest, closing_response("201 Created", token_body())];
        let success = vec![ReadRequest, closing_response("200 OK", "{}")];
        let server = ScriptedServer::start(vec![token, failure.clone(), failure, success]).await;
        let client = server.client_builder(&transport()).retry_policy(at_once()).build().unwrap();
        client.warm_up().await.unwrap();

        let response = client.get("/x").timeout(Duration::from_secs(1)).send().await.unwrap();

        assert_eq!(response.status(), 200);
        assert!((3..=4).contains(&server.stats().connections), "{:?}", server.stats());
    }
}

#[tokio::test]
async fn a_refused_connection_is_retried_and_its_error_returned_at_the_end() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x", response(200, ""));
    client.warm_up().await.unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = crate::client_builder(closed).retry_policy(at_once()).build().unwrap();

    let error = client.get("/x").send().await.unwrap_err();

    // The failure is that of the token request, which the cache has retried.
    assert!(error.is_connect() && error.is_token_request(), "{error:?}");
}

#[tokio::test]
async fn a_total_timeout_ends_the_attempt_in_progress() {
    let server = scripted(vec![ReadRequest, AwaitClose]).await;
    let policy = at_once().total_timeout(Duration::from_millis(100));
    let client = server.client_builder(&transport()).retry_policy(policy).build().unwrap();
    client.warm_up().await.unwrap();

    let error = client.get("/x").send().await.unwrap_err();

    assert!(error.is_timeout(), "{error:?}");
}

#[tokio::test]
async fn all_requests_of_a_client_share_a_retry_budget() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x", response(503, ""));
    let mut sent = 0;
    for _ in 0..60 {
        sent += send(&server, client.clone().get("/x").retry_policy(at_once())).await.1;
    }
    assert_eq!(sent, 60 + 100);
}

#[tokio::test]
async fn a_401_of_a_retry_is_handled_as_any_other() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/ok", response(200, ""));
    client.get("/ok").send().await.unwrap();
    let body = r#"{"error_code": "api_error.auth.expired_access_token"}"#;
    server.respond("/x", response(401, body));

    let request = client.get("/x").retry_policy(at_once());

    assert_eq!(send(&server, request).await, (401, 2));
    assert_eq!(client.token_status().refreshes, 2);
}
