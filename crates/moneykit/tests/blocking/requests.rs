//! Authenticated requests from threads without a runtime.

use std::io::Read;
use std::thread;
use std::time::Duration;

use http::{HeaderMap, Method};
use moneykit::blocking::{RequestBuilder, paginate};
use moneykit::{ClientBuilder, Error, ErrorCode, Page, RetryPolicy, reqwest};
use moneykit_emulator::{Emulator, RequestCounts};
use serde_json::{Value, json};

use super::gated_server::GatedServer;
use crate::{client_builder, emulated};

#[test]
fn each_method_sends_its_path_and_query() {
    let (_emulator, client) = emulated();
    for (request, method) in [
        (client.get("/links/lnk_123?page=1"), "GET"),
        (client.post("/links/lnk_123?page=1"), "POST"),
        (client.put("/links/lnk_123?page=1"), "PUT"),
        (client.patch("links/lnk_123?page=1"), "PATCH"),
        (client.delete(format!("{}/links/lnk_123?page=1", client.base_url())), "DELETE"),
        (client.request(Method::OPTIONS, "/links/lnk_123?page=1"), "OPTIONS"),
    ] {
        let echo: Value = request.query(&[("a", "b&c")]).send().unwrap().json().unwrap();

        assert_eq!(echo["method"], method);
        assert_eq!(echo["path"], "/links/lnk_123");
        assert_eq!(echo["query"], "page=1&a=b%26c");
        assert_eq!(echo["moneykit_version"], "2023-02-18");
    }
}

#[test]
fn each_body_is_sent_whole() {
    let (_emulator, client) = emulated();
    for (request, length) in [
        (client.post("/x").json(&json!({"a": 1})), 7),
        (client.post("/x").form(&[("a", "1 2")]), 5),
        (client.post("/x").body("plain"), 5),
        (client.post("/x").body(vec![0; 1_000_000]), 1_000_000),
    ] {
        let echo: Value = request.send().unwrap().json().unwrap();
        assert_eq!(echo["body_bytes"], length);
    }
}

#[test]
fn the_callers_headers_replace_the_defaults() {
    let (_emulator, client) = emulated();
    let headers = HeaderMap::from_iter([(
        http::HeaderName::from_static("moneykit-version"),
        http::HeaderValue::from_static("2030-01-01"),
    )]);
    for request in [
        client.get("/x").headers(headers),
        client.get("/x").header("moneykit-version", "2030-01-01").path_template("/x"),
    ] {
        let echo: Value = request.send().unwrap().json().unwrap();
        assert_eq!(echo["moneykit_version"], "2030-01-01");
    }
}

