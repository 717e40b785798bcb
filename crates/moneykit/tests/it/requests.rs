//! Authenticated requests: what arrives, what comes back, and what is refused before it is sent.

mod rejected;
mod server;
#[cfg(all(feature = "reqwest-middleware", feature = "tower"))]
mod styles;

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_core::Stream;
use http::Method;
use httpmock::MockServer;
use moneykit::{Client, Error, ErrorCode, Transport, reqwest};
use moneykit_emulator::Emulator;
use serde_json::{Value, json};

use crate::{CLIENT_ID, CLIENT_SECRET, TOKEN, builder, everything, token_body};
use server::{Answer, Server};

fn emulator() -> (Emulator, Client) {
    let emulator = Emulator::builder().client(CLIENT_ID, CLIENT_SECRET).start().unwrap();
    let client =
        Client::builder().credentials(CLIENT_ID, CLIENT_SECRET).base_url(emulator.url()).build().unwrap();
    (emulator, client)
}

/// A server that gives tokens, and a client of it.
async fn mocked() -> (MockServer, Client) {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| drop((when.path("/auth/token"), then.status(201).body(token_body()))))
        .await;
    let client = builder(&server).build().unwrap();
    (server, client)
}

#[tokio::test]
async fn each_method_arrives_with_its_path_and_query() {
    let (_emulator, client) = emulator();
    for (request, method) in [
        (client.get("/links/lnk_123?page=1"), "GET"),
        (client.post("/links/lnk_123?page=1"), "POST"),
        (client.put("/links/lnk_123?page=1"), "PUT"),
        (client.patch("links/lnk_123?page=1"), "PATCH"),
        (client.delete(format!("{}/links/lnk_123?page=1", client.base_url())), "DELETE"),
        (client.request(Method::OPTIONS, "/links/lnk_123?page=1"), "OPTIONS"),
    ] {
        let echo: Value = request.query(&[("a", "b&c")]).send().await.unwrap().json().await.unwrap();

        assert_eq!(echo["method"], method);
        assert_eq!(echo["path"], "/links/lnk_123");
        assert_eq!(echo["query"], "page=1&a=b%26c");
        assert_eq!(echo["moneykit_version"], "2023-02-18");
    }
}

