//! Requests of reqwest's that the client sends.

use std::num::NonZeroU32;
use std::time::Duration;

use http::Method;
use http::header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST};
use moneykit::{Client, RequestBuilder, RetryPolicy, reqwest};
use moneykit_emulator::RequestCounts;
use reqwest::{Body, Request};
use serde_json::{Value, json};

use super::scripted;
use crate::mock::{MockServer, header, response};
use crate::scripted::Step::{AwaitClose, ReadRequest};
use crate::scripted::transport;
use crate::{OneItem, TOKEN, client_builder, emulated, render};

/// Returns a request for a path of the API.
fn request(client: &Client, method: Method, path: &str) -> Request {
    Request::new(method, format!("{}{path}", client.base_url()).parse().unwrap())
}

#[tokio::test]
async fn a_request_gets_the_token_and_the_common_headers() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x", response(200, "{}"));
    let mut post = request(&client, Method::POST, "/x?a=b");
    *post.body_mut() = Some("a body".into());
    post.headers_mut().insert("x-a", "1".parse().unwrap());

    let response = client.execute(post).await.unwrap();

    assert_eq!(response.json::<Value>().await.unwrap(), json!({}));
    let sent = server.take_request("/x");
    assert_eq!(
        (sent.method(), sent.uri().query(), &**sent.body()),
        (&Method::POST, Some("a=b"), &b"a body"[..])
    );
    assert_eq!(header(sent.headers(), "authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(header(sent.headers(), "moneykit-version"), "2023-02-18");
    assert_eq!(header(sent.headers(), "x-a"), "1");
}

#[tokio::test]
async fn a_request_is_sent_again_after_a_401() {
    let (emulator, client) = emulated();
    client.execute(request(&client, Method::GET, "/links")).await.unwrap();
    emulator.revoke_tokens();

    assert_eq!(client.execute(request(&client, Method::GET, "/links")).await.unwrap().status(), 200);
    assert_eq!(emulator.request_counts().tokens_issued, 2);
}

#[tokio::test]
async fn a_request_that_may_leave_the_api_is_rejected_before_anything_is_sent() {
    let (emulator, _) = emulated();
    let base = format!("{}/gateway", emulator.url());
    let client = client_builder(&base).build().unwrap();
    let origin = emulator.url();
    for (url, reason) in [
        ("https://evil.example/pale".to_owned(), "origin"),
        (base.replace("http:", "https:"), "origin"),
        (base.replace("127.0.0.1", "pale@127.0.0.1"), "origin"),
        (format!("{origin}/admin"), "below"),
        (format!("{base}/../admin"), "below"),
        (format!("{base}/..;/admin"), "segment"),
        (format!("{base}/%252e%252e/pale"), "encoded twice"),
        (format!("{base}/links#pale"), "`#`"),
    ] {
        let error = client.execute(Request::new(Method::GET, url.parse().unwrap())).await.unwrap_err();
        assert!(error.is_invalid_request() && error.to_string().contains(reason), "{url}: {error}");
        assert!(!render(&error).contains("pale"), "{error:?}");
    }
    for name in [AUTHORIZATION, HOST, CONNECTION] {
        let mut get = request(&client, Method::GET, "/links");
        get.headers_mut().insert(name.clone(), "pale".parse().unwrap());
        let error = client.execute(get).await.unwrap_err();
        assert!(error.is_invalid_request() && !render(&error).contains("pale"), "{name}: {error}");
    }
    assert_eq!(emulator.request_counts(), RequestCounts::default());
}

#[tokio::test]
async fn the_length_of_a_body_in_memory_is_its_own() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x", response(200, ""));
    for body in [None, Some("a body")] {
        let mut post = request(&client, Method::POST, "/x");
        *post.body_mut() = body.map(Body::from);
        post.headers_mut().insert(CONTENT_LENGTH, "40".parse().unwrap());

        assert_eq!(client.execute(post).await.unwrap().status(), 200);
        assert_eq!(server.take_request("/x").body(), body.unwrap_or_default());
    }
}

