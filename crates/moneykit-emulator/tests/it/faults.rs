//! Token requests that fail on demand.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use moneykit_emulator::{DEFAULT_TOKEN_LIFETIME, Emulator, Fault, Faults, StatusCode};

use crate::http::{Answer, client, connect, default_client_and, form, links, token};

fn start() -> Emulator {
    Emulator::builder().start().unwrap()
}

fn token_answer(emulator: &Emulator) -> Answer {
    Answer::to(form(emulator, default_client_and("")))
}

/// A token request, byte by byte, and all that comes back until the connection closes.
fn bytes_until_closed(emulator: &Emulator) -> String {
    let mut stream = connect(emulator);
    let body = default_client_and("");
    let head =
        "POST /auth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded";
    write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_status_is_answered_as_documented_and_brings_no_token() {
    let emulator = start();
    for (status, code) in [
        (401, "api_error.auth.unauthorized"),
        (429, "api_error.rate_limit_exceeded"),
        (500, "api_error.internal"),
        (503, "api_error.internal"),
    ] {
        emulator.fail_next(1, Fault::Status(StatusCode::from_u16(status).unwrap()));
        let answer = token_answer(&emulator);
        answer.assert_refused(status, code);
        assert_eq!(answer.header("retry-after"), None);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    assert_eq!((emulator.request_counts().token, emulator.request_counts().tokens_issued), (4, 0));
}

#[test]
fn a_status_that_ends_no_request_becomes_500() {
    let emulator = start();
    emulator.fail_next(1, Fault::Status(StatusCode::CONTINUE));
    assert_eq!(form(&emulator, "").send().unwrap().status(), 500);
}

#[test]
fn retry_after_is_rounded_up_to_seconds() {
    let emulator = start();
    for (after, seconds) in [(0, "0"), (1, "1"), (1_000, "1"), (1_001, "2"), (120_000, "120")] {
        let after = Duration::from_millis(after);
        emulator.fail_next(1, Fault::RetryAfter(StatusCode::SERVICE_UNAVAILABLE, after));
        let answer = token_answer(&emulator);
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some(seconds)));
    }
}

#[test]
fn faults_come_one_a_request_and_then_no_more() {
    let emulator = start();
    emulator.fail_next(2, Fault::Status(StatusCode::BAD_GATEWAY));
    emulator.fail_next(1, Fault::Status(StatusCode::NOT_FOUND));

    assert_eq!([(); 4].map(|()| token_answer(&emulator).status), [502, 502, 404, 201]);
}

#[test]
fn faults_by_chance_last_until_they_are_set_anew() {
    let always = |status| Faults::seeded(7).one_in(1, Fault::Status(status));
    let emulator = Emulator::builder().faults(always(StatusCode::BAD_GATEWAY)).start().unwrap();

    assert_eq!([(); 3].map(|()| token_answer(&emulator).status), [502; 3]);
    emulator.fail_next(5, Fault::Status(StatusCode::NOT_FOUND));
    emulator.set_faults(always(StatusCode::GATEWAY_TIMEOUT));
    assert_eq!([(); 3].map(|()| token_answer(&emulator).status), [504; 3]);
    emulator.set_faults(Faults::default());
    assert_eq!(token_answer(&emulator).status, 201);
}

#[test]
fn a_delay_is_waited_for_and_takes_nothing_of_a_tokens_life() {
    let emulator = start();
    emulator.fail_next(1, Fault::Delay(Duration::from_millis(30)));
    let asked = emulator.now();

    let answer = token_answer(&emulator);

    let end = emulator.token_expires_at(answer.token()).unwrap();
    assert!(end >= asked + Duration::from_millis(30) + DEFAULT_TOKEN_LIFETIME, "{asked:?} {end:?}");
}

#[test]
fn a_connection_closes_in_the_middle_of_the_answer() {
    let emulator = start();
    for bytes in [0, 1, 12, 100] {
        emulator.fail_next(1, Fault::CloseAfter(bytes));
        assert_eq!(bytes_until_closed(&emulator).len(), bytes);
    }
    assert_eq!(emulator.request_counts().tokens_issued, 4);
    emulator.fail_next(1, Fault::CloseAfter(1_000_000));
    let whole = bytes_until_closed(&emulator);
    assert!(whole.starts_with("HTTP/1.1 201") && whole.ends_with('}'), "{whole}");
    emulator.fail_next(1, Fault::CloseAfter(0));
    assert!(form(&emulator, default_client_and("")).send().is_err());
    assert_eq!(links(&emulator, &token(&emulator)).status, 200, "other connections go on");
}

#[test]
fn garbage_is_a_success_without_a_token() {
    let emulator = start();
    emulator.fail_next(1, Fault::Garbage("<html>Welcome</html>".to_owned()));
    let answer = form(&emulator, "whatever").send().unwrap();

    assert_eq!(answer.status(), 201);
    assert_eq!(answer.text().unwrap(), "<html>Welcome</html>");
    assert_eq!(emulator.request_counts().tokens_issued, 0);
}

#[test]
fn a_token_can_have_a_lifetime_of_its_own() {
    let emulator = start();
    emulator.fail_next(1, Fault::Lifetime(Duration::from_millis(90_500)));
    let (short, usual) = (token_answer(&emulator), token_answer(&emulator));

    assert_eq!(short.body["expires_in"], 90);
    assert_eq!(usual.body["expires_in"], 3_600);
    emulator.advance(Duration::from_secs(91));
    links(&emulator, short.token()).assert_refused(401, "api_error.auth.expired_access_token");
    assert_eq!(links(&emulator, usual.token()).status, 200);
}

#[test]
fn the_end_of_a_token_is_known_while_the_token_is() {
    let emulator = start();
    let before = emulator.now();
    let token = token(&emulator);

    let end = emulator.token_expires_at(&token).unwrap();
    assert!(before + DEFAULT_TOKEN_LIFETIME <= end && end <= emulator.now() + DEFAULT_TOKEN_LIFETIME);
    emulator.advance(DEFAULT_TOKEN_LIFETIME);
    assert!(emulator.now() >= end);
    assert_eq!(links(&emulator, &token).status, 401);
    assert_eq!(emulator.token_expires_at("never issued"), None);
    emulator.revoke_tokens();
    assert_eq!(emulator.token_expires_at(&token), None);
}

#[test]
fn the_rest_of_the_api_does_not_fail() {
    let emulator = start();
    let token = token(&emulator);
    emulator.fail_next(1, Fault::Status(StatusCode::BAD_GATEWAY));

    assert_eq!(links(&emulator, &token).status, 200);
    assert_eq!(client().get(emulator.url()).send().unwrap().status(), 401);
    assert_eq!(token_answer(&emulator).status, 502);
}
