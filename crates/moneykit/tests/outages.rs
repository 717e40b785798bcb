//! Runs the four outages of `docs/reading-the-logs.md` and compares their logs with the transcripts there. A separate
//! process, because the subscriber is global.
//!
//! `UPDATE_TRANSCRIPTS=1 cargo test -p moneykit --test outages` writes the transcripts of this run into the document.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use moneykit::{Client, ClientBuilder};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator, Fault};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;

type Outage = fn() -> Pin<Box<dyn Future<Output = ()>>>;

/// The outages by the name of their section.
const OUTAGES: [(&str, Outage); 4] = [
    ("A wrong secret", || Box::pin(wrong_secret())),
    ("A dead host", || Box::pin(dead_host())),
    ("A slow server", || Box::pin(slow_server())),
    ("A storm of 401s", || Box::pin(storm())),
];

async fn wrong_secret() {
    let emulator = Emulator::builder().start().unwrap();
    let client = Client::builder().credentials(DEFAULT_CLIENT_ID, "a-wrong-secret");
    let client = build(client.base_url(emulator.url()));
    for _ in 0..3 {
        client.get("/links").send().await.unwrap_err();
    }
}

async fn dead_host() {
    // Nothing listens on a port that was just closed.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = Client::builder().credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET);
    let client = build(client.base_url(format!("http://{address}")));
    for _ in 0..3 {
        client.get("/links").send().await.unwrap_err();
    }
}

async fn slow_server() {
    let emulator = Emulator::builder().start().unwrap();
    emulator.fail_next(3, Fault::Delay(Duration::from_secs(3)));
    let client = Client::builder().credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET);
    let client = client.base_url(emulator.url()).token_attempt_timeout(Duration::from_millis(300));
    let client = build(client);
    client.get("/links").send().await.unwrap_err();
}

/// One endpoint rejects every token, another works.
async fn storm() {
    // Of the emulator's stubs, none responds with 401 to a valid token, so the server is a script.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            std::thread::spawn(move || respond(connection.unwrap()));
        }
    });
    let client = Client::builder().credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET);
    let client = build(client.base_url(format!("http://{address}")));
    for _ in 0..5 {
        assert_eq!(client.get("/links").send().await.unwrap().status(), 200);
        assert_eq!(client.get("/reports").send().await.unwrap().status(), 401);
    }
}

fn respond(mut connection: TcpStream) {
    use io::{BufRead, BufReader, Read, Write};

    let mut reader = BufReader::new(connection.try_clone().unwrap());
    loop {
        let (mut first, mut length, mut line) = (String::new(), 0, String::new());
        if reader.read_line(&mut first).unwrap_or_default() == 0 {
            return;
        }
        while reader.read_line(&mut line).unwrap_or_default() > 2 {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
        let (status, body) = match first.split(' ').nth(1).unwrap() {
            "/auth/token" => {
                ("201 Created", r#"{"access_token":"token","token_type":"bearer","expires_in":3600}"#)
            }
            "/reports" => ("401 Unauthorized", "{}"),
            _ => ("200 OK", "[]"),
        };
        let length = body.len();
        let response = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
        if connection.write_all(response.as_bytes()).is_err() {
            return;
        }
    }
}

fn build(builder: ClientBuilder) -> Client {
    builder.jitter_seed(7).build().unwrap()
}

#[test]
fn the_transcripts_in_the_documentation_are_those_of_a_run() {
    let log = tracing_subscriber::fmt::layer().without_time().with_ansi(false).with_writer(|| Log);
    let ours = filter_fn(|metadata| metadata.target().starts_with("moneykit::"));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(log.with_filter(ours)))
        .unwrap();

    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reading-the-logs.md");
    let mut document = std::fs::read_to_string(&path).unwrap();
    for (name, outage) in OUTAGES {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(outage());
        drop(runtime);
        let debug = String::from_utf8(LOG.take()).unwrap();
        let info: String =
            debug.lines().filter(|line| !line.starts_with("DEBUG")).map(with_newline).collect();
        assert!(!debug.contains("secret=") && !debug.contains(DEFAULT_CLIENT_SECRET), "{debug}");
        for (level, actual) in [("INFO", info), ("DEBUG", debug)] {
            let marker = format!("<!-- {name}, {level} -->\n```text\n");
            let start = document.find(&marker).unwrap_or_else(|| panic_without(&marker)) + marker.len();
            let end = start + document[start..].find("```").unwrap();
            if updates_transcripts() {
                document.replace_range(start..end, &actual.replace("  ", " "));
            } else {
                assert_eq!(normalized(&document[start..end]), normalized(&actual), "{name} at {level}");
            }
        }
    }
    if updates_transcripts() {
        std::fs::write(&path, document).unwrap();
    }
}

#[expect(clippy::disallowed_methods, reason = "the variable is one of this test, not of the library")]
fn updates_transcripts() -> bool {
    std::env::var_os("UPDATE_TRANSCRIPTS").is_some()
}

fn with_newline(line: &str) -> String {
    format!("{line}\n")
}

#[expect(clippy::panic, reason = "a test fails by panicking")]
fn panic_without(marker: &str) -> usize {
    panic!("the document has no section {marker}")
}

/// Returns a log whose numbers, apart from statuses, are replaced: times and ports differ between runs.
fn normalized(log: &str) -> String {
    let words = log.split_whitespace().map(|word| {
        let is_varying = ["_ms=", "_s=", "server.port=", "127.0.0.1:"].iter().any(|part| word.contains(part));
        if is_varying { word.replace(|digit: char| digit.is_ascii_digit(), "") } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A log of the test's thread, on which all of its tasks run.
struct Log;

thread_local! {
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
