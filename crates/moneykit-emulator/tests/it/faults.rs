//! Tests of faults injected into token requests.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use moneykit_emulator::{DEFAULT_TOKEN_LIFETIME, Emulator, Fault, Faults, StatusCode};

use crate::common::{
    UNAUTHORIZED, connect, default_client_form, form_request, get_links, http_client, issue_token,
    request_token, start,
};

/// Sends a token request and returns the bytes of the response until the connection closes.
fn read_until_closed(emulator: &Emulator) -> String {
    let mut stream = connect(emulator);
    let body = default_client_form("");
    let head =
        "POST /auth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded";
    write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn status_faults_have_the_documented_body_and_issue_no_token() {
    let emulator = start();
    for (status, code) in [
        (401, UNAUTHORIZED),
        (429, "api_error.rate_limit_exceeded"),
        (500, "api_error.internal"),
        (503, "api_error.internal"),
    ] {
        emulator.fail_next(1, Fault::Status(StatusCode::from_u16(status).unwrap()));
        let response = request_token(&emulator);
        response.assert_error(status, code);
        assert_eq!(response.header("retry-after"), None);
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }
    assert_eq!((emulator.request_counts().token, emulator.request_counts().tokens_issued), (4, 0));
}

#[test]
fn informational_statuses_become_500() {
    let emulator = start();
    emulator.fail_next(1, Fault::Status(StatusCode::CONTINUE));
    assert_eq!(form_request(&emulator, "").send().unwrap().status(), 500);
}

#[test]
fn retry_after_is_rounded_up_to_seconds() {
    let emulator = start();
    for (after, seconds) in [(0, "0"), (1, "1"), (1_000, "1"), (1_001, "2"), (120_000, "120")] {
        let after = Duration::from_millis(after);
        emulator.fail_next(1, Fault::RetryAfter(StatusCode::SERVICE_UNAVAILABLE, after));
        let response = request_token(&emulator);
        assert_eq!((response.status, response.header("retry-after")), (503, Some(seconds)));
    }
}

#[test]
fn each_queued_fault_affects_one_request() {
    let emulator = start();
    emulator.fail_next(2, Fault::Status(StatusCode::BAD_GATEWAY));
    emulator.fail_next(1, Fault::Status(StatusCode::NOT_FOUND));

    assert_eq!([(); 4].map(|()| request_token(&emulator).status), [502, 502, 404, 201]);
}

#[test]
fn random_faults_apply_until_they_are_replaced() {
    let always = |status| Faults::seeded(7).one_in(1, Fault::Status(status));
    let emulator = Emulator::builder().faults(always(StatusCode::BAD_GATEWAY)).start().unwrap();

    assert_eq!([(); 3].map(|()| request_token(&emulator).status), [502; 3]);
    emulator.fail_next(5, Fault::Status(StatusCode::NOT_FOUND));
    emulator.set_faults(&always(StatusCode::GATEWAY_TIMEOUT)).unwrap();
    assert_eq!([(); 3].map(|()| request_token(&emulator).status), [504; 3]);
    emulator.set_faults(&Faults::default()).unwrap();
    assert_eq!(request_token(&emulator).status, 201);
}

#[test]
fn the_lifetime_of_a_token_starts_after_a_delay() {
    let emulator = start();
    emulator.fail_next(1, Fault::Delay(Duration::from_millis(30)));
    let requested_at = emulator.now();

    let response = request_token(&emulator);

    let expires_at = emulator.token_expires_at(response.token()).unwrap();
    assert!(
        expires_at >= requested_at + Duration::from_millis(30) + DEFAULT_TOKEN_LIFETIME,
        "{requested_at:?} {expires_at:?}"
    );
}

#[test]
fn close_after_truncates_the_response() {
    let emulator = start();
    for bytes in [0, 1, 12, 100] {
        emulator.fail_next(1, Fault::CloseAfter(bytes));
        assert_eq!(read_until_closed(&emulator).len(), bytes);
    }
    assert_eq!(emulator.request_counts().tokens_issued, 4);
    emulator.fail_next(1, Fault::CloseAfter(1_000_000));
    let complete = read_until_closed(&emulator);
    assert!(complete.starts_with("HTTP/1.1 201") && complete.ends_with('}'), "{complete}");
    emulator.fail_next(1, Fault::CloseAfter(0));
    assert!(form_request(&emulator, default_client_form("")).send().is_err());
    assert_eq!(get_links(&emulator, &issue_token(&emulator)).status, 200, "other connections are unaffected");
}

#[test]
fn garbage_has_a_success_status_and_issues_no_token() {
    let emulator = start();
    emulator.fail_next(1, Fault::Garbage("<html>Welcome</html>".to_owned()));
    let response = form_request(&emulator, "whatever").send().unwrap();

    assert_eq!(response.status(), 201);
    assert_eq!(response.text().unwrap(), "<html>Welcome</html>");
    assert_eq!(emulator.request_counts().tokens_issued, 0);
}

#[test]
fn a_lifetime_fault_affects_one_token() {
    let emulator = start();
    emulator.fail_next(1, Fault::Lifetime(Duration::from_millis(90_500)));
    let (short, default) = (request_token(&emulator), request_token(&emulator));

    assert_eq!(short.body["expires_in"], 90);
    assert_eq!(default.body["expires_in"], 3_600);
    emulator.advance(Duration::from_secs(91));
    get_links(&emulator, short.token()).assert_error(401, "api_error.auth.expired_access_token");
    assert_eq!(get_links(&emulator, default.token()).status, 200);
}

#[test]
fn token_expires_at_returns_the_expiry_of_known_tokens() {
    let emulator = start();
    let before = emulator.now();
    let token = issue_token(&emulator);

    let expires_at = emulator.token_expires_at(&token).unwrap();
    assert!(
        before + DEFAULT_TOKEN_LIFETIME <= expires_at
            && expires_at <= emulator.now() + DEFAULT_TOKEN_LIFETIME
    );
    emulator.advance(DEFAULT_TOKEN_LIFETIME);
    assert!(emulator.now() >= expires_at);
    assert_eq!(get_links(&emulator, &token).status, 401);
    assert_eq!(emulator.token_expires_at("never issued"), None);
    emulator.revoke_tokens();
    assert_eq!(emulator.token_expires_at(&token), None);
}

#[test]
fn faults_do_not_affect_the_rest_of_the_api() {
    let emulator = start();
    let token = issue_token(&emulator);
    emulator.fail_next(1, Fault::Status(StatusCode::BAD_GATEWAY));

    assert_eq!(get_links(&emulator, &token).status, 200);
    assert_eq!(http_client().get(emulator.url()).send().unwrap().status(), 401);
    assert_eq!(request_token(&emulator).status, 502);
}
