//! Tests of stubs: matching, precedence, sequences and validation.

use http::Request;
use http::request::Parts;
use serde_json::json;

use super::*;

fn request(method: &str, target: &str) -> Parts {
    let request = Request::builder().method(method).uri(target).header("Accept", "text/csv").body(());
    request.unwrap().into_parts().0
}

/// Returns the status of the response to a request, or `None` if no stub matches.
fn status_of(stubs: &Stubs, method: &str, target: &str, body: &str) -> Option<u16> {
    let head = request(method, target);
    let path = head.uri.path().to_owned();
    let reply = stubs.reply_to(&MatchInput::new(&head, &path, Some(body.as_bytes())));
    reply.map(|reply| reply.status.as_u16())
}

fn respond(stub: Stub, status: u16) -> Stub {
    stub.respond(StubResponse::new(status))
}

/// Requests, each as a method, a target and a body.
type Requests = &'static [(&'static str, &'static str, &'static str)];

#[test]
fn a_stub_matches_if_every_condition_is_met() {
    let get = || Stub::new("GET", "/links/{id}");
    let cases: Vec<(Stub, Requests, Requests)> = vec![
        (get(), &[("GET", "/links/a?x=1", "")], &[("POST", "/links/a", ""), ("GET", "/links", "")]),
        (Stub::any_method("/*"), &[("GET", "/", ""), ("BREW", "/a/b", "")], &[]),
        (
            get().query("a b", "ä&"),
            &[("GET", "/links/a?y&a+b=x&a%20b=%c3%A4%26", "")],
            &[("GET", "/links/a", ""), ("GET", "/links/a?a%20b=x", ""), ("GET", "/links/a?a%20b", "")],
        ),
        (Stub::new("get", "/links/a"), &[("GET", "/links/a", "")], &[("POST", "/links/a", "")]),
        (get().query("q", "100%"), &[("GET", "/links/a?q=100%", "")], &[]),
        (get().header("ACCEPT", "text/csv"), &[("GET", "/links/a", "")], &[]),
        (get().header("accept", "text/CSV"), &[], &[("GET", "/links/a", "")]),
        (
            get().body(BodyMatcher::EqualsJson(json!({"a": 1, "b": [1, 2]}))),
            &[("GET", "/links/a", r#"{"b": [1,2], "a": 1}"#)],
            &[
                ("GET", "/links/a", r#"{"b": [1,2], "a": 1, "c": 1}"#),
                ("GET", "/links/a", "{pale"),
                ("GET", "/links/a", ""),
            ],
        ),
        (
            get().body(BodyMatcher::ContainsJson(json!({"a": {"b": [{"c": null}]}}))),
            &[("GET", "/links/a", r#"{"a": {"b": [{"c": null, "d": 1}], "e": 1}, "f": 1}"#)],
            &[
                ("GET", "/links/a", r#"{"a": {"b": [{"c": null}, {}]}}"#),
                ("GET", "/links/a", r#"{"a": {"b": [{}]}}"#),
            ],
        ),
        (
            get().body(BodyMatcher::ContainsText("pale".to_owned())),
            &[("GET", "/links/a", "x=pale&y")],
            &[("GET", "/links/a", "Pale")],
        ),
    ];
    for (stub, matching, other) in cases {
        let stubs = Stubs::new(std::slice::from_ref(&stub), None).unwrap();
        for (method, target, body) in matching {
            assert_eq!(
                status_of(&stubs, method, target, body),
                Some(200),
                "{stub:?} {method} {target} {body}"
            );
        }
        for (method, target, body) in other {
            assert_eq!(status_of(&stubs, method, target, body), None, "{stub:?} {method} {target} {body}");
        }
    }
}

#[test]
fn the_newest_matching_stub_responds() {
    let stubs = Stubs::default();
    let any = stubs.add(respond(Stub::any_method("/*"), 201)).unwrap();
    let links = stubs.add(respond(Stub::new("GET", "/links").id("links"), 202)).unwrap();
    assert_eq!((any.as_str(), links.as_str()), ("stub-1", "links"));
    assert_eq!(status_of(&stubs, "GET", "/links", ""), Some(202));
    assert_eq!(status_of(&stubs, "GET", "/other", ""), Some(201));

    // A replaced stub counts as new.
    stubs.add(respond(Stub::any_method("/*").id("stub-1"), 203)).unwrap();
    assert_eq!(status_of(&stubs, "GET", "/links", ""), Some(203));
    assert_eq!(stubs.list().len(), 2);
    assert!(stubs.remove("stub-1") && !stubs.remove("stub-1"));
    assert_eq!(status_of(&stubs, "GET", "/links", ""), Some(202));
    assert_eq!(stubs.get("links").unwrap().matched, 2);
    stubs.clear();
    assert_eq!(status_of(&stubs, "GET", "/links", ""), None);
}

#[test]
fn responses_are_sent_in_sequence_a_number_of_times() {
    let sequence = respond(respond(Stub::new("GET", "/links"), 503), 200).times(3);
    let stubs = Stubs::new(&[respond(Stub::any_method("/links"), 404), sequence], None).unwrap();
    let statuses = [(); 5].map(|()| status_of(&stubs, "GET", "/links", "").unwrap());
    assert_eq!(statuses, [503, 200, 200, 404, 404]);
}

#[test]
fn the_nearest_stub_is_named_with_the_first_mismatch() {
    let stubs = Stubs::default();
    let describe = |method: &str, target: &str, body: &str| {
        let head = request(method, target);
        let path = head.uri.path().to_owned();
        stubs.describe_nearest(&MatchInput::new(&head, &path, Some(body.as_bytes())))
    };
    assert_eq!(describe("GET", "/links", ""), None);
    let link = Stub::new("GET", "/links/{id}").id("link").query("page", "2").header("x-a", "1");
    stubs.add(link.body(BodyMatcher::ContainsText("x".to_owned()))).unwrap();
    stubs.add(Stub::new("POST", "/accounts").id("account").times(1)).unwrap();
    for (method, target, expected) in [
        ("GET", "/links", r#""link" (GET /links/{id}), but its path differs"#),
        ("GET", "/other", r#""account" (POST /accounts), but its path differs"#),
        ("POST", "/links/a", r#""link" (GET /links/{id}), but its method differs"#),
        ("GET", "/links/a?page=3", "query parameter `page` has another value"),
        ("GET", "/links/a?page=2", "header `x-a` has another value"),
    ] {
        let description = describe(method, target, "").unwrap();
        assert!(description.contains(expected), "{description}");
    }
    assert_eq!(status_of(&stubs, "POST", "/accounts", ""), Some(200));
    assert!(describe("POST", "/accounts", "").unwrap().contains("already responded 1 times"));
}

#[test]
fn invalid_and_unreachable_stubs_are_rejected() {
    let get = |path: &str| Stub::new("GET", path);
    let json = |status, body: &str| get("/links").respond(StubResponse::new(status).json_text(body));
    for (stub, expected) in [
        (Stub::new("G T", "/links"), "method is invalid"),
        (Stub::new("", "/links"), "method is invalid"),
        (get("links"), "start with a slash"),
        (get(""), "start with a slash"),
        (get("/links?page=2"), "has no query"),
        (get("/links#top"), "has no query"),
        (get("/links of mine"), "percent-encoded"),
        (Stub::new("POST", "/auth/token"), "token endpoint"),
        (get("/links").times(0), "match no request"),
        (get("/links").id(""), "ID is empty"),
        (get("/links").header("a b", "1"), "not a header name"),
        (get("/links").header("a", "x\ny"), "not printable ASCII"),
        (respond(get("/links"), 100), "between 200 and 599"),
        (respond(get("/links"), 600), "between 200 and 599"),
        (json(204, "{}"), "has no body"),
        (json(200, "{pale"), "not valid JSON"),
        (get("/links").respond(StubResponse::new(200).header("content-length", "1")), "server sets"),
    ] {
        let debug = format!("{stub:?}");
        let error = Stubs::new(&[stub], None).err().unwrap();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!format!("{error} {debug}").contains("pale"), "{error} {debug}");
    }
}

#[test]
fn a_stub_survives_a_round_trip_through_json() {
    let text = json!({
        "id": "a",
        "request": {
            "method": "POST",
            "path": "/links/{id}",
            "query": {"page": "2"},
            "headers": {"accept": "text/csv"},
            "body": {"contains_json": {"a": 1}}
        },
        "responses": [
            {"status": 503, "headers": {"retry-after": "1"}, "delay_ms": 5},
            {"status": 200, "json": null}
        ],
        "times": 2
    });
    let stub: Stub = serde_json::from_value(text.clone()).unwrap();
    assert_eq!(serde_json::to_value(&stub).unwrap(), text);
    assert_eq!(Stubs::new(&[stub], None).unwrap().list().len(), 1);

    let error = serde_json::from_str::<Stub>(r#"{"request": {"path": "/", "methd": "GET"}}"#).unwrap_err();
    assert!(error.to_string().contains("unknown field `methd`"), "{error}");
}