#[tokio::test]
async fn each_body_arrives_whole_and_with_its_type() {
    let (server, client) = mocked().await;
    let data = [("a", "1 2")];
    for (request, content_type, body) in [
        (client.post("/x").json(&json!({"a": 1})), Some("application/json"), r#"{"a":1}"#),
        (client.post("/x").form(&data), Some("application/x-www-form-urlencoded"), "a=1+2"),
        (client.post("/x").body("plain"), None, "plain"),
        (client.post("/x").body_stream(Once(Some("streamed"))), None, "streamed"),
    ] {
        let mock = server
            .mock_async(|when, then| {
                let when = when.path("/x").body(body).header("authorization", format!("Bearer {TOKEN}"));
                let _ = match content_type {
                    Some(content_type) => when.header("content-type", content_type),
                    None => when.header_missing("content-type"),
                };
                then.status(204);
            })
            .await;
        assert_eq!(request.send().await.unwrap().status(), 204, "{body}");
        mock.delete_async().await;
    }
}

#[tokio::test]
async fn headers_of_the_caller_take_the_place_of_the_clients() {
    let (server, client) = mocked().await;
    let mock = server
        .mock_async(|when, then| {
            when.path("/x")
                .header("moneykit-version", "2030-01-01")
                .header("user-agent", "teller/7")
                .header("idempotency-key", "k1");
            then.status(200);
        })
        .await;
    let mut headers = http::HeaderMap::new();
    headers.insert("moneykit-version", "2030-01-01".parse().unwrap());
    headers.insert("idempotency-key", "k1".parse().unwrap());

    client.get("/x").headers(headers).header("user-agent", "teller/7").send().await.unwrap();
    mock.assert_async().await;
}

#[tokio::test]
async fn what_can_not_be_sent_is_refused_before_anything_is() {
    let (emulator, client) = emulator();
    for (request, why) in [
        (client.get("https://evil.example/links"), "origin"),
        (client.get("//evil.example/links"), "two slashes"),
        (client.get("/links/../admin"), "segment"),
        (client.get("/links").header("authorization", "Bearer pale"), "`Authorization`"),
        (client.get("/links").header("x", "pale\n"), "header value"),
        (client.get("/links").header("pale header", "x"), "header name"),
        (client.get("/links").query(&"pale"), "maps and structs"),
        (client.get("//evil.example/links").header("x", "y").timeout(Duration::ZERO), "two slashes"),
    ] {
        let error = request.send().await.unwrap_err();

        assert!(error.is_invalid_request() && !error.is_transient(), "{why}: {error:?}");
        assert!(error.to_string().contains(why), "{error}");
        assert!(!everything(&error).contains("pale"), "{error:?}");
    }
    assert_eq!(emulator.request_counts(), moneykit_emulator::RequestCounts::default());
}

#[tokio::test]
async fn no_redirect_is_followed_and_each_is_an_error() {
    let (server, client) = mocked().await;
    let elsewhere = MockServer::start_async().await;
    let mock = elsewhere.mock_async(|_, then| drop(then.status(200))).await;
    server
        .mock_async(|when, then| {
            when.path("/moved");
            then.status(307).header("location", elsewhere.url("/links"));
        })
        .await;

    let answer = client.get("/moved").send().await.unwrap();
    assert_eq!(answer.status(), 307);
    let error = answer.error_for_status().await.unwrap_err();
    assert!(error.to_string().contains("redirects are not followed"), "{error}");
    assert_eq!(mock.calls_async().await, 0);
}

#[tokio::test]
async fn an_error_says_what_the_api_says() {
    let (server, client) = mocked().await;
    server
        .mock_async(|when, then| {
            when.path("/x");
            then.status(429).header("retry-after", "7").json_body(json!({
                "error_code": "api_error.rate_limit_exceeded",
                "error_message": "Too many requests",
                "documentation_url": "https://docs.moneykit.com",
            }));
        })
        .await;

    let error = client.get("/x").send().await.unwrap().error_for_status().await.unwrap_err();

    assert!(error.is_rate_limited() && error.is_transient() && !error.is_unauthorized());
    assert_eq!(error.status().unwrap(), 429);
    assert_eq!(error.error_code(), Some(&ErrorCode::RATE_LIMIT_EXCEEDED));
    assert_eq!(error.message(), Some("Too many requests"));
    assert_eq!(error.documentation_url(), Some("https://docs.moneykit.com"));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(
        error.to_string(),
        "the API answered 429 Too Many Requests: Too many requests (api_error.rate_limit_exceeded); try again later"
    );
}

#[tokio::test]
async fn an_error_quotes_neither_token_nor_secret_nor_a_long_body() {
    let (server, client) = mocked().await;
    let encoded = TOKEN.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
    for (body, message) in [
        (
            format!(r#"{{"error_message":"token {TOKEN} of {CLIENT_SECRET}"}}"#),
            Some("token [redacted] of [redacted]"),
        ),
        (format!(r#"{{"error_message":"token {encoded}"}}"#), Some("[redacted]")),
        (format!(r#"{{"error_message":"{}"}}"#, "long".repeat(20_000)), None),
        (TOKEN.to_owned(), None),
    ] {
        let mock = server.mock_async(|when, then| drop((when.path("/x"), then.status(500).body(body)))).await;

        let error = client.get("/x").send().await.unwrap().error_for_status().await.unwrap_err();

        assert_eq!(error.message(), message);
        assert!(error.is_transient() && error.status().unwrap() == 500);
        let shown = everything(&error);
        assert!(!shown.contains(TOKEN) && !shown.contains(CLIENT_SECRET), "{shown}");
        mock.delete_async().await;
    }
}

#[tokio::test]
async fn a_success_and_a_304_are_no_errors() {
    let (server, client) = mocked().await;
    for status in [200, 204, 304] {
        let mock = server.mock_async(|when, then| drop((when.path("/x"), then.status(status)))).await;
        client.get("/x").send().await.unwrap().error_for_status().await.unwrap();
        mock.delete_async().await;
    }
}

#[tokio::test]
async fn a_body_that_is_not_what_was_to_be_read_is_not_quoted() {
    let (server, client) = mocked().await;
    for (body, what) in [
        (r#"{"amount":"pale"}"#, "does not match the type"),
        (r#"{"pale":1}"#, "does not match the type"),
        ("{pale", "not JSON"),
        (r#"{"amount":"pale"#, "ends before"),
    ] {
        let mock = server.mock_async(|when, then| drop((when.path("/x"), then.status(200).body(body)))).await;

        let answer = client.get("/x").send().await.unwrap();
        let error = answer.json::<std::collections::HashMap<String, Vec<u64>>>().await.unwrap_err();

        assert!(error.is_invalid_response() && !error.is_transient());
        assert_eq!(error.status().unwrap(), 200);
        assert!(error.to_string().contains(what) && error.to_string().contains("line 1"), "{error}");
        assert!(!everything(&error).contains("pale"), "{error:?}");
        mock.delete_async().await;
    }
}

#[tokio::test]
async fn a_body_can_be_read_whole_in_parts_and_as_a_stream() {
    let (server, client) = mocked().await;
    let text = "all of it, however long ".repeat(10_000);
    server.mock_async(|when, then| drop((when.path("/x"), then.status(200).body(&text)))).await;
    let answer = async || client.get("/x").send().await.unwrap();

    assert_eq!(answer().await.content_length(), Some(text.len() as u64));
    assert_eq!(answer().await.text().await.unwrap(), text);
    assert_eq!(answer().await.bytes().await.unwrap(), text);

    let (mut in_parts, mut read) = (answer().await, Vec::new());
    while let Some(part) = in_parts.chunk().await.unwrap() {
        read.extend_from_slice(&part);
    }
    assert_eq!(read, text.as_bytes());

    let (mut stream, mut read) = (answer().await.bytes_stream(), Vec::new());
    while let Some(part) = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await {
        read.extend_from_slice(&part.unwrap());
    }
    assert_eq!(read, text.as_bytes());
}

#[tokio::test]
async fn a_request_that_is_not_answered_times_out_whoever_set_the_time() {
    let soon = Duration::from_millis(50);
    let server = Server::start(|_| Answer::Silence);
    let shared = Transport::new(reqwest::Client::builder().no_proxy()).unwrap();
    for (client, own) in [
        (server.client().request_timeout(soon), None),
        (server.client().transport(shared).request_timeout(soon), None),
        (server.client(), Some(soon)),
        (server.client().request_timeout(soon / 50), Some(soon)),
    ] {
        let client = client.build().unwrap();
        let mut request = client.get("/links");
        if let Some(own) = own {
            request = request.timeout(own);
        }
        let error = request.send().await.unwrap_err();

        assert!(error.is_timeout() && error.is_transient() && error.status().is_none(), "{error:?}");
        assert!(error.to_string().contains(" did not answer the request in time; "), "{error}");
        assert!(!everything(&error).contains("/links"), "{error:?}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_transient() {
    let server = Server::start(|_| Answer::Bytes("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npale"));
    let client = server.client().build().unwrap();
    let answer = async || client.get("/x").send().await.unwrap();

    let mut stream = answer().await.bytes_stream();
    let mut last = None;
    while let Some(part) = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await {
        last = Some(part);
    }
    for error in [
        answer().await.bytes().await.unwrap_err(),
        answer().await.json::<Value>().await.unwrap_err(),
        last.unwrap().unwrap_err(),
    ] {
        assert!(error.is_transient() && !error.is_timeout() && !error.is_connect(), "{error:?}");
        assert!(!everything(&error).contains("pale"), "{error:?}");
    }
}

#[test]
fn outside_of_a_runtime_there_is_an_error_and_no_panic() {
    let (_emulator, client) = emulator();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(client.warm_up()).unwrap();

    let outcome = std::pin::pin!(client.get("/x").send()).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Err(error)) = outcome else { panic!("{outcome:?}") };
    assert!(error.to_string().contains("runtime"), "{error}");
}

#[tokio::test]
async fn a_request_of_another_library_gets_the_headers() -> Result<(), Box<dyn std::error::Error>> {
    let (_emulator, client) = emulator();
    let mut request = http::Request::get(format!("{}/links", client.base_url()))
        .header("authorization", "an old one")
        .header("user-agent", "teller/7")
        .body("")?;

    client.authorize(&mut request).await?;
    client.authorize(&mut request).await?;

    assert_eq!(request.headers().get_all("authorization").iter().count(), 1);
    assert!(request.headers()["authorization"].is_sensitive());
    assert_eq!(request.headers()["moneykit-version"], "2023-02-18");
    assert_eq!(request.headers()["user-agent"], "teller/7");
    let http = reqwest::Client::builder().no_proxy().build()?;
    assert_eq!(http.execute(request.try_into()?).await?.status(), 200);
    Ok(())
}

#[tokio::test]
async fn a_request_of_another_library_to_elsewhere_gets_nothing() {
    let (emulator, client) = emulator();
    for uri in ["https://evil.example/links", "http://127.0.0.1/links", "http://id@127.0.0.1/"] {
        let mut request = http::Request::get(uri).body(()).unwrap();
        let error: Error = client.authorize(&mut request).await.unwrap_err();

        assert!(error.is_invalid_request(), "{error:?}");
        assert!(request.headers().is_empty());
    }
    assert_eq!(emulator.request_counts().token, 0);
}

/// A stream of one part.
struct Once(Option<&'static str>);

impl Stream for Once {
    type Item = Result<&'static str, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}
