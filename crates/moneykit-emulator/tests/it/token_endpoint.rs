//! Tests of the token endpoint: credentials, scopes, request validation and response headers.

use std::collections::HashSet;
use std::time::Duration;

use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
use reqwest::Method;

use crate::common::{
    FORM, UNAUTHORIZED, basic_header, default_client_form, form_request, get_links, http_client, issue_token,
    raw_status, request_token, send, start, token_request,
};

#[test]
fn form_credentials_are_issued_a_token() {
    let emulator = start();
    let response = send(token_request(&emulator).form(&[
        ("grant_type", "client_credentials"),
        ("client_id", DEFAULT_CLIENT_ID),
        ("client_secret", DEFAULT_CLIENT_SECRET),
    ]));
    assert_eq!(response.status, 201);
    assert_eq!(response.body["token_type"], "bearer");
    assert_eq!(response.body["expires_in"], 3600);
    assert_eq!(response.body.as_object().unwrap().len(), 3);
    let token = response.token();
    assert_eq!(token.len(), 64);
    assert!(token.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn basic_credentials_are_issued_a_token() {
    let emulator = start();
    let response = send(
        token_request(&emulator)
            .basic_auth(DEFAULT_CLIENT_ID, Some(DEFAULT_CLIENT_SECRET))
            .form(&[("grant_type", "client_credentials")]),
    );
    assert_eq!(response.status, 201);
}

#[test]
fn basic_credentials_need_no_body_and_no_content_type() {
    let emulator = start();
    let request = format!(
        "POST /auth/token HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\nConnection: close\r\n\r\n",
        basic_header(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
    );
    assert_eq!(raw_status(&emulator, request.as_bytes()), 201);
}

#[test]
fn the_documented_curl_command_with_basic_and_form_credentials_is_accepted() {
    // The curl command of MoneyKit's documentation with its placeholders filled in: credentials in the header and the
    // form, the fields in its order, and an empty scope.
    let emulator = start();
    let response = send(
        token_request(&emulator)
            .header("Authorization", basic_header(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET))
            .header("content-type", FORM)
            .body(format!(
                "grant_type=client_credentials&scope=&client_id={DEFAULT_CLIENT_ID}\
                 &client_secret={DEFAULT_CLIENT_SECRET}"
            )),
    );
    assert_eq!(response.status, 201);
    assert!(get_links(&emulator, response.token()).body["scope"].is_null());
}

#[test]
fn basic_and_form_credentials_must_be_equal() {
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
        // An empty user and password count as no header.
        ("", "", "client_id=one&client_secret=same", 201),
        ("", "", "client_id=one", 401),
        ("", "", "client_id=one&client_secret=other", 401),
    ];
    for (user, password, body, expected) in cases {
        let request = form_request(&emulator, body).header("Authorization", basic_header(user, password));
        let status = send(request).status;
        assert_eq!(status, expected, "{user}:{password} and {body}");
    }
}

#[test]
fn basic_credentials_are_raw_utf8_split_at_the_first_colon() {
    let emulator = Emulator::builder().client("ïd", "a:b%3A+ö").start().unwrap();
    let cases = [
        (basic_header("ïd", "a:b%3A+ö"), 201),
        (basic_header("ïd", "a:b%3A+ö").replace("Basic", "bASIC"), 201),
        (basic_header("ïd", "a:b:+ö"), 401),
        (basic_header("%C3%AFd", "a:b%3A+ö"), 401),
        (basic_header("ïd:a", "b%3A+ö"), 201),
    ];
    for (header, expected) in cases {
        let response = send(token_request(&emulator).header("Authorization", &header));
        assert_eq!(response.status, expected, "{header}");
    }
}

#[test]
fn basic_credentials_may_be_encoded_as_in_a_form() {
    let emulator = Emulator::builder().client("live_1:a", "s-3 +%ö").client("raw", "a+b").start().unwrap();
    let cases = [
        // Libraries differ in what else they encode.
        ("live_1%3Aa", "s-3+%2B%25%C3%B6", "", 201),
        ("live%5F1%3aa", "s%2D3%20%2b%25%c3%b6", "client_id=live_1:a", 201),
        ("live%5F1%3aa", "s%2D3%20%2b%25%c3%b6", "client_id=raw", 401),
        ("raw", "a+b", "", 201),
        ("raw", "a%2Bb", "", 201),
        ("raw", "a b", "", 401),
        ("raw", "a%2Bb%zz", "", 401),
    ];
    for (user, password, body, expected) in cases {
        let request = form_request(&emulator, body).header("Authorization", basic_header(user, password));
        assert_eq!(send(request).status, expected, "{user}:{password} {body}");
    }
}

#[test]
fn form_credentials_are_percent_decoded() {
    let emulator = Emulator::builder().client("ïd:1", "a&b=c %+ö").start().unwrap();
    let response =
        send(token_request(&emulator).form(&[("client_id", "ïd:1"), ("client_secret", "a&b=c %+ö")]));
    assert_eq!(response.status, 201);
}

#[test]
fn the_default_grant_type_is_client_credentials() {
    let emulator = start();
    let response = send(form_request(&emulator, default_client_form("scope=accounts")));
    assert_eq!(response.status, 201);
}

#[test]
fn other_grant_types_are_rejected_before_credentials_are_checked() {
    let emulator = start();
    for body in [
        default_client_form("grant_type=authorization_code"),
        default_client_form("grant_type=CLIENT_CREDENTIALS"),
        default_client_form("grant_type="),
        default_client_form("grant_type"),
        "grant_type=password&client_id=unknown&client_secret=wrong".to_owned(),
        "grant_type=password".to_owned(),
    ] {
        let response = send(form_request(&emulator, body));
        response.assert_error(400, UNAUTHORIZED);
        assert_eq!(response.body["error_message"], "Invalid grant type");
    }
}

#[test]
fn wrong_unknown_and_missing_credentials_get_the_same_response() {
    let emulator = start();
    let id = DEFAULT_CLIENT_ID;
    for body in [
        String::new(),
        "grant_type=client_credentials".to_owned(),
        format!("client_id={id}"),
        format!("client_id={id}&client_secret="),
        format!("client_id={id}&client_secret=wrong"),
        format!("client_id=&client_secret={DEFAULT_CLIENT_SECRET}"),
        format!("client_id=unknown&client_secret={DEFAULT_CLIENT_SECRET}"),
        format!("client_secret={DEFAULT_CLIENT_SECRET}"),
    ] {
        let response = send(form_request(&emulator, body.clone()));
        response.assert_error(401, UNAUTHORIZED);
        assert_eq!(response.body["error_message"], "Invalid client credentials", "{body}");
    }
}

#[test]
fn rejected_basic_credentials_get_a_basic_challenge() {
    let emulator = start();
    for header in [
        basic_header(DEFAULT_CLIENT_ID, "wrong"),
        basic_header("unknown", DEFAULT_CLIENT_SECRET),
        "Basic".to_owned(),
        "Basic !!!".to_owned(),
    ] {
        let response = send(token_request(&emulator).header("Authorization", header));
        response.assert_error(401, UNAUTHORIZED);
        assert_eq!(response.header("www-authenticate"), Some(r#"Basic realm="MoneyKit""#));
    }
}

#[test]
fn other_or_repeated_authorization_headers_are_rejected_even_with_a_valid_form() {
    let emulator = start();
    let valid_form = || form_request(&emulator, default_client_form(""));
    let bearer = send(valid_form().bearer_auth("abc"));
    bearer.assert_error(401, UNAUTHORIZED);
    let header = basic_header(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET);
    let repeated = send(valid_form().header("Authorization", &header).header("Authorization", &header));
    repeated.assert_error(401, UNAUTHORIZED);
}

#[test]
fn allowed_scopes_are_granted() {
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
        let response = send(form_request(&emulator, body));
        let echo = get_links(&emulator, response.token()).body;
        assert_eq!(echo["scope"].to_string(), granted, "{id} {scope}");
        assert_eq!(echo["client_id"], id);
    }
}

#[test]
fn malformed_and_forbidden_scopes_are_rejected() {
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
        let response = send(form_request(&emulator, body));
        response.assert_error(401, UNAUTHORIZED);
        assert_eq!(response.body["error_message"], "Scope not permitted", "{scope}");
    }
}

#[test]
fn repeated_fields_are_rejected() {
    let emulator = start();
    for repeated in [
        "client_id=x",
        &format!("client_id={DEFAULT_CLIENT_ID}"),
        "client%5Fsecret=x",
        "scope=a&scope=a",
        "grant_type=client_credentials&grant_type=client_credentials",
        "unknown=1&unknown=2",
    ] {
        let response = send(form_request(&emulator, default_client_form(repeated)));
        response.assert_error(400, UNAUTHORIZED);
    }
}

#[test]
fn unknown_fields_are_ignored() {
    let emulator = start();
    let response = send(form_request(&emulator, default_client_form("audience=x&y")));
    assert_eq!(response.status, 201);
}

#[test]
fn malformed_form_bodies_are_rejected() {
    let emulator = start();
    let valid = default_client_form("");
    for invalid in [&b"x=\xff"[..], b"x=%FF", b"x=%", b"x=%G0", b"%e=1"] {
        let response = send(form_request(&emulator, [valid.as_bytes(), invalid].concat()));
        response.assert_error(400, UNAUTHORIZED);
    }
}

#[test]
fn the_content_type_must_be_form_urlencoded() {
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
            token_request(&emulator).header("content-type", content_type).body(default_client_form(""));
        assert_eq!(send(request).status, expected, "{content_type:?}");
    }
    let untyped = send(token_request(&emulator).body(default_client_form("")));
    untyped.assert_error(400, UNAUTHORIZED);
}

#[test]
fn bodies_larger_than_64_kib_are_rejected() {
    let emulator = start();
    let mut fits = default_client_form("filler=");
    fits.push_str(&"x".repeat(64 * 1024 - fits.len()));
    assert_eq!(send(form_request(&emulator, fits.clone())).status, 201);
    for too_long in [fits + "x", "x".repeat(8 * 1024 * 1024)] {
        let response = send(form_request(&emulator, too_long));
        response.assert_error(413, UNAUTHORIZED);
    }
}

#[test]
fn an_incomplete_body_is_issued_no_token() {
    let emulator = start();
    let request = format!(
        "POST /auth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nConnection: close\r\n\
         Transfer-Encoding: chunked\r\n\r\nnot a chunk size\r\n"
    );
    assert_eq!(raw_status(&emulator, request.as_bytes()), 400);
    assert_eq!(emulator.request_counts().tokens_issued, 0);
}

#[test]
fn methods_other_than_post_are_rejected() {
    let emulator = start();
    let url = format!("{}/auth/token", emulator.url());
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let response = send(http_client().request(method, &url));
        response.assert_error(405, "api_error.method_not_allowed");
        assert_eq!(response.header("allow"), Some("POST"));
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }
    let head = http_client().head(&url).send().unwrap();
    assert_eq!(head.status(), 405);
    assert_eq!(head.text().unwrap(), "");
    assert_eq!(emulator.request_counts().token, 5);
    assert_eq!(emulator.request_counts().tokens_issued, 0);
}

