//! Tests of starting and stopping an emulator, its request counts and its `Debug` output.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator, RequestCounts};

use crate::common::{
    address, basic_header, connect, default_client_form, form_request, get_links, http_client, issue_token,
    raw_status, send, start,
};

const LINKS: &[u8] = b"GET /links HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[test]
fn the_url_is_loopback_without_a_trailing_slash() {
    let emulator = start();
    let port = emulator.url().strip_prefix("http://127.0.0.1:").unwrap();
    assert_ne!(port.parse::<u16>().unwrap(), 0);
}

#[test]
fn the_default_client_is_registered_only_if_no_other_is() {
    let emulator = Emulator::builder().client("mine", "s").start().unwrap();
    let default = send(form_request(&emulator, default_client_form("")));
    assert_eq!(default.status, 401);
    let mine = send(form_request(&emulator, "client_id=mine&client_secret=s"));
    assert_eq!(mine.status, 201);
}

#[test]
fn the_port_can_be_set_and_a_used_port_is_an_error() {
    // The port of a stopped emulator is free, which no hard-coded port is certain to be.
    let port = {
        let emulator = start();
        emulator.url().rsplit(':').next().unwrap().parse::<u16>().unwrap()
    };
    let emulator = Emulator::builder().port(port).start().unwrap();
    assert_eq!(emulator.url(), format!("http://127.0.0.1:{port}"));
    let error = Emulator::builder().port(port).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert!(error.to_string().contains("choose another port"), "{error}");
    assert_eq!(get_links(&emulator, &issue_token(&emulator)).status, 200);
}

#[test]
fn invalid_clients_and_stubs_are_an_error() {
    let secret = "hunter2";
    for builder in [
        Emulator::builder().client("", secret),
        Emulator::builder().client("id", ""),
        Emulator::builder().client("id", secret).client("id", secret),
        Emulator::builder().client_with_scopes("id", secret, ["two words"]),
        Emulator::builder().stub("GET", "/links", 200, secret),
    ] {
        let error = builder.start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(!format!("{error} {error:?}").contains(secret));
    }
}

#[test]
fn dropping_the_handle_closes_the_port() {
    let emulator = start();
    let address = address(&emulator).to_owned();
    assert!(TcpStream::connect(&address).is_ok());
    drop(emulator);
    let error = TcpStream::connect(&address).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn dropping_the_handle_does_not_wait_for_open_connections() {
    let emulator = start();
    let mut silent = connect(&emulator);
    let mut partial_head = connect(&emulator);
    partial_head.write_all(b"POST /auth/token HTTP/1.1\r\nContent-Le").unwrap();
    let mut partial_body = connect(&emulator);
    partial_body
        .write_all(b"POST /auth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx")
        .unwrap();
    let mut idle = connect(&emulator);
    idle.write_all(LINKS).unwrap();
    // After the first byte of the response, the connection has been served and stays open for the next request.
    idle.read_exact(&mut [0]).unwrap();
    let pooled = http_client();
    pooled.get(emulator.url()).send().unwrap();

    // A graceful shutdown would hang here. The connections are used below, so the client does not close them before.
    drop(emulator);

    for connection in [&mut silent, &mut partial_head, &mut partial_body, &mut idle] {
        let result = connection.read_to_end(&mut Vec::new());
        let closed = result.map_err(|error| error.kind());
        assert!(matches!(closed, Ok(_) | Err(ErrorKind::ConnectionReset)), "{closed:?}");
    }
}

#[test]
fn the_emulator_is_independent_of_the_runtime_that_started_it_and_its_clock() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let emulator = runtime.block_on(async {
        let emulator = start();
        // Advances the paused clock by more than the lifetime of a token.
        tokio::time::advance(Duration::from_secs(4000)).await;
        assert_eq!(raw_get_links(&emulator), 401);
        emulator
    });
    let token = issue_token(&emulator);
    runtime.block_on(async { tokio::time::advance(Duration::from_secs(4000)).await });
    drop(runtime);
    assert_eq!(get_links(&emulator, &token).status, 200);
}

#[test]
fn the_handle_can_be_dropped_inside_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let emulator = start();
        assert_eq!(raw_get_links(&emulator), 401);
        drop(emulator);
    });
}

fn raw_get_links(emulator: &Emulator) -> u16 {
    raw_status(emulator, b"GET /links HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

#[test]
fn several_emulators_run_independently() {
    let (one, two) = (start(), start());
    assert_ne!(one.url(), two.url());
    issue_token(&one);
    assert_eq!(one.request_counts().token, 1);
    assert_eq!(two.request_counts().token, 0);
}

#[test]
fn requests_are_counted_by_kind_and_outcome() {
    let emulator = start();
    assert_eq!(emulator.request_counts(), RequestCounts::default());
    let token = issue_token(&emulator);
    send(form_request(&emulator, "client_id=x&client_secret=y"));
    get_links(&emulator, &token);
    get_links(&emulator, &token);
    get_links(&emulator, "unknown");
    let counts = emulator.request_counts();
    assert_eq!((counts.token, counts.tokens_issued), (2, 1));
    assert_eq!((counts.api, counts.api_rejected), (3, 1));
}

#[test]
fn concurrent_requests_are_counted_exactly() {
    const THREADS: u64 = 8;
    const ROUNDS: u64 = 25;
    let emulator = start();
    let valid = issue_token(&emulator);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let http = http_client();
                let links = format!("{}/links", emulator.url());
                for _ in 0..ROUNDS {
                    let issued = http
                        .post(format!("{}/auth/token", emulator.url()))
                        .header("Authorization", basic_header(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET))
                        .send()
                        .unwrap();
                    assert_eq!(issued.status(), 201);
                    let accepted = http.get(&links).bearer_auth(&valid).send().unwrap();
                    assert_eq!(accepted.status(), 200);
                    assert_eq!(http.get(&links).send().unwrap().status(), 401);
                }
            });
        }
    });
    let counts = emulator.request_counts();
    assert_eq!(counts.token, THREADS * ROUNDS + 1);
    assert_eq!(counts.tokens_issued, THREADS * ROUNDS + 1);
    assert_eq!(counts.api, 2 * THREADS * ROUNDS);
    assert_eq!(counts.api_rejected, THREADS * ROUNDS);
}

#[test]
fn debug_shows_neither_secrets_nor_tokens() {
    let builder = Emulator::builder().client("visible-id", "hunter2").client_with_scopes(
        "other-id",
        "hunter3",
        ["accounts"],
    );
    let debug = format!("{builder:?} {builder:#?}");
    assert!(debug.contains("visible-id") && debug.contains("accounts"), "{debug}");
    assert!(!debug.contains("hunter"), "{debug}");

    let emulator = builder.start().unwrap();
    let response = send(form_request(&emulator, "client_id=visible-id&client_secret=hunter2"));
    let debug = format!("{emulator:?} {emulator:#?}");
    assert!(debug.contains("visible-id") && debug.contains(emulator.url()), "{debug}");
    assert!(!debug.contains("hunter"), "{debug}");
    assert!(!debug.contains(response.token()), "{debug}");
}

#[test]
fn the_handle_can_be_shared_between_threads() {
    fn assert_shareable<T: Send + Sync + 'static>(_: &T) {}
    assert_shareable(&start());
}
