//! `/auth/token`.

use std::collections::HashSet;
use std::time::Duration;

use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
use reqwest::Method;

use crate::http::{Answer, FORM, basic, client, default_client_and, form, links, raw_status, token_request};

const UNAUTHORIZED: &str = "api_error.auth.unauthorized";

fn start() -> Emulator {
    Emulator::builder().start().unwrap()
}

#[test]
fn credentials_in_the_form_get_a_token() {
    let emulator = start();
    let answer = Answer::to(token_request(&emulator).form(&[
        ("grant_type", "client_credentials"),
        ("client_id", DEFAULT_CLIENT_ID),
        ("client_secret", DEFAULT_CLIENT_SECRET),
    ]));
    assert_eq!(answer.status, 201);
    assert_eq!(answer.body["token_type"], "bearer");
    assert_eq!(answer.body["expires_in"], 3600);
    assert_eq!(answer.body.as_object().unwrap().len(), 3);
    let token = answer.token();
    assert_eq!(token.len(), 64);
    assert!(token.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn credentials_in_basic_get_a_token() {
    let emulator = start();
    let answer = Answer::to(
        token_request(&emulator)
            .basic_auth(DEFAULT_CLIENT_ID, Some(DEFAULT_CLIENT_SECRET))
            .form(&[("grant_type", "client_credentials")]),
    );
    assert_eq!(answer.status, 201);
}

#[test]
fn basic_needs_no_body_and_no_content_type() {
    let emulator = start();
    let request = format!(
        "POST /auth/token HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\nConnection: close\r\n\r\n",
        basic(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
    );
    assert_eq!(raw_status(&emulator, request.as_bytes()), 201);
}

#[test]
fn the_vendor_sample_with_basic_and_form_at_once_is_accepted() {
    // The page's curl command with its placeholders filled in: both credentials, in its order, and an empty scope.
    let emulator = start();
    let answer = Answer::to(
        token_request(&emulator)
            .header("Authorization", basic(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET))
            .header("content-type", FORM)
            .body(format!(
                "grant_type=client_credentials&scope=&client_id={DEFAULT_CLIENT_ID}\
                 &client_secret={DEFAULT_CLIENT_SECRET}"
            )),
    );
    assert_eq!(answer.status, 201);
    assert!(links(&emulator, answer.token()).body["scope"].is_null());
}

#[test]
fn basic_and_form_must_agree() {
    let emulator = Emulator::builder()
        .client("one", "same")
        .client("two", "same")
        .client("three", "other")
        .start()
        .unwrap();
    let cases = [
        ("one", "same", "client_id=one&client_secret=same", 201),
        ("one", "same", "client_id=one", 201),
        ("one", "same", "client_secret=same", 201),
        // Empty fields count as omitted (RFC 6749 §3.2).
        ("one", "same", "client_id=&client_secret=", 201),
        ("one", "same", "client_id=two&client_secret=same", 401),
        ("one", "same", "client_id=two", 401),
        ("one", "same", "client_id=one&client_secret=other", 401),
        ("one", "other", "client_id=one&client_secret=same", 401),
        ("one", "same", "client_id=three&client_secret=other", 401),
        ("one", "", "client_secret=same", 401),
        ("", "same", "client_id=one", 401),
    ];
    for (user, password, body, expected) in cases {
        let request = form(&emulator, body).header("Authorization", basic(user, password));
        let status = Answer::to(request).status;
        assert_eq!(status, expected, "{user}:{password} and {body}");
    }
}

#[test]
fn basic_is_raw_utf8_split_at_the_first_colon() {
    let emulator = Emulator::builder().client("ïd", "a:b%3A+ö").start().unwrap();
    let cases = [
        (basic("ïd", "a:b%3A+ö"), 201),
        (basic("ïd", "a:b%3A+ö").replace("Basic", "bASIC"), 201),
        (basic("ïd", "a:b:+ö"), 401),
        (basic("%C3%AFd", "a:b%3A+ö"), 401),
        (basic("ïd:a", "b%3A+ö"), 201),
    ];
    for (header, expected) in cases {
        let answer = Answer::to(token_request(&emulator).header("Authorization", &header));
        assert_eq!(answer.status, expected, "{header}");
    }
}

#[test]
fn form_credentials_are_percent_decoded() {
    let emulator = Emulator::builder().client("ïd:1", "a&b=c %+ö").start().unwrap();
    let answer =
        Answer::to(token_request(&emulator).form(&[("client_id", "ïd:1"), ("client_secret", "a&b=c %+ö")]));
    assert_eq!(answer.status, 201);
}

#[test]
fn an_absent_grant_type_means_client_credentials() {
    let emulator = start();
    let answer = Answer::to(form(&emulator, default_client_and("scope=accounts")));
    assert_eq!(answer.status, 201);
}

#[test]
fn another_grant_type_is_refused_before_the_credentials_are_looked_at() {
    let emulator = start();
    for body in [
        default_client_and("grant_type=authorization_code"),
        default_client_and("grant_type=CLIENT_CREDENTIALS"),
        default_client_and("grant_type="),
        default_client_and("grant_type"),
        "grant_type=password&client_id=nobody&client_secret=wrong".to_owned(),
        "grant_type=password".to_owned(),
    ] {
        let answer = Answer::to(form(&emulator, body));
        answer.assert_refused(400, UNAUTHORIZED);
        assert_eq!(answer.body["error_message"], "Invalid grant type");
    }
}

#[test]
fn wrong_unknown_and_missing_credentials_get_the_same_answer() {
    let emulator = start();
    let id = DEFAULT_CLIENT_ID;
    for body in [
        String::new(),
        "grant_type=client_credentials".to_owned(),
        format!("client_id={id}"),
        format!("client_id={id}&client_secret="),
        format!("client_id={id}&client_secret=wrong"),
        format!("client_id=&client_secret={DEFAULT_CLIENT_SECRET}"),
        format!("client_id=nobody&client_secret={DEFAULT_CLIENT_SECRET}"),
        format!("client_secret={DEFAULT_CLIENT_SECRET}"),
    ] {
        let answer = Answer::to(form(&emulator, body.clone()));
        answer.assert_refused(401, UNAUTHORIZED);
        assert_eq!(answer.body["error_message"], "Invalid client credentials", "{body}");
    }
}

#[test]
fn refused_basic_credentials_get_a_basic_challenge() {
    let emulator = start();
    for header in [
        basic(DEFAULT_CLIENT_ID, "wrong"),
        basic("nobody", DEFAULT_CLIENT_SECRET),
        "Basic".to_owned(),
        "Basic !!!".to_owned(),
    ] {
        let answer = Answer::to(token_request(&emulator).header("Authorization", header));
        answer.assert_refused(401, UNAUTHORIZED);
        assert_eq!(answer.header("www-authenticate"), Some(r#"Basic realm="MoneyKit""#));
    }
}

#[test]
fn an_authorization_that_is_not_one_basic_is_refused_even_beside_a_good_form() {
    let emulator = start();
    let good = || form(&emulator, default_client_and(""));
    let bearer = Answer::to(good().bearer_auth("abc"));
    bearer.assert_refused(401, UNAUTHORIZED);
    let header = basic(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET);
    let twice = Answer::to(good().header("Authorization", &header).header("Authorization", &header));
    twice.assert_refused(401, UNAUTHORIZED);
}

#[test]
fn a_scope_is_granted_within_what_the_client_is_allowed() {
    let emulator = Emulator::builder()
        .client("any", "s")
        .client_with_scopes("some", "s", ["transactions", "accounts"])
        .client_with_scopes("none", "s", [""; 0])
        .start()
        .unwrap();
    let cases = [
        ("any", "", "null"),
        ("any", "&scope=", "null"),
        ("any", "&scope=x+y", r#"["x","y"]"#),
        ("some", "", r#"["accounts","transactions"]"#),
        ("some", "&scope=", r#"["accounts","transactions"]"#),
        ("some", "&scope=accounts", r#"["accounts"]"#),
        ("some", "&scope=transactions%20accounts", r#"["accounts","transactions"]"#),
        ("none", "", "[]"),
    ];
    for (id, scope, granted) in cases {
        let body = format!("client_id={id}&client_secret=s{scope}");
        let answer = Answer::to(form(&emulator, body));
        let echo = links(&emulator, answer.token()).body;
        assert_eq!(echo["scope"].to_string(), granted, "{id} {scope}");
        assert_eq!(echo["client_id"], id);
    }
}

#[test]
fn a_malformed_or_forbidden_scope_is_refused() {
    let emulator =
        Emulator::builder().client("any", "s").client_with_scopes("some", "s", ["accounts"]).start().unwrap();
    for (id, scope) in [
        ("any", "acc%22ounts"),
        ("any", "acc%5Counts"),
        ("any", "accounts%0A"),
        ("any", "acc%C3%A7ounts"),
        ("any", "accounts++transactions"),
        ("any", "+"),
        ("some", "transactions"),
        ("some", "accounts+transactions"),
        ("some", "ACCOUNTS"),
    ] {
        let body = format!("client_id={id}&client_secret=s&scope={scope}");
        let answer = Answer::to(form(&emulator, body));
        answer.assert_refused(401, UNAUTHORIZED);
        assert_eq!(answer.body["error_message"], "Scope not permitted", "{scope}");
    }
}

#[test]
fn a_repeated_field_is_refused() {
    let emulator = start();
    for repeated in [
        "client_id=x",
        &format!("client_id={DEFAULT_CLIENT_ID}"),
        "client%5Fsecret=x",
        "scope=a&scope=a",
        "grant_type=client_credentials&grant_type=client_credentials",
        "unknown=1&unknown=2",
    ] {
        let answer = Answer::to(form(&emulator, default_client_and(repeated)));
        answer.assert_refused(400, UNAUTHORIZED);
    }
}

#[test]
fn unknown_fields_are_ignored() {
    let emulator = start();
    let answer = Answer::to(form(&emulator, default_client_and("audience=x&y")));
    assert_eq!(answer.status, 201);
}

#[test]
fn a_body_that_is_not_a_form_is_refused() {
    let emulator = start();
    let good = default_client_and("");
    for junk in [&b"x=\xff"[..], b"x=%FF", b"x=%", b"x=%G0", b"%e=1"] {
        let answer = Answer::to(form(&emulator, [good.as_bytes(), junk].concat()));
        answer.assert_refused(400, UNAUTHORIZED);
    }
}

#[test]
fn the_content_type_must_be_the_forms() {
    let emulator = start();
    let cases = [
        (FORM, 201),
        ("Application/X-WWW-Form-URLEncoded; charset=UTF-8", 201),
        ("application/json", 400),
        ("application/x-www-form-urlencoded2", 400),
        ("text/plain", 400),
        ("", 400),
    ];
    for (content_type, expected) in cases {
        let request =
            token_request(&emulator).header("content-type", content_type).body(default_client_and(""));
        assert_eq!(Answer::to(request).status, expected, "{content_type:?}");
    }
    let untyped = Answer::to(token_request(&emulator).body(default_client_and("")));
    untyped.assert_refused(400, UNAUTHORIZED);
}

#[test]
fn a_body_may_have_64_kib_and_no_more() {
    let emulator = start();
    let mut fits = default_client_and("filler=");
    fits.push_str(&"x".repeat(64 * 1024 - fits.len()));
    assert_eq!(Answer::to(form(&emulator, fits.clone())).status, 201);
    for too_long in [fits + "x", "x".repeat(8 * 1024 * 1024)] {
        let answer = Answer::to(form(&emulator, too_long));
        answer.assert_refused(413, UNAUTHORIZED);
    }
}

#[test]
fn a_body_that_breaks_off_gets_no_token() {
    let emulator = start();
    let request = format!(
        "POST /auth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nConnection: close\r\n\
         Transfer-Encoding: chunked\r\n\r\nnot a chunk size\r\n"
    );
    assert_eq!(raw_status(&emulator, request.as_bytes()), 400);
    assert_eq!(emulator.request_counts().tokens_issued, 0);
}

#[test]
fn other_methods_are_not_allowed() {
    let emulator = start();
    let url = format!("{}/auth/token", emulator.url());
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let answer = Answer::to(client().request(method, &url));
        answer.assert_refused(405, "api_error.method_not_allowed");
        assert_eq!(answer.header("allow"), Some("POST"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let head = client().head(&url).send().unwrap();
    assert_eq!(head.status(), 405);
    assert_eq!(head.text().unwrap(), "");
    assert_eq!(emulator.request_counts().token, 5);
    assert_eq!(emulator.request_counts().tokens_issued, 0);
}

#[test]
fn no_answer_may_be_cached() {
    let emulator = start();
    let answers = [
        (201, form(&emulator, default_client_and(""))),
        (400, form(&emulator, default_client_and("grant_type=password"))),
        (401, form(&emulator, "")),
        (405, client().get(format!("{}/auth/token", emulator.url()))),
        (413, form(&emulator, "x".repeat(100_000))),
    ];
    for (status, request) in answers {
        let answer = Answer::to(request);
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("pragma"), Some("no-cache"));
    }
}

#[test]
fn every_token_is_new_and_the_earlier_ones_stay_good() {
    let emulator = start();
    let tokens: Vec<_> = (0..5).map(|_| crate::http::token(&emulator)).collect();
    assert_eq!(tokens.iter().collect::<HashSet<_>>().len(), 5);
    for token in &tokens {
        assert_eq!(links(&emulator, token).status, 200);
    }
}

#[test]
fn expires_in_is_the_lifetime_in_whole_seconds() {
    for (lifetime, expected) in [
        (Duration::ZERO, 0),
        (Duration::from_millis(1999), 1),
        (Duration::from_secs(90), 90),
        (Duration::MAX, u64::MAX),
    ] {
        let emulator = Emulator::builder().token_lifetime(lifetime).start().unwrap();
        let answer = Answer::to(form(&emulator, default_client_and("")));
        assert_eq!(answer.body["expires_in"], expected);
    }
}

#[test]
fn answers_repeat_nothing_of_what_was_sent() {
    let emulator = start();
    let marker = "marker-31337";
    for request in [
        form(&emulator, format!("client_id={marker}&client_secret={marker}")),
        form(&emulator, default_client_and(&format!("grant_type={marker}"))),
        form(&emulator, default_client_and(&format!("scope={marker}\"\\"))),
        form(&emulator, default_client_and(&format!("{marker}=1&{marker}=2"))),
        token_request(&emulator).header("Authorization", marker),
    ] {
        let answer = Answer::to(request);
        assert!(answer.status >= 400);
        assert!(!format!("{answer:?}").contains(marker));
    }
}

#[test]
fn only_the_exact_path_is_the_token_endpoint() {
    let emulator = start();
    for path in ["/auth/token/", "/auth%2Ftoken", "/Auth/Token", "/auth", "/"] {
        let request = client()
            .post(format!("{}{path}", emulator.url()))
            .header("content-type", FORM)
            .body(default_client_and(""));
        Answer::to(request).assert_refused(401, UNAUTHORIZED);
    }
    assert_eq!(emulator.request_counts().token, 0);
    let with_query = client()
        .post(format!("{}/auth/token?x=1", emulator.url()))
        .header("content-type", FORM)
        .body(default_client_and(""));
    assert_eq!(Answer::to(with_query).status, 201);
}
