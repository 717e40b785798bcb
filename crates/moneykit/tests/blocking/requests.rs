//! Authenticated requests from plain threads.

use std::thread;
use std::time::Duration;

use http::{HeaderMap, Method};
use moneykit::blocking::RequestBuilder;
use moneykit::{ClientBuilder, Error, ErrorCode};
use moneykit_emulator::{Emulator, RequestCounts};
use serde_json::{Value, json};

use super::held::Held;
use crate::{builder, emulator};

#[test]
fn each_method_arrives_with_its_path_and_query() {
    let (_emulator, client) = emulator();
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
fn each_body_arrives_whole() {
    let (_emulator, client) = emulator();
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
fn headers_of_the_caller_take_the_place_of_the_clients() {
    let (_emulator, client) = emulator();
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
fn a_body_can_be_read_in_each_way() {
    let (_emulator, client) = emulator();
    let answer = || client.get("/links").send().unwrap().error_for_status().unwrap();
    let text = answer().text().unwrap();
    assert!(text.contains(r#""path":"/links""#), "{text}");
    assert_eq!(answer().content_length(), Some(text.len() as u64));
    assert_eq!(answer().headers()["content-type"], "application/json");
    assert_eq!(answer().bytes().unwrap(), text);

    let (mut answer, mut parts) = (answer(), Vec::new());
    while let Some(part) = answer.chunk().unwrap() {
        parts.extend(part);
    }
    assert_eq!(parts, text.as_bytes());
}

#[test]
fn a_request_that_meets_a_401_is_sent_again_with_a_fresh_token() {
    let (emulator, client) = emulator();
    client.warm_up().unwrap();
    emulator.revoke_tokens();

    let echo: Value = client.put("/x").body("as it was").send().unwrap().json().unwrap();

    assert_eq!(echo["body_bytes"], 9);
    let RequestCounts { tokens_issued, api, api_refused, .. } = emulator.request_counts();
    assert_eq!((tokens_issued, api, api_refused), (2, 2, 1));
}

#[test]
fn a_second_401_is_returned_as_it_is() {
    let refusal = r#"{"error_code": "api_error.auth.expired_access_token", "error_message": "expired"}"#;
    let emulator = Emulator::builder().stub("GET", "/x", 401, refusal).start().unwrap();
    let client = builder(emulator.url()).build_blocking().unwrap();

    let answer = client.get("/x").send().unwrap();

    assert_eq!((answer.status().as_u16(), emulator.request_counts().api), (401, 2));
    let error = answer.error_for_status().unwrap_err();
    assert!(error.is_unauthorized(), "{error:?}");
    assert_eq!(error.error_code(), Some(&ErrorCode::EXPIRED_ACCESS_TOKEN));
}

#[test]
fn a_hundred_threads_that_meet_a_401_cause_one_refresh() {
    let (emulator, client) = emulator();
    client.warm_up().unwrap();
    emulator.revoke_tokens();

    thread::scope(|threads| {
        let calls: Vec<_> =
            (0..100).map(|_| threads.spawn(|| client.get("/links").send().unwrap())).collect();
        for call in calls {
            assert_eq!(call.join().unwrap().status(), 200);
        }
    });

    let RequestCounts { token, api, api_refused, .. } = emulator.request_counts();
    assert_eq!((token, api - api_refused), (2, 100));
}

#[test]
fn a_thread_for_each_call_and_clients_that_come_and_go() {
    let emulator = Emulator::builder().start().unwrap();
    let threads: Vec<_> = (0..100)
        .map(|_| {
            let client = builder(emulator.url()).build_blocking().unwrap();
            thread::spawn(move || client.get("/links").send().unwrap().text().unwrap())
        })
        .collect();
    for thread in threads {
        assert!(!thread.join().unwrap().is_empty());
    }
    assert_eq!(emulator.request_counts().token, 100);
}

#[test]
fn what_can_not_be_sent_is_refused_before_anything_is() {
    let (emulator, client) = emulator();
    for request in [
        client.get("https://evil.example/links"),
        client.get("//evil.example/links"),
        client.get("/links/../admin"),
        client.get("/links").header("authorization", "Bearer pale"),
    ] {
        let error = request.send().unwrap_err();
        assert!(error.is_invalid_request(), "{error:?}");
    }
    let mut elsewhere = http::Request::get("https://evil.example/links").body(()).unwrap();
    assert!(client.authorize(&mut elsewhere).unwrap_err().is_invalid_request());
    assert!(elsewhere.headers().is_empty());
    assert_eq!(emulator.request_counts(), RequestCounts::default());
}

#[test]
fn a_call_ends_in_time_though_no_answer_comes() {
    const SHORT: Duration = Duration::from_millis(50);

    let cases: [fn(ClientBuilder) -> Error; 4] = [
        |builder| builder.token_attempt_timeout(SHORT).build_blocking().unwrap().request_token().unwrap_err(),
        |builder| builder.token_timeout(SHORT).build_blocking().unwrap().access_token().unwrap_err(),
        |builder| builder.token_timeout(SHORT).build_blocking().unwrap().get("/x").send().unwrap_err(),
        |builder| builder.token_timeout(SHORT).build_blocking().unwrap().warm_up().unwrap_err(),
    ];
    for case in cases {
        let server = Held::start();
        let error = case(builder(&server.url));
        assert!(error.is_timeout() && error.is_transient(), "{error:?}");
    }
}

#[test]
fn a_request_ends_in_time_though_no_answer_comes() {
    const SHORT: Duration = Duration::from_millis(50);

    let cases: [fn(ClientBuilder) -> RequestBuilder; 2] = [
        |builder| builder.build_blocking().unwrap().get("/x").timeout(SHORT),
        |builder| builder.request_timeout(SHORT).build_blocking().unwrap().get("/x"),
    ];
    for case in cases {
        let server = Held::start();
        // The token, and nothing after it.
        server.answer();
        let error = case(builder(&server.url)).send().unwrap_err();
        assert!(error.is_timeout() && error.is_transient(), "{error:?}");
        assert!(!error.to_string().contains("token"), "{error}");
    }
}
