//! Path parameters: what is sent, and what is rejected before anything is sent.

use std::time::Duration;

use moneykit::RequestBuilder;
use moneykit_emulator::RequestCounts;
use serde_json::Value;

use crate::mock::{MockServer, response};
use crate::{client_builder, emulated, render};

#[tokio::test]
async fn a_parameter_is_sent_as_one_segment() {
    let (server, client) = MockServer::with_tokens().await;
    for (value, path) in [
        ("lnk_123", "/links/lnk_123/accounts"),
        ("a/b", "/links/a%2Fb/accounts"),
        ("a?b=c#d", "/links/a%3Fb%3Dc%23d/accounts"),
        ("a;b", "/links/a%3Bb/accounts"),
        ("100%", "/links/100%25/accounts"),
        ("https://evil.example", "/links/https%3A%2F%2Fevil.example/accounts"),
        ("é", "/links/%C3%A9/accounts"),
    ] {
        server.respond(path, response(204, ""));
        let request = client.get("/links/{link_id}/accounts").path("link_id", value).query(&[("page", 2)]);

        assert_eq!(request.send().await.unwrap().status(), 204, "{value}");
        assert_eq!(server.take_request(path).uri().query(), Some("page=2"));
    }
}

#[tokio::test]
async fn a_template_is_relative_to_the_base_url_and_each_setter_works_before_and_after() {
    let (server, _) = MockServer::with_tokens().await;
    let client = client_builder(server.url("/gateway")).build().unwrap();
    server.respond("/gateway/auth/token", response(201, crate::token_body()));
    server.respond("/gateway/a/1/b/x", response(200, ""));
    let absolute = format!("{}/a/{{a}}/b/{{b}}", client.base_url());
    for request in [client.put("/a/{a}/b/{b}"), client.put("a/{a}/b/{b}"), client.put(absolute)] {
        let request = request.query(&[("q", "{a}")]).path("b", "x").json(&[1]).path("a", 1);
        assert_eq!(request.header("x-a", "1").send().await.unwrap().status(), 200);

        let request = server.take_request("/gateway/a/1/b/x");
        assert_eq!((request.uri().query(), &**request.body()), (Some("q=%7Ba%7D"), &b"[1]"[..]));
    }
}

#[tokio::test]
async fn an_invalid_parameter_is_rejected_before_anything_is_sent() {
    let (emulator, client) = emulated();
    let get = || client.get("/links/{link_id}/accounts/{account_id}").path("account_id", 7);
    let set = |value: &str| get().path("link_id", value);
    let cases: [(RequestBuilder, &str); 15] = [
        (set(""), "`link_id` is empty"),
        (set("."), "`link_id` is `.` or `..`"),
        (set(".."), "`link_id` is `.` or `..`"),
        (set("../pale"), "`link_id` has a value"),
        (set("%2e%2e/pale"), "`link_id` has a value"),
        (set("pale\0"), "`link_id` has a value"),
        (get(), "`link_id` has no value"),
        (set("a").path("link_id", "b"), "`link_id` is set twice"),
        (set("a").path("id", "b"), "`id` is not in the path"),
        (client.get("/links").path("link_id", "b"), "`link_id` is not in the path"),
        (client.get("/links/{link_id").path("link_id", "b"), "counterpart"),
        (client.get("/links/link_id}"), "counterpart"),
        (client.get("/links/{}"), "not the name"),
        (client.get("/links/{link_id}?page=2").path("link_id", "b"), "call `query`"),
        (client.get("/{a}/{b}").path("a", "..").path("b", "c").timeout(Duration::ZERO), "`a` is"),
    ];
    for (request, reason) in cases {
        let error = request.send().await.unwrap_err();

        assert!(error.is_invalid_request() && !error.is_transient(), "{reason}: {error:?}");
        assert!(error.to_string().contains(reason), "{reason}: {error}");
        assert!(!render(&error).contains("pale"), "{error:?}");
    }
    assert_eq!(emulator.request_counts(), RequestCounts::default());
}

#[tokio::test]
async fn braces_in_the_query_of_a_plain_path_have_no_meaning() {
    let (_emulator, client) = emulated();
    let echo: Value = client.get(r#"/links?filter={"a":1}"#).recv_json().await.unwrap();
    assert_eq!(echo["path"], "/links");
}
