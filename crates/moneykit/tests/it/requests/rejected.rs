//! What happens to a request that is answered with a 401, and to its token.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::StatusCode;
use httpmock::MockServer;
use moneykit::{Client, ErrorCode};
use moneykit_emulator::{Emulator, RequestCounts};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::server::{Answer, Server};
use super::{Once, emulator, mocked};
use crate::{CLIENT_ID, CLIENT_SECRET, builder, header, token_body};

#[tokio::test]
async fn a_token_that_expires_between_two_requests_is_replaced_unnoticed() {
    let emulator = Emulator::builder()
        .client(CLIENT_ID, CLIENT_SECRET)
        .token_lifetime(Duration::from_secs(3600))
        .start()
        .unwrap();
    let client =
        Client::builder().credentials(CLIENT_ID, CLIENT_SECRET).base_url(emulator.url()).build().unwrap();
    for request in 0..10 {
        if request == 5 {
            // The server's clock alone: the client has no reason to think that its token has ended.
            emulator.advance(Duration::from_secs(3601));
        }
        assert_eq!(client.get("/links").send().await.unwrap().status(), 200);
    }

    let RequestCounts { tokens_issued, api, api_refused, .. } = emulator.request_counts();
    assert_eq!((tokens_issued, api, api_refused), (2, 11, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_rejections_at_once_cause_one_refresh() {
    let (emulator, client) = emulator();
    client.warm_up().await.unwrap();
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

    let RequestCounts { token, api, api_refused, .. } = emulator.request_counts();
    assert_eq!((token, api - api_refused), (2, 100));
}

#[tokio::test]
async fn a_request_is_sent_again_as_it_was_but_for_its_token() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let server = MockServer::start_async().await;
    for (path, status) in [("/auth/token", 201), ("/x", 401)] {
        let seen = Arc::clone(&seen);
        server
            .mock_async(move |when, then| {
                when.path(path).is_true(move |request| {
                    // Each matcher sees each request.
                    if request.uri().path() == "/x" && path == "/x" {
                        seen.lock().unwrap().push(request.clone());
                    }
                    true
                });
                then.status(status).body(token_body());
            })
            .await;
    }
    let client = builder(&server).build().unwrap();
    client
        .post("/x")
        .query(&[("a", "b")])
        .header("x-one", "1")
        .json(&json!({"c": "d"}))
        .send()
        .await
        .unwrap();

    let mut seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    for request in seen.drain(..) {
        assert_eq!(request.method_str(), "POST");
        assert_eq!(request.uri().query(), Some("a=b"));
        assert_eq!(request.body_string(), r#"{"c":"d"}"#);
        assert_eq!(header(&request, "x-one").unwrap(), "1");
        assert_eq!(header(&request, "content-type").unwrap(), "application/json");
        assert_eq!(header(&request, "moneykit-version").unwrap(), "2023-02-18");
    }
}

#[tokio::test]
async fn every_body_but_a_stream_is_sent_again() {
    let (emulator, client) = emulator();
    let form = [("a", "b")];
    for (request, again, length) in [
        (client.get("/x"), true, 0),
        (client.post("/x").json(&json!([1, 2])), true, 5),
        (client.post("/x").form(&form), true, 3),
        (client.put("/x").body(vec![0; 100_000]), true, 100_000),
        (client.post("/x").body_stream(Once(Some("streamed"))), false, 0),
    ] {
        client.warm_up().await.unwrap();
        emulator.revoke_tokens();
        let before = emulator.request_counts().api;

        let answer = request.send().await.unwrap();

        assert_eq!(answer.status().is_success(), again);
        assert_eq!(emulator.request_counts().api - before, 1 + u64::from(again));
        let echo: Value = answer.json().await.unwrap();
        assert_eq!(echo["body_bytes"].as_u64().unwrap_or_default(), length);
        // Sent again or not, the dead token is gone.
        assert_eq!(client.get("/x").send().await.unwrap().status(), 200);
        assert_eq!(emulator.request_counts().api - before, 2 + u64::from(again));
    }
}

#[tokio::test]
async fn a_second_401_is_returned_as_it_is() {
    let (server, client) = mocked().await;
    let mock = server
        .mock_async(|when, then| {
            when.path("/x");
            then.status(401).json_body(json!({
                "error_code": "api_error.auth.expired_access_token",
                "error_message": "Access token expired",
            }));
        })
        .await;

    let answer = client.get("/x").send().await.unwrap();

    assert_eq!(answer.status(), 401);
    assert_eq!((mock.calls_async().await, client.token_status().refreshes), (2, 2));
    assert!(client.token_status().has_token());
    let error = answer.error_for_status().await.unwrap_err();
    assert!(error.is_unauthorized() && !error.is_invalid_grant_type());
    assert_eq!(error.error_code(), Some(&ErrorCode::EXPIRED_ACCESS_TOKEN));
}

#[tokio::test]
async fn no_other_status_touches_the_token_or_sends_anything_again() {
    let (server, client) = mocked().await;
    for status in [400, 403, 404, 429, 500, 503] {
        let mock = server.mock_async(|when, then| drop((when.path("/x"), then.status(status)))).await;

        assert_eq!(client.get("/x").send().await.unwrap().status(), status);
        assert_eq!(mock.calls_async().await, 1);
        mock.delete_async().await;
    }
    assert_eq!(client.token_status().refreshes, 1);
    assert!(client.token_status().has_token());
}

#[tokio::test]
async fn a_401_without_a_fresh_token_is_the_error_that_kept_it_away() {
    let server = MockServer::start_async().await;
    let tokens = server
        .mock_async(|when, then| drop((when.path("/auth/token"), then.status(201).body(token_body()))))
        .await;
    server.mock_async(|when, then| drop((when.path("/x"), then.status(401)))).await;
    let client = builder(&server).build().unwrap();
    client.warm_up().await.unwrap();
    tokens.delete_async().await;
    server.mock_async(|when, then| drop((when.path("/auth/token"), then.status(403)))).await;

    let error = client.get("/x").send().await.unwrap_err();

    assert_eq!(error.status(), Some(StatusCode::FORBIDDEN));
    assert!(error.to_string().contains("the token endpoint answered 403"), "{error}");
}

#[tokio::test]
async fn a_request_that_its_caller_gives_up_disturbs_nobody() {
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let server = Server::start(move |line| {
        arrived.send(()).unwrap();
        if line.contains("/slow") {
            Answer::Silence
        } else {
            Answer::Bytes("HTTP/1.1 204 No Content\r\n\r\n")
        }
    });
    let client = server.client().build().unwrap();

    tokio::select! {
        outcome = client.get("/slow").send() => panic!("{outcome:?}"),
        _ = arrivals.recv() => {}
    }

    assert_eq!(client.get("/quick").send().await.unwrap().status(), 204);
    assert_eq!(client.token_status().refreshes, 1);
}

#[tokio::test]
async fn a_request_that_is_given_up_while_a_fresh_token_is_on_its_way_does_not_stop_that() {
    let (emulator, client) = emulator();
    client.warm_up().await.unwrap();
    emulator.revoke_tokens();

    // Given up at each of its awaits in turn, until one request gets through.
    for polls in 1.. {
        let mut request = std::pin::pin!(client.get("/x").send());
        let mut left = polls;
        let outcome = std::future::poll_fn(|context| {
            left -= 1;
            match request.as_mut().poll(context) {
                std::task::Poll::Ready(outcome) => std::task::Poll::Ready(Some(outcome)),
                std::task::Poll::Pending if left == 0 => std::task::Poll::Ready(None),
                std::task::Poll::Pending => std::task::Poll::Pending,
            }
        });
        if let Some(outcome) = outcome.await {
            assert_eq!(outcome.unwrap().status(), 200);
            break;
        }
    }
    assert_eq!(emulator.request_counts().tokens_issued, 2);
}