#[test]
fn a_body_can_be_read_whole_and_in_chunks() {
    let (_emulator, client) = emulated();
    let get = || client.get("/links").send().unwrap().error_for_status().unwrap();
    let text = get().text().unwrap();
    assert!(text.contains(r#""path":"/links""#), "{text}");
    assert_eq!(get().content_length(), Some(text.len() as u64));
    assert_eq!(get().headers()["content-type"], "application/json");
    assert_eq!(get().bytes().unwrap(), text);

    let (mut response, mut chunks) = (get(), Vec::new());
    while let Some(chunk) = response.chunk().unwrap() {
        chunks.extend(chunk);
    }
    assert_eq!(chunks, text.as_bytes());
}

#[test]
fn a_body_can_be_read_with_std_io() {
    let (_emulator, client) = emulated();
    let get = || client.get("/links/{id}").path("id", "x".repeat(1_000)).send().unwrap();
    let text = get().text().unwrap();

    let (mut response, mut copied) = (get(), Vec::new());
    assert_eq!(std::io::copy(&mut response, &mut copied).unwrap(), text.len() as u64);
    assert_eq!(copied, text.as_bytes());
    assert_eq!(response.read(&mut [0; 8]).unwrap(), 0);

    // What `read` leaves is read by the other methods.
    let (mut response, mut start) = (get(), [0; 7]);
    assert_eq!(response.read(&mut []).unwrap(), 0);
    response.read_exact(&mut start).unwrap();
    assert_eq!(start, text.as_bytes()[..7]);
    assert_eq!(response.text().unwrap(), text[7..]);
}

#[test]
fn an_error_of_std_io_has_the_error_of_the_client_inside() {
    let (emulator, client) = emulated();
    let mut response = client.get("/links").send().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();

    let error = runtime.block_on(async { response.read(&mut [0; 8]).unwrap_err() });

    let inner = error.get_ref().unwrap().downcast_ref::<Error>().unwrap();
    assert!(inner.is_blocking_in_async(), "{error:?}");
    assert_eq!(emulator.request_counts().api, 1);
}

#[test]
fn a_request_of_reqwest_is_sent_with_the_token() {
    let (emulator, client) = emulated();
    let url = |path: &str| format!("{}{path}", client.base_url()).parse().unwrap();
    let request = |path: &str| reqwest::Request::new(Method::PUT, url(path));

    assert_eq!(client.execute(request("/links")).unwrap().status(), 200);
    let builder = RequestBuilder::from_parts(client.clone(), request("/links"));
    let echo: Value = builder.query(&[("a", "b")]).body("a body").recv_json().unwrap();
    assert_eq!(
        (&echo["method"], &echo["query"], &echo["body_bytes"]),
        (&json!("PUT"), &json!("a=b"), &json!(6))
    );

    assert!(client.execute(request("/links/..;/admin")).unwrap_err().is_invalid_request());
    assert_eq!(emulator.request_counts().api, 2);
}

#[test]
fn parameters_retries_and_copies_work_as_those_of_the_async_client() {
    let emulator = Emulator::builder().stub("GET", "/links/a%2Fb", 503, "{}").start().unwrap();
    let client = client_builder(emulator.url()).build_blocking().unwrap();
    let request = client.get("/links/{id}").path("id", "a/b").idempotent();
    let request = request.retry_policy(RetryPolicy::new().base_delay(Duration::ZERO));

    let copy = request.try_clone().unwrap();
    assert_eq!(request.send().unwrap().url().path(), "/links/a%2Fb");
    assert_eq!(emulator.request_counts().api, 3);
    assert!(copy.recv_json::<Value>().unwrap_err().is_transient());
    assert_eq!(emulator.request_counts().api, 6);
    assert_eq!(client.head("/links").send().unwrap().text().unwrap(), "");
    assert!(client.get("/{id}").path("id", "..").send().unwrap_err().is_invalid_request());
}

#[test]
fn pages_and_items_end_at_the_last_page_an_error_or_a_repeated_cursor() {
    let fetch = |end: Option<u32>| {
        move |cursor: Option<u32>| {
            let number = cursor.unwrap_or_default();
            if number == 3 {
                return Err(Box::<dyn std::error::Error>::from("failed"));
            }
            let next = if number == 2 { end } else { Some(number + 1) };
            Ok(Page { items: vec![number; 2], next })
        }
    };
    let items: Result<Vec<_>, _> = paginate(fetch(None)).items().collect();
    assert_eq!(items.unwrap(), [0, 0, 1, 1, 2, 2]);
    assert_eq!(paginate(fetch(None)).map(Result::unwrap).filter(|page| page.next.is_none()).count(), 1);

    for (end, reason) in [(3, "failed"), (1, "cursor of an earlier page")] {
        let mut items = paginate(fetch(Some(end))).items().skip(6);
        assert!(items.next().unwrap().unwrap_err().to_string().contains(reason));
        assert!(items.next().is_none());
    }
}

#[test]
fn a_401_is_retried_with_a_fresh_token() {
    let (emulator, client) = emulated();
    client.get("/links").send().unwrap();
    emulator.revoke_tokens();

    let echo: Value = client.put("/x").body("unchanged").send().unwrap().json().unwrap();

    assert_eq!(echo["body_bytes"], 9);
    let RequestCounts { tokens_issued, api, api_rejected, .. } = emulator.request_counts();
    assert_eq!((tokens_issued, api, api_rejected), (2, 3, 1));
}

#[test]
fn a_second_401_is_returned() {
    let body = r#"{"error_code": "api_error.auth.expired_access_token", "error_message": "expired"}"#;
    let emulator = Emulator::builder().stub("GET", "/x", 401, body).start().unwrap();
    let client = client_builder(emulator.url()).build_blocking().unwrap();

    let response = client.get("/x").send().unwrap();

    assert_eq!((response.status().as_u16(), emulator.request_counts().api), (401, 2));
    let error = response.error_for_status().unwrap_err();
    assert!(error.is_unauthorized(), "{error:?}");
    assert_eq!(error.error_code(), Some(&ErrorCode::EXPIRED_ACCESS_TOKEN));
}

#[test]
fn a_hundred_threads_with_a_401_share_one_refresh() {
    let (emulator, client) = emulated();
    client.get("/links").send().unwrap();
    emulator.revoke_tokens();

    thread::scope(|threads| {
        let calls: Vec<_> =
            (0..100).map(|_| threads.spawn(|| client.get("/links").send().unwrap())).collect();
        for call in calls {
            assert_eq!(call.join().unwrap().status(), 200);
        }
    });

    let RequestCounts { token, api, api_rejected, .. } = emulator.request_counts();
    // One request before the tokens were revoked.
    assert_eq!((token, api - api_rejected), (2, 101));
}

#[test]
fn a_hundred_short_lived_clients_on_threads_of_their_own_get_a_token_each() {
    let emulator = Emulator::builder().start().unwrap();
    let threads: Vec<_> = (0..100)
        .map(|_| {
            let client = client_builder(emulator.url()).build_blocking().unwrap();
            thread::spawn(move || client.get("/links").send().unwrap().text().unwrap())
        })
        .collect();
    for thread in threads {
        assert!(!thread.join().unwrap().is_empty());
    }
    assert_eq!(emulator.request_counts().token, 100);
}

#[test]
fn an_invalid_request_is_rejected_before_anything_is_sent() {
    let (emulator, client) = emulated();
    for request in [
        client.get("https://evil.example/links"),
        client.get("//evil.example/links"),
        client.get("/links/../admin"),
        client.get("/links").header("authorization", "Bearer pale"),
    ] {
        let error = request.send().unwrap_err();
        assert!(error.is_invalid_request(), "{error:?}");
    }
    let mut other_origin = http::Request::get("https://evil.example/links").body(()).unwrap();
    assert!(client.authorize(&mut other_origin).unwrap_err().is_invalid_request());
    assert!(other_origin.headers().is_empty());
    assert_eq!(emulator.request_counts(), RequestCounts::default());
}

#[test]
fn token_calls_time_out() {
    const SHORT: Duration = Duration::from_millis(50);

    let cases: [fn(ClientBuilder) -> Error; 4] = [
        |builder| builder.token_attempt_timeout(SHORT).build_blocking().unwrap().request_token().unwrap_err(),
        |builder| builder.token_timeout(SHORT).build_blocking().unwrap().access_token().unwrap_err(),
        |builder| builder.token_timeout(SHORT).build_blocking().unwrap().get("/x").send().unwrap_err(),
        |builder| builder.token_timeout(SHORT).build_blocking().unwrap().warm_up().unwrap_err(),
    ];
    for case in cases {
        let server = GatedServer::start();
        let error = case(client_builder(&server.url));
        assert!(error.is_timeout() && error.is_transient(), "{error:?}");
    }
}

#[test]
fn requests_time_out() {
    const SHORT: Duration = Duration::from_millis(50);

    let cases: [fn(ClientBuilder) -> RequestBuilder; 2] = [
        |builder| builder.build_blocking().unwrap().get("/x").timeout(SHORT),
        |builder| builder.request_timeout(SHORT).build_blocking().unwrap().get("/x"),
    ];
    for case in cases {
        let server = GatedServer::start();
        // The token request gets a response; the request after it does not.
        server.respond();
        let error = case(client_builder(&server.url)).send().unwrap_err();
        assert!(error.is_timeout() && error.is_transient(), "{error:?}");
        assert!(!error.to_string().contains("token"), "{error}");
    }
}
