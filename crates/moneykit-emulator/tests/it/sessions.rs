//! Tests of sessions, and of what a reset restores.

use std::time::Duration;

use moneykit_emulator::{
    DEFAULT_CLIENT_ID, Fault, FaultTarget, Faults, RegisteredClient, RequestFilter, SessionConfig,
    StatusCode, Stub, StubResponse,
};
use serde_json::json;

use crate::common::{
    UNAUTHORIZED, form_request, get_links, http_client, issue_token, request_token, send, start,
};

#[test]
fn sessions_share_nothing() {
    let emulator = start();
    let client = RegisteredClient::new("mine", "my-secret").scopes(["accounts"]);
    let config = SessionConfig::new()
        .client(client)
        .stub(Stub::new("GET", "/links").respond(StubResponse::new(202).json(json!({}))));
    let session = emulator.create_session("one", &config).unwrap();
    let other = emulator.create_session("two", &SessionConfig::new()).unwrap();

    let token = send(form_request(&session, "client_id=mine&client_secret=my-secret")).token().to_owned();
    assert_eq!(get_links(&session, &token).status, 202);
    get_links(&emulator, &token).assert_error(401, UNAUTHORIZED);
    get_links(&other, &token).assert_error(401, UNAUTHORIZED);
    assert_eq!(request_token(&session).status, 401);
    other.fail_next(1, Fault::Status(StatusCode::BAD_GATEWAY));
    session.advance(Duration::from_secs(10_000));

    assert_eq!(request_token(&emulator).status, 201);
    assert_eq!(request_token(&other).status, 502);
    assert!(emulator.now() < Duration::from_secs(1_000));
    assert_eq!(emulator.request_counts().api, 1);
    assert_eq!(session.requests(&RequestFilter::new()).requests[1].path, "/links");
    assert_eq!(emulator.session_names(), ["one", "two"]);
    assert_eq!(emulator.session("one").unwrap().url(), session.url());
}

#[test]
fn the_path_within_a_session_may_be_empty() {
    let emulator = start();
    let session = emulator.create_session("a", &SessionConfig::new()).unwrap();
    let token = issue_token(&session);
    for (path, expected) in [("", "/"), ("/", "/"), ("/s/a", "/s/a"), ("/a%2Fb", "/a%2Fb")] {
        let response = send(http_client().get(format!("{}{path}", session.url())).bearer_auth(&token));
        assert_eq!(response.body["path"], expected);
    }
}

#[test]
fn the_name_of_a_session_may_be_encoded() {
    let emulator = start();
    let session = emulator.create_session("my-test", &SessionConfig::new()).unwrap();
    let url = format!("{}/s/my%2Dtest/links", emulator.url());
    assert_eq!(send(http_client().get(url).bearer_auth(issue_token(&session))).status, 200);
}

#[test]
fn requests_to_a_missing_session_are_told_so() {
    let emulator = start();
    let session = emulator.create_session("a", &SessionConfig::new()).unwrap();
    assert!(emulator.remove_session("a") && !emulator.remove_session("a"));
    request_token(&session).assert_error(404, "emulator_error.no_session");
    assert!(emulator.session("a").is_none());
    for name in ["", "a b", "..", "ä", "a/b", &"x".repeat(101)] {
        assert!(emulator.create_session(name, &SessionConfig::new()).is_err(), "{name}");
    }
}

#[test]
fn a_reset_restores_the_start() {
    let stub = |status| Stub::new("GET", "/links").respond(StubResponse::new(status).json(json!({})));
    let emulator = moneykit_emulator::Emulator::builder().add_stub(stub(202)).start().unwrap();
    let token = issue_token(&emulator);
    emulator.add_stub(stub(203)).unwrap();
    emulator
        .set_faults(&Faults::default().one_in_for(
            FaultTarget::API,
            1,
            Fault::Status(StatusCode::BAD_GATEWAY),
        ))
        .unwrap();
    emulator.remove_client(DEFAULT_CLIENT_ID);
    emulator.set_token_lifetime(Duration::ZERO);
    emulator.advance(Duration::from_secs(10_000));

    emulator.reset();

    get_links(&emulator, &token).assert_error(401, UNAUTHORIZED);
    assert_eq!(emulator.count_requests(&RequestFilter::new()), 1);
    let token = issue_token(&emulator);
    assert_eq!(get_links(&emulator, &token).status, 202);
    assert!(emulator.now() < Duration::from_secs(1_000));
    let entries = emulator.requests(&RequestFilter::new());
    assert_eq!(entries.requests[1].token, Some(1), "tokens are numbered anew");
}

#[test]
fn clients_can_change_while_the_emulator_runs() {
    let emulator = start();
    let request = || send(form_request(&emulator, "client_id=new&client_secret=my-secret"));
    assert_eq!(request().status, 401);
    let client = RegisteredClient::new("new", "my-secret").token_lifetime(Duration::from_secs(60));
    emulator.add_client(&client).unwrap();
    let response = request();
    assert_eq!(response.body["expires_in"], 60);
    assert_eq!(
        emulator.clients().iter().map(RegisteredClient::id).collect::<Vec<_>>(),
        [DEFAULT_CLIENT_ID, "new"]
    );
    assert!(emulator.remove_client("new"));
    assert_eq!(request().status, 401);
    assert_eq!(get_links(&emulator, response.token()).status, 200, "its tokens stay valid");

    let token = emulator.issue_token(DEFAULT_CLIENT_ID, Some("accounts")).unwrap();
    assert_eq!(get_links(&emulator, &token).body["scope"], json!(["accounts"]));
    assert!(emulator.revoke_token(&token));
    get_links(&emulator, &token).assert_error(401, UNAUTHORIZED);
    assert!(emulator.issue_token("new", None).is_err());
    assert!(emulator.issue_token(DEFAULT_CLIENT_ID, Some("a  b")).is_err());
}

#[test]
fn the_date_header_follows_the_clock() {
    let emulator = start();
    let date = || get_links(&emulator, "x").header("date").unwrap().to_owned();
    emulator.freeze_clock();
    emulator.set_unix_time(Duration::from_secs(4_102_444_800)).unwrap();
    assert_eq!(date(), "Fri, 01 Jan 2100 00:00:00 GMT");
    emulator.advance(Duration::from_secs(86_400));
    assert_eq!(date(), "Sat, 02 Jan 2100 00:00:00 GMT");
    assert!(emulator.set_unix_time(Duration::ZERO).is_err());
    // A time that the header cannot represent is left to the server.
    emulator.advance(Duration::MAX);
    assert!(date().ends_with("GMT"));
}
