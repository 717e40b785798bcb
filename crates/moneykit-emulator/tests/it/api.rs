//! Tests of the paths other than the token endpoint: authentication, echo and stubs.

use std::time::Duration;

use moneykit_emulator::{DEFAULT_CLIENT_ID, Emulator};
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

use crate::common::{JsonResponse, UNAUTHORIZED, get_links, http_client, issue_token, send, start};

const EXPIRED: &str = "api_error.auth.expired_access_token";

fn get_links_with_authorization(emulator: &Emulator, header: &str) -> JsonResponse {
    send(http_client().get(format!("{}/links", emulator.url())).header("Authorization", header))
}

#[test]
fn a_valid_token_gets_an_echo_of_the_request() {
    let emulator = start();
    let response = send(
        http_client()
            .post(format!("{}/links/li_1/sync?page=2&page=3", emulator.url()))
            .bearer_auth(issue_token(&emulator))
            .header("MoneyKit-Version", "2023-02-18")
            .body("12345"),
    );
    assert_eq!(response.status, 200);
    assert_eq!(
        response.body,
        json!({
            "method": "POST",
            "path": "/links/li_1/sync",
            "query": "page=2&page=3",
            "client_id": DEFAULT_CLIENT_ID,
            "scope": null,
            "moneykit_version": "2023-02-18",
            "body_bytes": 5,
        })
    );
}

#[test]
fn absent_parts_of_the_request_are_null_in_the_echo() {
    let emulator = start();
    let echo = get_links(&emulator, &issue_token(&emulator)).body;
    assert_eq!(echo["query"], Value::Null);
    assert_eq!(echo["moneykit_version"], Value::Null);
    assert_eq!(echo["body_bytes"], 0);
}

#[test]
fn every_method_and_path_gets_an_echo() {
    let emulator = start();
    let token = issue_token(&emulator);
    for (method, path) in [
        (Method::GET, "/"),
        (Method::PUT, "/a/b/c"),
        (Method::PATCH, "/%FF"),
        (Method::DELETE, "/auth/token/x"),
        (Method::from_bytes(b"BREW").unwrap(), "/coffee"),
    ] {
        let response = send(
            http_client().request(method.clone(), format!("{}{path}", emulator.url())).bearer_auth(&token),
        );
        assert_eq!(response.status, 200);
        assert_eq!(response.body["method"], method.as_str());
        assert_eq!(response.body["path"], path);
    }
}

#[test]
fn a_stub_replaces_the_echo() {
    let link = r#"{"link_id": "lnk_1", "balance": 10.50}"#;
    let emulator = Emulator::builder()
        .stub("GET", "/links/lnk_1", 200, link)
        .stub("DELETE", "/links/lnk_1", 204, "")
        .stub("GET", "/links/lnk_2", 404, r#"{"error_message": "No such link"}"#)
        .start()
        .unwrap();
    let token = issue_token(&emulator);
    let send = |method, path: &str| {
        http_client().request(method, format!("{}{path}", emulator.url())).bearer_auth(&token).send().unwrap()
    };

    let found = send(Method::GET, "/links/lnk_1?verbose=true");
    assert_eq!(
        (found.status().as_u16(), &found.headers()["content-type"]),
        (200, &HeaderValue::from_static("application/json"))
    );
    assert_eq!(found.text().unwrap(), link);
    let deleted = send(Method::DELETE, "/links/lnk_1");
    assert_eq!((deleted.status().as_u16(), deleted.headers().get("content-type")), (204, None));
    assert_eq!(send(Method::GET, "/links/lnk_2").status(), 404);
    // Requests without a stub still get the echo.
    assert_eq!(send(Method::PUT, "/links/lnk_1").json::<Value>().unwrap()["method"], "PUT");
    assert_eq!((emulator.request_counts().api, emulator.request_counts().api_rejected), (4, 0));
}

#[test]
fn stubs_require_a_valid_token() {
    let emulator = Emulator::builder().stub("GET", "/links", 200, "{}").start().unwrap();

    get_links(&emulator, "abc").assert_error(401, UNAUTHORIZED);
}

#[test]
fn the_authorization_scheme_is_case_insensitive() {
    let emulator = start();
    let token = issue_token(&emulator);
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let response = get_links_with_authorization(&emulator, &format!("{scheme} {token}"));
        assert_eq!(response.status, 200);
    }
}

