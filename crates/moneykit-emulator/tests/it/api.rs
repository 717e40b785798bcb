//! Every path but the token endpoint.

use std::time::Duration;

use moneykit_emulator::{DEFAULT_CLIENT_ID, Emulator};
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

use crate::http::{Answer, client, links, token};

const UNAUTHORIZED: &str = "api_error.auth.unauthorized";
const EXPIRED: &str = "api_error.auth.expired_access_token";

fn start() -> Emulator {
    Emulator::builder().start().unwrap()
}

fn with_authorization(emulator: &Emulator, header: &str) -> Answer {
    Answer::to(client().get(format!("{}/links", emulator.url())).header("Authorization", header))
}

#[test]
fn a_good_token_gets_an_echo_of_the_request() {
    let emulator = start();
    let answer = Answer::to(
        client()
            .post(format!("{}/links/li_1/sync?page=2&page=3", emulator.url()))
            .bearer_auth(token(&emulator))
            .header("MoneyKit-Version", "2023-02-18")
            .body("12345"),
    );
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body,
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
fn what_the_request_lacks_is_null_in_the_echo() {
    let emulator = start();
    let echo = links(&emulator, &token(&emulator)).body;
    assert_eq!(echo["query"], Value::Null);
    assert_eq!(echo["moneykit_version"], Value::Null);
    assert_eq!(echo["body_bytes"], 0);
}

#[test]
fn every_method_and_path_is_answered() {
    let emulator = start();
    let token = token(&emulator);
    for (method, path) in [
        (Method::GET, "/"),
        (Method::PUT, "/a/b/c"),
        (Method::PATCH, "/%FF"),
        (Method::DELETE, "/auth/token/x"),
        (Method::from_bytes(b"BREW").unwrap(), "/coffee"),
    ] {
        let answer = Answer::to(
            client().request(method.clone(), format!("{}{path}", emulator.url())).bearer_auth(&token),
        );
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body["method"], method.as_str());
        assert_eq!(answer.body["path"], path);
    }
}

#[test]
fn a_prepared_answer_takes_the_place_of_the_echo() {
    let link = r#"{"link_id": "lnk_1", "balance": 10.50}"#;
    let emulator = Emulator::builder()
        .stub("GET", "/links/lnk_1", 200, link)
        .stub("DELETE", "/links/lnk_1", 204, "")
        .stub("GET", "/links/lnk_2", 404, r#"{"error_message": "No such link"}"#)
        .start()
        .unwrap();
    let token = token(&emulator);
    let send = |method, path: &str| {
        client().request(method, format!("{}{path}", emulator.url())).bearer_auth(&token).send().unwrap()
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
    // For everything else there is the echo.
    assert_eq!(send(Method::PUT, "/links/lnk_1").json::<Value>().unwrap()["method"], "PUT");
    assert_eq!((emulator.request_counts().api, emulator.request_counts().api_refused), (4, 0));
}

#[test]
fn without_a_good_token_there_is_no_prepared_answer() {
    let emulator = Emulator::builder().stub("GET", "/links", 200, "{}").start().unwrap();

    links(&emulator, "abc").assert_refused(401, UNAUTHORIZED);
}

#[test]
fn the_scheme_has_no_case() {
    let emulator = start();
    let token = token(&emulator);
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let answer = with_authorization(&emulator, &format!("{scheme} {token}"));
        assert_eq!(answer.status, 200);
    }
}

#[test]
fn no_readable_token_gets_a_challenge_without_an_error() {
    let emulator = start();
    let token = token(&emulator);
    let url = format!("{}/links", emulator.url());
    let bearer = format!("Bearer {token}");
    let mut answers = vec![
        Answer::to(client().get(&url)),
        Answer::to(client().get(&url).header("Authorization", &bearer).header("Authorization", &bearer)),
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
        answers.push(with_authorization(&emulator, header));
    }
    for answer in answers {
        answer.assert_refused(401, UNAUTHORIZED);
        assert_eq!(answer.header("www-authenticate"), Some(r#"Bearer realm="MoneyKit""#));
    }
}

#[test]
fn an_unknown_token_is_unauthorized() {
    let emulator = start();
    let mut almost = token(&emulator);
    almost.pop();
    for unknown in ["abc", &almost] {
        let answer = links(&emulator, unknown);
        answer.assert_refused(401, UNAUTHORIZED);
        assert_eq!(
            answer.header("www-authenticate"),
            Some(r#"Bearer realm="MoneyKit", error="invalid_token""#)
        );
    }
}

#[test]
fn a_token_of_another_emulator_is_unknown() {
    let foreign = token(&start());
    links(&start(), &foreign).assert_refused(401, UNAUTHORIZED);
}

#[test]
fn a_token_expires_when_the_clock_is_advanced() {
    let emulator = Emulator::builder().token_lifetime(Duration::from_secs(3600)).start().unwrap();
    let token = token(&emulator);
    // A minute to spare for the real time that passes meanwhile.
    emulator.advance(Duration::from_secs(3540));
    assert_eq!(links(&emulator, &token).status, 200);
    emulator.advance(Duration::from_secs(60));
    let answer = links(&emulator, &token);
    answer.assert_refused(401, EXPIRED);
    assert_eq!(answer.body["error_message"], "Access token expired");
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer "), "{challenge}");
    assert!(challenge.contains(r#"error="invalid_token""#), "{challenge}");

    let next = crate::http::token(&emulator);
    assert_eq!(links(&emulator, &next).status, 200);
}

#[test]
fn a_lifetime_of_zero_is_over_at_once() {
    let emulator = Emulator::builder().token_lifetime(Duration::ZERO).start().unwrap();
    links(&emulator, &token(&emulator)).assert_refused(401, EXPIRED);
}

#[test]
fn the_longest_lifetime_outlasts_any_advance_but_the_longest() {
    let emulator = Emulator::builder().token_lifetime(Duration::MAX).start().unwrap();
    let token = token(&emulator);
    emulator.advance(Duration::from_secs(u64::MAX / 2));
    assert_eq!(links(&emulator, &token).status, 200);
}

#[test]
fn revoked_tokens_are_unauthorized_and_later_ones_are_good() {
    let emulator = start();
    let (one, two) = (token(&emulator), token(&emulator));
    emulator.revoke_tokens();
    links(&emulator, &one).assert_refused(401, UNAUTHORIZED);
    links(&emulator, &two).assert_refused(401, UNAUTHORIZED);
    assert_eq!(links(&emulator, &token(&emulator)).status, 200);
}

#[test]
fn the_echo_never_holds_the_token() {
    let emulator = start();
    let token = token(&emulator);
    let answer = Answer::to(
        client()
            .get(format!("{}/links/{token}?access_token={token}", emulator.url()))
            .bearer_auth(&token)
            .header("MoneyKit-Version", &token),
    );
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["path"], "/links/[redacted]");
    assert!(!format!("{answer:?}").contains(&token));
}

#[test]
fn large_bodies_are_counted_not_refused() {
    let emulator = start();
    let body = vec![b'x'; 5_000_000];
    let url = format!("{}/links", emulator.url());
    let accepted = client().post(&url).bearer_auth(token(&emulator)).body(body.clone());
    assert_eq!(Answer::to(accepted).body["body_bytes"], 5_000_000);
    // A refusal, too, arrives whole: the body is read first.
    Answer::to(client().post(&url).body(body)).assert_refused(401, UNAUTHORIZED);
}