#[test]
fn all_responses_forbid_caching() {
    let emulator = start();
    let cases = [
        (201, form_request(&emulator, default_client_form(""))),
        (400, form_request(&emulator, default_client_form("grant_type=password"))),
        (401, form_request(&emulator, "")),
        (405, http_client().get(format!("{}/auth/token", emulator.url()))),
        (413, form_request(&emulator, "x".repeat(100_000))),
    ];
    for (status, request) in cases {
        let response = send(request);
        assert_eq!(response.status, status);
        assert_eq!(response.header("cache-control"), Some("no-store"));
        assert_eq!(response.header("pragma"), Some("no-cache"));
    }
}

#[test]
fn every_token_is_unique_and_earlier_tokens_stay_valid() {
    let emulator = start();
    let tokens: Vec<_> = (0..5).map(|_| issue_token(&emulator)).collect();
    assert_eq!(tokens.iter().collect::<HashSet<_>>().len(), 5);
    for token in &tokens {
        assert_eq!(get_links(&emulator, token).status, 200);
    }
}

#[test]
fn expires_in_is_the_lifetime_rounded_down_to_seconds() {
    for (lifetime, expected) in [
        (Duration::ZERO, 0),
        (Duration::from_millis(1999), 1),
        (Duration::from_secs(90), 90),
        (Duration::MAX, u64::MAX),
    ] {
        let emulator = Emulator::builder().token_lifetime(lifetime).start().unwrap();
        let response = request_token(&emulator);
        assert_eq!(response.body["expires_in"], expected);
    }
}

