//! Tests of faults that are injected into requests to the API, and of those at the level of bytes.

use std::io::{ErrorKind, Read as _, Write as _};
use std::time::Duration;

use moneykit_emulator::{Emulator, Fault, FaultTarget, Faults, HeaderValue, StatusCode};

use crate::common::{UNAUTHORIZED, connect, get_links, http_client, issue_token, request_token, start};

fn fail_next_api(emulator: &Emulator, fault: Fault) {
    emulator.fail_next_for(FaultTarget::API, 1, fault).unwrap();
}

/// Sends `GET /links` and returns the bytes of the response until the connection ends, and how it ends.
fn raw_get_links(emulator: &Emulator, token: &str) -> (String, Result<(), ErrorKind>) {
    let mut stream = connect(emulator);
    let request = format!("GET /links HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = Vec::new();
    let end = stream.read_to_end(&mut response).map(|_| ()).map_err(|error| error.kind());
    (String::from_utf8(response).unwrap(), end)
}

#[test]
fn status_faults_of_the_api_have_a_bearer_challenge() {
    let emulator = start();
    let token = issue_token(&emulator);
    fail_next_api(&emulator, Fault::Status(StatusCode::UNAUTHORIZED));
    fail_next_api(&emulator, Fault::RetryAfter(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(3)));

    let response = get_links(&emulator, &token);
    response.assert_error(401, UNAUTHORIZED);
    assert_eq!(
        response.header("www-authenticate"),
        Some(r#"Bearer realm="MoneyKit", error="invalid_token""#)
    );
    let response = get_links(&emulator, &token);
    response.assert_error(503, "api_error.internal");
    assert_eq!(response.header("retry-after"), Some("3"));
    assert_eq!(get_links(&emulator, &token).status, 200);
    assert_eq!(emulator.request_counts().api_rejected, 2);
}

#[test]
fn a_fault_of_a_path_affects_no_other_path() {
    let emulator = start();
    let token = issue_token(&emulator);
    let target = FaultTarget::path("/accounts/*").unwrap();
    emulator.fail_next_for(target, 1, Fault::Status(StatusCode::UNAUTHORIZED)).unwrap();

    assert_eq!(get_links(&emulator, &token).status, 200);
    let accounts = || http_client().get(format!("{}/accounts/1", emulator.url())).bearer_auth(&token);
    assert_eq!([(); 2].map(|()| accounts().send().unwrap().status().as_u16()), [401, 200]);
}

#[test]
fn a_share_of_requests_can_be_unauthorized() {
    let faults = Faults::seeded(7).one_in_for(FaultTarget::API, 4, Fault::Status(StatusCode::UNAUTHORIZED));
    let emulator = Emulator::builder().faults(faults).start().unwrap();
    let token = issue_token(&emulator);
    let rejected = (0..100).filter(|_| get_links(&emulator, &token).status == 401).count();
    assert!((10..=45).contains(&rejected), "{rejected}");
}

#[test]
fn a_token_can_be_known_late() {
    let emulator = start();
    emulator.freeze_clock();
    emulator.fail_next(1, Fault::ActivationDelay(Duration::from_millis(500)));
    let token = issue_token(&emulator);
    get_links(&emulator, &token).assert_error(401, UNAUTHORIZED);
    emulator.advance(Duration::from_millis(500));
    assert_eq!(get_links(&emulator, &token).status, 200);
}

#[test]
fn faults_of_tokens_cannot_be_injected_into_the_api() {
    let emulator = start();
    let fault = Fault::Lifetime(Duration::ZERO);
    assert!(emulator.fail_next_for(FaultTarget::API, 1, fault.clone()).is_err());
    assert!(emulator.set_faults(&Faults::default().one_in_for(FaultTarget::API, 1, fault)).is_err());
}

#[test]
fn a_reset_differs_from_a_close() {
    let emulator = start();
    let token = issue_token(&emulator);
    fail_next_api(&emulator, Fault::CloseAfter(0));
    assert_eq!(raw_get_links(&emulator, &token), (String::new(), Ok(())));
    fail_next_api(&emulator, Fault::ResetAfter(0));
    assert_eq!(raw_get_links(&emulator, &token), (String::new(), Err(ErrorKind::ConnectionReset)));
    fail_next_api(&emulator, Fault::ResetAfter(12));
    let (_, end) = raw_get_links(&emulator, &token);
    assert_eq!(end, Err(ErrorKind::ConnectionReset));
    assert_eq!(get_links(&emulator, &token).status, 200, "other connections are unaffected");
}

#[test]
fn a_truncated_body_is_shorter_than_announced() {
    let emulator = start();
    let token = issue_token(&emulator);
    fail_next_api(&emulator, Fault::TruncateBody(5));
    let (response, _) = raw_get_links(&emulator, &token);
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200") && !head.contains("content-length: 5\r\n"), "{head}");
    assert_eq!(body.len(), 5);
}

#[test]
fn a_slow_body_arrives_complete() {
    let emulator = start();
    let token = issue_token(&emulator);
    fail_next_api(&emulator, Fault::SlowBody { chunk_bytes: 50, interval: Duration::from_millis(20) });
    let before = emulator.now();
    assert_eq!(get_links(&emulator, &token).body["path"], "/links");
    assert!(emulator.now() >= before + Duration::from_millis(40));
}

#[test]
fn garbage_and_content_types_apply_to_both_endpoints() {
    let emulator = start();
    let token = issue_token(&emulator);
    fail_next_api(&emulator, Fault::Garbage("<html>".to_owned()));
    let get = || http_client().get(format!("{}/links", emulator.url())).bearer_auth(&token).send().unwrap();
    let response = get();
    assert_eq!((response.status().as_u16(), response.text().unwrap().as_str()), (200, "<html>"));

    let html = Fault::ContentType(HeaderValue::from_static("text/html"));
    fail_next_api(&emulator, html.clone());
    assert_eq!(get().headers()["content-type"], "text/html");
    emulator.fail_next(1, html);
    let form = crate::common::default_client_form("");
    let response = crate::common::form_request(&emulator, form).send().unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (201, &HeaderValue::from_static("text/html"))
    );
    assert_eq!(request_token(&emulator).status, 201);
}
