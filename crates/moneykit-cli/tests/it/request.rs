//! `moneykit request`: bodies, headers, output, and a 401 that heals itself.

use std::fs;

use moneykit_emulator::Emulator;
use serde_json::Value;

use crate::home::{CLIENT_SECRET, Home};

fn home() -> Home {
    let emulator = Emulator::builder()
        .stub("GET", "/links/a%20b", 200, r#"{"z":1.10,"link_id":"a b","accounts":[{"name":"Checking"}]}"#)
        .stub(
            "GET",
            "/missing",
            404,
            r#"{"error_code":"api_error.link.not_found","error_message":"no such link"}"#,
        )
        .stub("GET", "/broken", 500, "{\"quoted\":\"pale-secret\"}");
    Home::with_emulator(emulator)
}

/// Returns the emulator's description of a request.
fn echo(home: &Home, arguments: &[&str]) -> Value {
    serde_json::from_str(&home.run(&[&["request"], arguments].concat()).ok()).unwrap()
}

#[test]
fn a_pipe_gets_the_body_as_it_is() {
    let home = home();
    let body = home.run(&["request", "get", "/links/{link_id}", "--path", "link_id=a b"]).ok();
    assert_eq!(body, r#"{"z":1.10,"link_id":"a b","accounts":[{"name":"Checking"}]}"#);
}

#[test]
fn people_get_formatted_json_in_color() {
    let home = home();
    let body = home.run(&["request", "GET", "/links/a%20b", "--color", "always"]).ok();
    assert!(body.contains("\n  ") && body.contains('\u{1b}') && body.contains("1.10"), "{body}");
}

#[test]
fn templates_select_values() {
    let home = home();
    let template = "{{link_id}}: {{accounts.0.name}}";
    let text = home.run(&["request", "GET", "/links/a%20b", "--template", template]).ok();
    assert_eq!(text, "a b: Checking\n");
    let said = home.run(&["request", "GET", "/links/a%20b", "--template", "{{name}}"]).failed(1);
    assert!(said.contains("the response has no value `name`"), "{said}");
}

#[test]
fn the_query_and_the_body_are_sent() {
    let home = home();
    let echoed = echo(&home, &["POST", "/x", "--query", "a=1", "--query", "b=2 3", "--data", "{\"a\":1}"]);
    assert_eq!((&echoed["query"], &echoed["body_bytes"]), (&"a=1&b=2+3".into(), &7.into()));
    fs::write(home.path("body"), [0, 159, 146, 150]).unwrap();
    assert_eq!(echo(&home, &["PUT", "/x", "--data", "@body"])["body_bytes"], 4);
    let piped = home.shell("printf 12345 | moneykit request PUT /x --data -").ok();
    assert!(piped.contains("\"body_bytes\":5"), "{piped}");
    let versioned = echo(&home, &["GET", "/x", "--header", "moneykit-version: 2000-01-01"]);
    assert_eq!(versioned["moneykit_version"], "2000-01-01");
}

#[test]
fn the_head_is_included_on_request() {
    let home = home();
    let text = home.run(&["request", "GET", "/links/a%20b", "--include"]).ok();
    assert!(
        text.starts_with("HTTP/1.1 200 OK\n") && text.contains("content-type: application/json\n"),
        "{text}"
    );
    assert!(text.contains("\n\n{\"z\""), "{text}");
}

#[test]
fn the_body_of_an_error_goes_where_the_user_wants_it() {
    let home = home();
    let said = home.run(&["request", "GET", "/missing"]).failed(4);
    assert!(said.contains("\"no such link\""), "{said}");
    let expected = "error: GET /missing: 404 Not Found (api_error.link.not_found); check the path";
    assert!(said.contains(expected), "{said}");

    let run = home.run(&["request", "GET", "/missing", "--error-body", "stdout"]);
    assert!(run.stdout.starts_with("{\"error_code\"") && !run.stderr.contains("no such link"), "{run:?}");

    let said = home.run(&["request", "GET", "/broken"]).failed(5);
    assert!(said.contains("[redacted]") && !said.contains(CLIENT_SECRET), "{said}");
}

/// Makes the cached token older.
fn age(home: &Home, seconds: u64) {
    let path = home.cached("json");
    let mut stored: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for field in ["requested_at", "expires_at"] {
        stored[field] = (stored[field].as_u64().unwrap() - seconds).into();
    }
    fs::write(&path, stored.to_string()).unwrap();
}

#[test]
fn a_token_in_its_last_fifth_is_replaced_before_the_request() {
    let home = home();
    let token = home.run(&["token"]).ok();
    age(&home, 3300);
    assert_eq!(home.run(&["token"]).ok(), token);
    for _ in 0..3 {
        assert_eq!(home.run(&["request", "GET", "/x"]).code, Some(0));
    }
    assert_ne!(home.run(&["token"]).ok(), token);
    assert_eq!(home.emulator.request_counts().token, 2);
}

#[test]
fn a_dead_token_is_replaced_in_the_cache_as_well() {
    let home = home();
    let token = home.run(&["token"]).ok();
    home.emulator.revoke_tokens();
    // The token is old enough for the API to know it.
    age(&home, 60);

    assert_eq!(home.run(&["request", "GET", "/x"]).code, Some(0));
    assert_eq!(home.emulator.request_counts().tokens_issued, 2);
    assert_ne!(home.run(&["token"]).ok(), token);
    assert_eq!(home.run(&["request", "GET", "/x"]).code, Some(0));
    assert_eq!(home.emulator.request_counts().tokens_issued, 2);
}

#[test]
fn invalid_arguments_are_explained_and_nothing_is_sent() {
    let home = home();
    for (arguments, expected) in [
        (&["GET", "/links/{link_id}"][..], "set it with --path link_id=VALUE"),
        (&["GET", "/links/{link_id}", "--path", "link_id=.."], "link_id"),
        (&["GET", "https://example.com/"], "pass a path, or set --url"),
        (&["GET", "/", "--header", "authorization: Bearer x"], "Authorization"),
        (&["GET", "/", "--header", "no-colon"], "there is no `:`"),
        (&["GET", "/", "--query", "=x"], "there is no name"),
        (&["GET", "/", "--data", "@no-such-file"], "check the path after the @"),
        (&["POST", "/", "--data", "-", "--secret-stdin"], "both --secret-stdin and --data"),
    ] {
        let said = home.run(&[&["request"], arguments].concat()).failed(2);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    assert_eq!(home.emulator.request_counts().api, 0);
}