#[test]
fn requests_without_a_well_formed_token_get_a_challenge_without_an_error() {
    let emulator = start();
    let token = issue_token(&emulator);
    let url = format!("{}/links", emulator.url());
    let bearer = format!("Bearer {token}");
    let mut responses = vec![
        send(http_client().get(&url)),
        send(http_client().get(&url).header("Authorization", &bearer).header("Authorization", &bearer)),
    ];
    for header in [
        "",
        "Bearer",
        "Bearer a b",
        "Bearer \"a\"",
        &token,
        &format!("Basic {token}"),
        &format!("Bearer{token}"),
    ] {
        responses.push(get_links_with_authorization(&emulator, header));
    }
    for response in responses {
        response.assert_error(401, UNAUTHORIZED);
        assert_eq!(response.header("www-authenticate"), Some(r#"Bearer realm="MoneyKit""#));
    }
}

#[test]
fn unknown_tokens_get_an_invalid_token_challenge() {
    let emulator = start();
    let mut truncated = issue_token(&emulator);
    truncated.pop();
    for unknown in ["abc", &truncated] {
        let response = get_links(&emulator, unknown);
        response.assert_error(401, UNAUTHORIZED);
        assert_eq!(
            response.header("www-authenticate"),
            Some(r#"Bearer realm="MoneyKit", error="invalid_token""#)
        );
    }
}

#[test]
fn tokens_of_another_emulator_are_rejected() {
    let other = issue_token(&start());
    get_links(&start(), &other).assert_error(401, UNAUTHORIZED);
}

#[test]
fn advancing_the_clock_expires_tokens() {
    let emulator = Emulator::builder().token_lifetime(Duration::from_secs(3600)).start().unwrap();
    let token = issue_token(&emulator);
    // Leaves a minute for the real time that passes during the test.
    emulator.advance(Duration::from_secs(3540));
    assert_eq!(get_links(&emulator, &token).status, 200);
    emulator.advance(Duration::from_secs(60));
    let response = get_links(&emulator, &token);
    response.assert_error(401, EXPIRED);
    assert_eq!(response.body["error_message"], "Access token expired");
    let challenge = response.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer "), "{challenge}");
    assert!(challenge.contains(r#"error="invalid_token""#), "{challenge}");

    let next = issue_token(&emulator);
    assert_eq!(get_links(&emulator, &next).status, 200);
}

#[test]
fn tokens_with_a_lifetime_of_zero_are_expired_immediately() {
    let emulator = Emulator::builder().token_lifetime(Duration::ZERO).start().unwrap();
    get_links(&emulator, &issue_token(&emulator)).assert_error(401, EXPIRED);
}

#[test]
fn tokens_with_the_maximum_lifetime_survive_large_advances() {
    let emulator = Emulator::builder().token_lifetime(Duration::MAX).start().unwrap();
    let token = issue_token(&emulator);
    emulator.advance(Duration::from_secs(u64::MAX / 2));
    assert_eq!(get_links(&emulator, &token).status, 200);
}

#[test]
fn revoked_tokens_are_rejected_and_later_tokens_are_valid() {
    let emulator = start();
    let (one, two) = (issue_token(&emulator), issue_token(&emulator));
    emulator.revoke_tokens();
    get_links(&emulator, &one).assert_error(401, UNAUTHORIZED);
    get_links(&emulator, &two).assert_error(401, UNAUTHORIZED);
    assert_eq!(get_links(&emulator, &issue_token(&emulator)).status, 200);
}

#[test]
fn the_echo_redacts_the_token() {
    let emulator = start();
    let token = issue_token(&emulator);
    let response = send(
        http_client()
            .get(format!("{}/links/{token}?access_token={token}", emulator.url()))
            .bearer_auth(&token)
            .header("MoneyKit-Version", &token),
    );
    assert_eq!(response.status, 200);
    assert_eq!(response.body["path"], "/links/[redacted]");
    assert!(!format!("{response:?}").contains(&token));
}

#[test]
fn large_bodies_are_accepted() {
    let emulator = start();
    let body = vec![b'x'; 5_000_000];
    let url = format!("{}/links", emulator.url());
    let accepted = http_client().post(&url).bearer_auth(issue_token(&emulator)).body(body.clone());
    assert_eq!(send(accepted).body["body_bytes"], 5_000_000);
    // The emulator reads the body before it rejects a request, so the client receives the complete response.
    send(http_client().post(&url).body(body)).assert_error(401, UNAUTHORIZED);
}
