//! Authenticated requests: what the server receives, what the caller gets, and what is rejected before it is sent.

mod execute;
mod pagination;
mod paths;
mod responses;
mod retries;
mod stale_connections;
mod unauthorized;

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, Method, Response};
use moneykit::{Error, ErrorCode, reqwest};
use moneykit_emulator::RequestCounts;
use serde_json::{Value, json};

use crate::mock::{MockServer, header, redirect, response};
use crate::scripted::Step::{AwaitClose, ReadRequest};
use crate::scripted::{ScriptedServer, Step, closing_response, send, transport};
use crate::{CLIENT_SECRET, OneItem, TOKEN, client_builder, emulated, render, token_body};

/// Starts a server that issues a token on its first connection, and follows a script on all further ones.
async fn scripted(script: Vec<Step>) -> ScriptedServer {
    let token = vec![ReadRequest, closing_response("201 Created", token_body())];
    ScriptedServer::start(vec![token, script]).await
}

#[tokio::test]
async fn each_method_sends_its_path_and_query() {
    let (_emulator, client) = emulated();
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
async fn each_body_is_sent_whole_with_its_content_type() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/x", response(204, ""));
    let data = [("a", "1 2")];
    for (request, content_type, body) in [
        (client.post("/x").json(&json!({"a": 1})), "application/json", r#"{"a":1}"#),
        (client.post("/x").form(&data), "application/x-www-form-urlencoded", "a=1+2"),
        (client.post("/x").body("plain"), "", "plain"),
        (client.post("/x").body_stream(OneItem(Some("streamed"))), "", "streamed"),
    ] {
        assert_eq!(request.send().await.unwrap().status(), 204, "{body}");

        let request = server.take_request("/x");
        assert_eq!(request.body(), body);
        assert_eq!(header(request.headers(), "content-type"), content_type);
        assert_eq!(header(request.headers(), "authorization"), format!("Bearer {TOKEN}"));
    }
}

#[tokio::test]
async fn the_callers_headers_replace_the_defaults() {
    let (server, client) = MockServer::with_tokens().await;
    let mut headers = HeaderMap::new();
    headers.insert("moneykit-version", "2030-01-01".parse().unwrap());
    headers.insert("idempotency-key", "k1".parse().unwrap());

    client.get("/x").headers(headers).header("user-agent", "teller/7").send().await.unwrap();

    let request = server.take_request("/x");
    for (name, value) in
        [("moneykit-version", "2030-01-01"), ("user-agent", "teller/7"), ("idempotency-key", "k1")]
    {
        let values: Vec<_> = request.headers().get_all(name).iter().collect();
        assert_eq!(values, [value]);
    }
}

#[tokio::test]
async fn an_invalid_request_is_rejected_before_anything_is_sent() {
    let (emulator, client) = emulated();
    for (request, reason) in [
        (client.get("https://evil.example/links"), "origin"),
        (client.get("//evil.example/links"), "two slashes"),
        (client.get("/links/../admin"), "segment"),
        (client.get("/links").header("authorization", "Bearer pale"), "`Authorization`"),
        (client.get("/links").header("host", "pale.example"), "`Host`"),
        (client.get("/links").header("content-length", "40"), "`Content-Length`"),
        (client.post("/links").header("content-length", "0").body("pale"), "`Content-Length`"),
        (client.post("/links").header("transfer-encoding", "chunked").body("pale"), "`Transfer-Encoding`"),
        (client.get("/links").header("connection", "authorization"), "`Connection`"),
        (client.get("/links").header("keep-alive", "pale"), "`Keep-Alive`"),
        (client.get("/links").header("upgrade", "h2c"), "`Upgrade`"),
        (client.get("/links").header("http2-settings", "pale"), "`HTTP2-Settings`"),
        (client.get("/links").header("te", "trailers"), "`TE`"),
        (client.get("/links").header("trailer", "pale"), "`Trailer`"),
        (client.get("/links").header("proxy-authorization", "pale"), "`Proxy-…`"),
        (client.get("/links/..;/admin"), "segment"),
        (client.get("/links/..%3Fadmin"), "segment"),
        (client.get("/links/%E2%80%A5/admin"), "segment"),
        (client.get("/links/.%E2%80%8B./admin"), "segment"),
        (client.get("/links/%252e%252e/admin"), "encoded twice"),
        (client.request(Method::CONNECT, "/links"), "CONNECT"),
        (client.request(Method::TRACE, "/links"), "TRACE"),
        (client.get("/links/%c0%ae%c0%ae/admin"), "not UTF-8"),
        (client.get("/links").header("x", "pale\n"), "header value"),
        (client.get("/links").header("pale header", "x"), "header name"),
        (client.get("/links").query(&"pale"), "maps and structs"),
        (client.get("//evil.example/links").header("x", "y").timeout(Duration::ZERO), "two slashes"),
    ] {
        let error = request.send().await.unwrap_err();

        assert!(error.is_invalid_request() && !error.is_transient(), "{reason}: {error:?}");
        assert!(error.to_string().contains(reason), "{error}");
        assert!(!render(&error).contains("pale"), "{error:?}");
    }
    assert_eq!(emulator.request_counts(), RequestCounts::default());
}

#[tokio::test]
async fn an_encoded_slash_is_sent_as_it_is() {
    let (server, client) = MockServer::with_tokens().await;
    server.respond("/links/a%2Fb", response(204, ""));

    assert_eq!(client.get("/links/a%2Fb").send().await.unwrap().status(), 204);
}

#[tokio::test]
async fn a_body_is_read_up_to_its_limit() {
    const LIMIT: usize = 100_000;

    let (server, client) = MockServer::with_tokens().await;
    let limited = client_builder(server.url("")).max_response_body_bytes(LIMIT).build().unwrap();
    for length in [0, 1, LIMIT] {
        server.respond("/x", response(200, "x".repeat(length)));
        assert_eq!(limited.get("/x").send().await.unwrap().bytes().await.unwrap().len(), length);
    }
    server.respond("/x", response(200, "x".repeat(LIMIT + 1)));
    let error = limited.get("/x").send().await.unwrap().text().await.unwrap_err();
    assert!(
        error.is_invalid_response() && !error.is_transient() && error.status().unwrap() == 200,
        "{error:?}"
    );
    let text = error.to_string();
    assert!(text.contains("larger than 100000 bytes; read it with `chunk`"), "{text}");
    assert!(limited.get("/x").send().await.unwrap().json::<Value>().await.unwrap_err().is_invalid_response());

    // A stream has no limit, nor has an error response, of which 64 KiB are read.
    let mut length = 0;
    let mut streamed = limited.get("/x").send().await.unwrap();
    while let Some(chunk) = streamed.chunk().await.unwrap() {
        length += chunk.len();
    }
    assert_eq!(length, LIMIT + 1);
    assert_eq!(client.get("/x").send().await.unwrap().bytes().await.unwrap().len(), LIMIT + 1);
}

#[tokio::test]
async fn the_limit_of_a_body_without_a_length_applies_to_what_arrives() {
    let chunked = |size: usize| {
        let body = format!("{size:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(size));
        send(format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n{body}"))
    };
    for (size, is_read) in [(1000, true), (1001, false)] {
        let server = scripted(vec![ReadRequest, chunked(size)]).await;
        let client = server.client_builder(&transport()).max_response_body_bytes(1000).build().unwrap();

        let outcome = client.get("/x").send().await.unwrap().bytes().await;

        assert_eq!(outcome.as_ref().is_ok_and(|body| body.len() == size), is_read, "{outcome:?}");
        assert!(is_read || outcome.unwrap_err().is_invalid_response());
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_is_an_error() {
    let (server, client) = MockServer::with_tokens().await;
    let other = MockServer::start().await;
    server.respond("/moved", redirect(307, &other.url("/links")));

    let response = client.get("/moved").send().await.unwrap();
    assert_eq!(response.status(), 307);
    let error = response.error_for_status().await.unwrap_err();
    assert!(error.to_string().contains("redirects are not followed"), "{error}");
    assert_eq!(other.take_requests("/links").len(), 0);
}

#[tokio::test]
async fn an_error_reports_the_error_response_of_the_api() {
    let (server, client) = MockServer::with_tokens().await;
    let body = json!({
        "error_code": "api_error.rate_limit_exceeded",
        "error_message": "Too many requests",
        "documentation_url": "https://docs.moneykit.com",
    });
    let limited = Response::builder().status(429).header("retry-after", "7").body(body.to_string().into());
    server.respond("/x", limited.unwrap());

    let error = client.get("/x").send().await.unwrap().error_for_status().await.unwrap_err();

    assert!(error.is_rate_limited() && error.is_transient() && !error.is_unauthorized());
    assert_eq!(error.status().unwrap(), 429);
    assert_eq!(error.error_code(), Some(&ErrorCode::RATE_LIMIT_EXCEEDED));
    assert_eq!(error.message(), Some("Too many requests"));
    assert_eq!(error.documentation_url(), Some("https://docs.moneykit.com"));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(
        error.to_string(),
        format!(
            "the API of {} responded with 429 Too Many Requests: Too many requests \
             (api_error.rate_limit_exceeded); try again in 7 s",
            server.url("")
        )
    );
}

#[tokio::test]
async fn an_error_contains_no_token_no_secret_and_no_long_body() {
    let (server, client) = MockServer::with_tokens().await;
    let encoded = TOKEN.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
    for (body, message) in [
        (format!(r#"{{"error_message":"token {TOKEN} of {CLIENT_SECRET}"}}"#), Some("[redacted]")),
        (format!(r#"{{"error_message":"token {encoded}"}}"#), Some("[redacted]")),
        (format!(r#"{{"error_message":"{}"}}"#, "long".repeat(20_000)), None),
        (TOKEN.to_owned(), None),
    ] {
        server.respond("/x", response(500, body));

        let error = client.get("/x").send().await.unwrap().error_for_status().await.unwrap_err();

        assert_eq!(error.message(), message);
        assert!(error.is_transient() && error.status().unwrap() == 500);
        let shown = render(&error);
        assert!(!shown.contains(TOKEN) && !shown.contains(CLIENT_SECRET), "{shown}");
    }
}

#[tokio::test]
async fn a_2xx_and_a_304_are_not_errors() {
    let (server, client) = MockServer::with_tokens().await;
    for status in [200, 204, 304] {
        server.respond("/x", response(status, ""));
        client.get("/x").send().await.unwrap().error_for_status().await.unwrap();
    }
}

#[tokio::test]
async fn a_json_error_does_not_quote_the_body() {
    let (server, client) = MockServer::with_tokens().await;
    for (body, reason) in [
        (r#"{"amount":"pale"}"#, "does not match the type"),
        (r#"{"pale":1}"#, "does not match the type"),
        ("{pale", "not JSON"),
        (r#"{"amount":"pale"#, "ends before"),
    ] {
        server.respond("/x", response(200, body));

        let response = client.get("/x").send().await.unwrap();
        let error = response.json::<HashMap<String, Vec<u64>>>().await.unwrap_err();

        assert!(error.is_invalid_response() && !error.is_transient());
        assert_eq!(error.status().unwrap(), 200);
        assert!(error.to_string().contains(reason) && error.to_string().contains("line 1"), "{error}");
        assert!(!render(&error).contains("pale"), "{error:?}");
    }
}

/// Collects the items of a stream.
async fn collect<T>(mut stream: impl Stream<Item = T> + Unpin) -> Vec<T> {
    let mut items = Vec::new();
    while let Some(item) = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await {
        items.push(item);
    }
    items
}

#[tokio::test]
async fn a_body_can_be_read_whole_in_chunks_and_as_a_stream() {
    let (server, client) = MockServer::with_tokens().await;
    let text = "a body of several chunks ".repeat(10_000);
    server.respond("/x", response(200, text.clone()));
    let get = async || client.get("/x").send().await.unwrap();

    assert_eq!(get().await.content_length(), Some(text.len() as u64));
    assert_eq!(get().await.text().await.unwrap(), text);
    assert_eq!(get().await.bytes().await.unwrap(), text);

    let (mut response, mut chunks) = (get().await, Vec::new());
    while let Some(chunk) = response.chunk().await.unwrap() {
        chunks.extend_from_slice(&chunk);
    }
    assert_eq!(chunks, text.as_bytes());

    let chunks: Result<Vec<Bytes>, Error> = collect(get().await.bytes_stream()).await.into_iter().collect();
    assert_eq!(chunks.unwrap().concat(), text.as_bytes());
}

#[tokio::test]
async fn a_request_times_out_after_its_own_timeout_or_the_clients() {
    let short = Duration::from_millis(50);
    let shared = transport();
    let own = || reqwest::Client::builder().no_proxy();
    for (has_own_transport, of_client, of_request) in [
        (true, Some(short), None),
        (false, Some(short), None),
        (true, None, Some(short)),
        (true, Some(short / 50), Some(short)),
    ] {
        let server = scripted(vec![ReadRequest, AwaitClose]).await;
        let mut builder = server.client_builder(&shared);
        if has_own_transport {
            builder = builder.http_client_builder(own());
        }
        if let Some(timeout) = of_client {
            builder = builder.request_timeout(timeout);
        }
        let client = builder.build().unwrap();
        let mut request = client.get("/links");
        if let Some(timeout) = of_request {
            request = request.timeout(timeout);
        }
        let error = request.send().await.unwrap_err();

        assert!(error.is_timeout() && error.is_transient() && error.status().is_none(), "{error:?}");
        assert!(error.to_string().contains(" did not respond to the request in time; "), "{error}");
        assert!(!render(&error).contains("/links"), "{error:?}");
    }
}

#[tokio::test]
async fn a_truncated_body_is_a_transient_error() {
    let truncated = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npale";
    let server = scripted(vec![ReadRequest, send(truncated)]).await;
    let client = server.client_builder(&transport()).build().unwrap();
    let get = async || client.get("/x").send().await.unwrap();

    let last = collect(get().await.bytes_stream()).await.pop().unwrap();
    for error in [
        get().await.bytes().await.unwrap_err(),
        get().await.json::<Value>().await.unwrap_err(),
        last.unwrap_err(),
    ] {
        assert!(error.is_transient() && !error.is_timeout() && !error.is_connect(), "{error:?}");
        assert!(!render(&error).contains("pale"), "{error:?}");
    }
}

#[test]
fn a_request_outside_of_a_runtime_is_an_error() {
    let (_emulator, client) = emulated();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(client.warm_up()).unwrap();

    let outcome = std::pin::pin!(client.get("/x").send()).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Err(error)) = outcome else { panic!("{outcome:?}") };
    assert!(error.to_string().contains("runtime"), "{error}");
}

#[tokio::test]
async fn authorize_sets_the_headers_of_a_request_of_another_library() -> Result<(), Box<dyn std::error::Error>>
{
    let (_emulator, client) = emulated();
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
async fn authorize_rejects_a_request_to_another_origin() {
    let (emulator, client) = emulated();
    for uri in ["https://evil.example/links", "http://127.0.0.1/links", "http://id@127.0.0.1/"] {
        let mut request = http::Request::get(uri).body(()).unwrap();
        let error: Error = client.authorize(&mut request).await.unwrap_err();

        assert!(error.is_invalid_request(), "{error:?}");
        assert!(request.headers().is_empty());
    }
    assert_eq!(emulator.request_counts().token, 0);
}

#[tokio::test]
async fn authorize_rejects_the_methods_connect_and_trace() {
    let (emulator, client) = emulated();
    for method in [Method::CONNECT, Method::TRACE] {
        let mut request = http::Request::new(());
        *request.uri_mut() = format!("{}/links", emulator.url()).parse().unwrap();
        *request.method_mut() = method;
        let error: Error = client.authorize(&mut request).await.unwrap_err();

        assert!(
            error.is_invalid_request() && error.to_string().contains(request.method().as_str()),
            "{error}"
        );
        assert!(request.headers().is_empty());
    }
    assert_eq!(emulator.request_counts().token, 0);
}
