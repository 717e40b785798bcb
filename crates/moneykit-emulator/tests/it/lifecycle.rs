//! Starting, stopping, counting, and what `Debug` shows.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator, RequestCounts};

use crate::http::{
    Answer, address, basic, client, connect, default_client_and, form, links, raw_status, token,
};

const LINKS: &[u8] = b"GET /links HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn start() -> Emulator {
    Emulator::builder().start().unwrap()
}

#[test]
fn the_url_is_loopback_without_a_trailing_slash() {
    let emulator = start();
    let port = emulator.url().strip_prefix("http://127.0.0.1:").unwrap();
    assert_ne!(port.parse::<u16>().unwrap(), 0);
}

#[test]
fn the_default_client_is_there_only_when_no_other_is() {
    let emulator = Emulator::builder().client("mine", "s").start().unwrap();
    let default = Answer::to(form(&emulator, default_client_and("")));
    assert_eq!(default.status, 401);
    let mine = Answer::to(form(&emulator, "client_id=mine&client_secret=s"));
    assert_eq!(mine.status, 201);
}

#[test]
fn a_chosen_port_is_served_and_a_taken_one_is_an_error() {
    // The port of an emulator that has stopped is as free as a port gets without being written down here.
    let port = {
        let emulator = start();
        emulator.url().rsplit(':').next().unwrap().parse::<u16>().unwrap()
    };
    let emulator = Emulator::builder().port(port).start().unwrap();
    assert_eq!(emulator.url(), format!("http://127.0.0.1:{port}"));
    let error = Emulator::builder().port(port).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert!(error.to_string().contains("choose another port"), "{error}");
    assert_eq!(links(&emulator, &token(&emulator)).status, 200);
}

#[test]
fn registrations_that_cannot_work_are_an_error() {
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
fn drop_stops_it() {
    let emulator = start();
    let address = address(&emulator).to_owned();
    assert!(TcpStream::connect(&address).is_ok());
    drop(emulator);
    let refused = TcpStream::connect(&address).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn drop_does_not_wait_for_open_connections() {
    let emulator = start();
    let mut silent = connect(&emulator);
    let mut halfway = connect(&emulator);
    halfway.write_all(b"POST /auth/token HTTP/1.1\r\nContent-Le").unwrap();
    let mut waiting = connect(&emulator);
    waiting.write_all(b"POST /auth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx").unwrap();
    let mut idle = connect(&emulator);
    idle.write_all(LINKS).unwrap();
    // The answer's first byte: this one has been served, and stays open for the next request.
    idle.read_exact(&mut [0]).unwrap();
    let pooled = client();
    pooled.get(emulator.url()).send().unwrap();

    // Would hang here. The connections are still in use below, so that nothing closes them from this side.
    drop(emulator);

    for connection in [&mut silent, &mut halfway, &mut waiting, &mut idle] {
        let end = connection.read_to_end(&mut Vec::new());
        let closed = end.map_err(|error| error.kind());
        assert!(matches!(closed, Ok(_) | Err(ErrorKind::ConnectionReset)), "{closed:?}");
    }
}

#[test]
fn it_outlives_the_runtime_that_started_it_and_ignores_its_paused_clock() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let emulator = runtime.block_on(async {
        let emulator = start();
        // An hour and more on the paused clock, over at once.
        tokio::time::advance(Duration::from_secs(4000)).await;
        assert_eq!(raw_links(&emulator), 401);
        emulator
    });
    let token = token(&emulator);
    runtime.block_on(async { tokio::time::advance(Duration::from_secs(4000)).await });
    drop(runtime);
    assert_eq!(links(&emulator, &token).status, 200);
}

#[test]
fn it_can_be_dropped_inside_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let emulator = start();
        assert_eq!(raw_links(&emulator), 401);
        drop(emulator);
    });
}

fn raw_links(emulator: &Emulator) -> u16 {
    raw_status(emulator, b"GET /links HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

#[test]
fn emulators_run_side_by_side() {
    let (one, two) = (start(), start());
    assert_ne!(one.url(), two.url());
    token(&one);
    assert_eq!(one.request_counts().token, 1);
    assert_eq!(two.request_counts().token, 0);
}

#[test]
fn requests_are_counted_by_kind_and_outcome() {
    let emulator = start();
    assert_eq!(emulator.request_counts(), RequestCounts::default());
    let token = token(&emulator);
    Answer::to(form(&emulator, "client_id=x&client_secret=y"));
    links(&emulator, &token);
    links(&emulator, &token);
    links(&emulator, "unknown");
    let requests = emulator.request_counts();
    assert_eq!((requests.token, requests.tokens_issued), (2, 1));
    assert_eq!((requests.api, requests.api_refused), (3, 1));
}

#[test]
fn concurrent_requests_are_counted_exactly() {
    const THREADS: u64 = 8;
    const ROUNDS: u64 = 25;
    let emulator = start();
    let good = token(&emulator);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let http = client();
                let links = format!("{}/links", emulator.url());
                for _ in 0..ROUNDS {
                    let issued = http
                        .post(format!("{}/auth/token", emulator.url()))
                        .header("Authorization", basic(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET))
                        .send()
                        .unwrap();
                    assert_eq!(issued.status(), 201);
                    let accepted = http.get(&links).bearer_auth(&good).send().unwrap();
                    assert_eq!(accepted.status(), 200);
                    assert_eq!(http.get(&links).send().unwrap().status(), 401);
                }
            });
        }
    });
    let requests = emulator.request_counts();
    assert_eq!(requests.token, THREADS * ROUNDS + 1);
    assert_eq!(requests.tokens_issued, THREADS * ROUNDS + 1);
    assert_eq!(requests.api, 2 * THREADS * ROUNDS);
    assert_eq!(requests.api_refused, THREADS * ROUNDS);
}

#[test]
fn debug_shows_neither_secrets_nor_tokens() {
    let builder = Emulator::builder().client("visible-id", "hunter2").client_with_scopes(
        "other-id",
        "hunter3",
        ["accounts"],
    );
    let shown = format!("{builder:?} {builder:#?}");
    assert!(shown.contains("visible-id") && shown.contains("accounts"), "{shown}");
    assert!(!shown.contains("hunter"), "{shown}");

    let emulator = builder.start().unwrap();
    let answer = Answer::to(form(&emulator, "client_id=visible-id&client_secret=hunter2"));
    let shown = format!("{emulator:?} {emulator:#?}");
    assert!(shown.contains("visible-id") && shown.contains(emulator.url()), "{shown}");
    assert!(!shown.contains("hunter"), "{shown}");
    assert!(!shown.contains(answer.token()), "{shown}");
}

#[test]
fn it_can_be_shared_between_threads() {
    fn shareable<T: Send + Sync + 'static>(_: &T) {}
    shareable(&start());
}