#[tokio::test]
async fn a_stream_keeps_its_length() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x", response(200, ""));
    let stream = |lengths: &[&str]| {
        let mut post = request(&client, Method::POST, "/x");
        *post.body_mut() = Some(Body::wrap_stream(OneItem(Some("streamed"))));
        for length in lengths {
            post.headers_mut().append(CONTENT_LENGTH, length.parse().unwrap());
        }
        post
    };

    assert_eq!(client.execute(stream(&["8"])).await.unwrap().status(), 200);
    let sent = server.take_request("/x");
    assert_eq!((header(sent.headers(), "content-length"), &**sent.body()), ("8", &b"streamed"[..]));
    assert_eq!(header(sent.headers(), "transfer-encoding"), "");

    assert_eq!(client.execute(stream(&[])).await.unwrap().status(), 200);
    assert_eq!(header(server.take_request("/x").headers(), "transfer-encoding"), "chunked");

    for lengths in [&["8", "8"][..], &["8, 8"], &["+8"], &["-1"], &["pale"]] {
        let error = client.execute(stream(lengths)).await.unwrap_err();
        assert!(error.is_invalid_request() && !render(&error).contains("pale"), "{error:?}");
    }

    // A later body has a length of its own.
    let replaced = RequestBuilder::from_parts(client.clone(), stream(&["8"])).body("a longer body");
    assert_eq!(replaced.send().await.unwrap().status(), 200);
    let replaced = RequestBuilder::from_parts(client.clone(), stream(&["8"]))
        .body_stream(OneItem(Some("a longer body")));
    assert_eq!(replaced.send().await.unwrap().status(), 200);
    assert!(server.take_requests("/x").iter().all(|sent| sent.body() == "a longer body"));
}

#[cfg(feature = "multipart")]
#[tokio::test]
async fn a_multipart_form_is_sent_with_its_length_and_its_boundary() {
    use reqwest::multipart::{Form, Part};

    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x", response(200, ""));
    let form = || Form::new().text("kind", "statement").part("file", Part::bytes(b"%PDF".to_vec()));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();

    client.execute(http.post(server.url("/x")).multipart(form()).build().unwrap()).await.unwrap();
    client.post("/x").multipart(form()).send().await.unwrap();

    for sent in server.take_requests("/x") {
        let boundary =
            header(sent.headers(), "content-type").strip_prefix("multipart/form-data; boundary=").unwrap();
        let body = str::from_utf8(sent.body()).unwrap();
        assert!(body.starts_with(&format!("--{boundary}\r\n")) && body.contains("%PDF"), "{body}");
        assert_eq!(header(sent.headers(), "content-length"), body.len().to_string());
    }
}

#[tokio::test]
async fn a_request_times_out_after_its_own_timeout_or_the_clients() {
    let short = Duration::from_millis(50);
    for (of_client, of_request) in [(short, None), (60 * short, Some(short))] {
        let server = scripted(vec![ReadRequest, AwaitClose]).await;
        let client = server.client_builder(&transport()).request_timeout(of_client).build().unwrap();
        let mut get = request(&client, Method::GET, "/x");
        *get.timeout_mut() = of_request;

        assert!(client.execute(get).await.unwrap_err().is_timeout());
    }
}

#[tokio::test]
async fn a_builder_of_a_request_sets_what_it_does_not_have() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x", response(503, ""));
    let put = request(&client, Method::PUT, "/x");
    let policy =
        RetryPolicy::new().base_delay(Duration::ZERO).max_attempts(NonZeroU32::MIN.saturating_add(1));

    let put = RequestBuilder::from_parts(client, put).query(&[("a", "b")]).path_template(format!("/{}", "x"));
    assert!(format!("{put:?}").contains(r#"path_template: Some("/x")"#), "{put:?}");
    assert_eq!(put.retry_policy(policy).send().await.unwrap().status(), 503);

    let sent = server.take_requests("/x");
    assert_eq!(sent.iter().map(|sent| sent.uri().query()).collect::<Vec<_>>(), [Some("a=b"); 2]);
}
