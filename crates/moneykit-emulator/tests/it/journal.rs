//! Tests of the journal over HTTP.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use moneykit_emulator::{
    DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Fault, FaultTarget, JournalEntry, RequestFilter, Stub,
};

use crate::common::{
    basic_header, connect, default_client_form, form_request, get_links, http_client, issue_token, send,
    start, token_request,
};

#[test]
fn an_entry_describes_the_request_and_the_response() {
    let emulator = start();
    let token = issue_token(&emulator);
    issue_token(&emulator);
    emulator.add_stub(Stub::new("POST", "/links/{id}").id("link")).unwrap();
    emulator.fail_next_for(FaultTarget::API, 1, Fault::Delay(Duration::from_millis(5))).unwrap();
    let request = http_client().post(format!("{}/links/1?page=2", emulator.url())).bearer_auth(&token);
    request.header("MoneyKit-Version", "2023-02-18").body("{\"a\": 1.50}").send().unwrap();

    let page = emulator.requests(&RequestFilter::new());
    let [first, second, entry] = &page.requests[..] else { panic!("{page:?}") };
    assert_eq!([first.token, second.token], [Some(1), Some(2)]);
    assert_eq!(
        (first.method.as_str(), first.path.as_str(), first.status, first.client_id.as_deref()),
        ("POST", "/auth/token", Some(201), Some(DEFAULT_CLIENT_ID))
    );
    assert_eq!(
        first.body.as_deref(),
        Some(&*format!("client_id={DEFAULT_CLIENT_ID}&client_secret=[redacted]&"))
    );
    assert_eq!((entry.id, entry.path.as_str(), entry.query.as_deref()), (3, "/links/1", Some("page=2")));
    assert_eq!((entry.stub.as_deref(), entry.fault, entry.token), (Some("link"), Some("delay"), Some(1)));
    assert_eq!((entry.body.as_deref(), entry.body_bytes), (Some("{\"a\": 1.50}"), 11));
    assert_eq!(entry.headers["authorization"], "Bearer [redacted]");
    assert_eq!(entry.headers["moneykit-version"], "2023-02-18");
    assert!(entry.duration >= Duration::from_millis(5));
}

#[test]
fn no_entry_contains_a_secret_or_a_token() {
    let emulator = start();
    let token = issue_token(&emulator);
    let url = emulator.url();
    for request in [
        form_request(&emulator, default_client_form("scope=a")),
        form_request(&emulator, default_client_form(&format!("x={DEFAULT_CLIENT_SECRET}"))),
        token_request(&emulator)
            .header("Authorization", basic_header(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)),
        form_request(
            &emulator,
            format!("client_id={DEFAULT_CLIENT_SECRET}&client_secret={DEFAULT_CLIENT_ID}"),
        ),
        token_request(&emulator).body(format!("{{\"client_secret\": \"{DEFAULT_CLIENT_SECRET}\"}}")),
        http_client().get(format!("{url}/links/{token}?access_token={token}&x={DEFAULT_CLIENT_SECRET}")),
        http_client().get(format!("{url}/links")).bearer_auth(&token).header("X-Token", &token),
        http_client().post(format!("{url}/links")).bearer_auth(&token).body(format!("see {token}")),
        http_client().get(format!("{url}/links")).header("Authorization", DEFAULT_CLIENT_SECRET),
        http_client().get(format!("{url}/links")).header("Cookie", format!("token={token}")),
    ] {
        request.send().unwrap();
    }
    let entries = emulator.requests(&RequestFilter::new());
    let text = format!(
        "{entries:?} {}",
        entries.requests.iter().map(|entry| serde_json::to_string(&**entry).unwrap()).collect::<String>()
    );
    assert_eq!(entries.requests.len(), 11);
    assert!(!text.contains(DEFAULT_CLIENT_SECRET) && !text.contains(&token), "{text}");
    assert!(!text.contains(&basic_header(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)[6..]), "{text}");
}

#[test]
fn requests_can_be_filtered_counted_and_cleared() {
    let emulator = start();
    let token = issue_token(&emulator);
    get_links(&emulator, &token);
    get_links(&emulator, "unknown");
    let count = |filter: &RequestFilter| emulator.count_requests(filter);
    let all = RequestFilter::new();
    assert_eq!(count(&all), 3);
    assert_eq!(count(&all.clone().method("GET")), 2);
    assert_eq!(count(&all.clone().method("get")), 2);
    assert_eq!(count(&all.clone().path("/auth/*").unwrap()), 1);
    assert_eq!(count(&all.clone().status(moneykit_emulator::StatusCode::UNAUTHORIZED)), 1);
    assert_eq!(count(&all.clone().client_id(DEFAULT_CLIENT_ID)), 2);
    let last_id = emulator.requests(&all).last_id;
    get_links(&emulator, &token);
    assert_eq!(count(&all.clone().since(last_id)), 1);
    emulator.clear_requests();
    assert_eq!((count(&all), emulator.request_counts().api), (0, 3));
}

#[test]
fn a_test_can_wait_for_requests() {
    let emulator = start();
    let filter = RequestFilter::new().path("/links").unwrap();
    assert!(emulator.wait_for_requests_blocking(&filter, 1, Duration::from_millis(1)).requests.is_empty());
    std::thread::scope(|scope| {
        scope.spawn(|| get_links(&emulator, "unknown"));
        let page = emulator.wait_for_requests_blocking(&filter, 1, Duration::from_secs(10));
        assert_eq!(page.requests.len(), 1);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(emulator.wait_for_requests(&filter, 1)).requests.len(), 1);
}

#[test]
fn a_request_whose_client_goes_away_is_recorded_without_a_status() {
    let emulator = start();
    emulator.fail_next_for(FaultTarget::API, 1, Fault::Delay(Duration::from_secs(3600))).unwrap();
    let mut stream = connect(&emulator);
    // The interim response says that the request is being handled.
    let head =
        b"POST /links HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head).unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"a").unwrap();
    drop(stream);
    let page = emulator.wait_for_requests_blocking(&RequestFilter::new(), 1, Duration::from_secs(10));
    let entry: &JournalEntry = &page.requests[0];
    assert_eq!((entry.path.as_str(), entry.status, entry.fault), ("/links", None, Some("delay")));
    assert_eq!(emulator.request_counts().api_rejected, 1);
    send(http_client().get(emulator.url()));
}