#[test]
fn error_responses_do_not_repeat_the_request() {
    let emulator = start();
    let marker = "marker-31337";
    for request in [
        form_request(&emulator, format!("client_id={marker}&client_secret={marker}")),
        form_request(&emulator, default_client_form(&format!("grant_type={marker}"))),
        form_request(&emulator, default_client_form(&format!("scope={marker}\"\\"))),
        form_request(&emulator, default_client_form(&format!("{marker}=1&{marker}=2"))),
        token_request(&emulator).header("Authorization", marker),
    ] {
        let response = send(request);
        assert!(response.status >= 400);
        assert!(!format!("{response:?}").contains(marker));
    }
}

#[test]
fn only_the_exact_path_is_the_token_endpoint() {
    let emulator = start();
    for path in ["/auth%2Ftoken", "/Auth/Token", "/auth", "/"] {
        let request = http_client()
            .post(format!("{}{path}", emulator.url()))
            .header("content-type", FORM)
            .body(default_client_form(""));
        send(request).assert_error(401, UNAUTHORIZED);
    }
    assert_eq!(emulator.request_counts().token, 0);
    let with_query = http_client()
        .post(format!("{}/auth/token?x=1", emulator.url()))
        .header("content-type", FORM)
        .body(default_client_form(""));
    assert_eq!(send(with_query).status, 201);
}

#[test]
fn a_token_request_under_a_wrong_prefix_is_told_the_right_path() {
    let emulator = start();
    for path in ["/v2/auth/token", "/auth/token/", "/auth/token/auth/token"] {
        let request = http_client()
            .post(format!("{}{path}", emulator.url()))
            .header("content-type", FORM)
            .body(default_client_form(""));
        let response = send(request);
        response.assert_error(404, "api_error.not_found");
        let message = response.body["error_message"].as_str().unwrap();
        assert!(message.contains("The token endpoint is /auth/token") && message.contains(path), "{message}");
    }
    // With a token, the path is one of the API.
    let url = format!("{}/v2/auth/token", emulator.url());
    assert_eq!(send(http_client().post(url).bearer_auth(issue_token(&emulator))).status, 200);
}
