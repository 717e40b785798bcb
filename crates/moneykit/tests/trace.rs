//! The spans of authenticated requests. A separate process, because the trace subscriber is global.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::io;

use moneykit::Client;
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
use tracing_subscriber::fmt::format::FmtSpan;

#[tokio::test]
async fn each_request_has_a_span_with_opentelemetry_attributes_and_no_secret() {
    tracing_subscriber::fmt()
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(|| LogWriter)
        .try_init()
        .unwrap();
    let emulator = Emulator::builder().start().unwrap();
    let client = Client::builder()
        .credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        .base_url(emulator.url())
        .build()
        .unwrap();
    let token = client.access_token().await.unwrap();
    LogWriter::take();

    let secret = [("account", "pale-number")];
    let request = client.post("/links/lnk_123?key=pale-key").query(&secret).header("x-pin", "pale-pin");
    request.path_template("/links/{link_id}").json(&secret).send().await.unwrap();
    let port = emulator.url().rsplit_once(':').unwrap().1;
    LogWriter::expect_all(&[
        r#"otel.name="POST /links/{link_id}" otel.kind="client""#,
        r#"http.request.method="POST""#,
        r#"server.address="127.0.0.1""#,
        &format!("server.port={port}"),
        r#"url.path="/links/lnk_123" url.template="/links/{link_id}""#,
        "http.response.status_code=200}",
    ]);

    let request = client.get("links/{link_id}/accounts").path("link_id", "pale-link").query(&secret);
    let request = request.path("link_id", "pale-link");
    request.send().await.unwrap_err();
    assert_eq!(LogWriter::take(), "", "an invalid request has no span");
    client.get("links/{link_id}/accounts").path("link_id", "lnk_7").send().await.unwrap();
    LogWriter::expect_all(&[
        r#"otel.name="GET /links/{link_id}/accounts""#,
        r#"url.path="/links/lnk_7/accounts" url.template="/links/{link_id}/accounts""#,
    ]);

    emulator.revoke_tokens();
    client.get("/links").send().await.unwrap();
    let fresh = client.access_token().await.unwrap();
    LogWriter::expect_all(&[
        r#"otel.name="GET" otel.kind="client""#,
        r#"http.response.status_code=401 error.type="401" otel.status_code="ERROR"}"#,
        "http.request.resend_count=1",
        "http.response.status_code=200}",
    ]);

    drop(emulator);
    client.request("PALE".parse().unwrap(), "/x").send().await.unwrap_err();
    let log = LogWriter::expect_all(&[
        r#"http.request.method="_OTHER""#,
        r#"otel.name="HTTP""#,
        // The error type depends on timing: the closed connection is detected before or after it is reused.
        r#"" otel.status_code="ERROR"}"#,
    ]);
    assert!(!log.contains("PALE"), "{log}");

    let all = ALL.take();
    for hidden in ["pale", token.expose_secret(), fresh.expose_secret(), DEFAULT_CLIENT_SECRET] {
        assert!(!all.contains(hidden), "{hidden}: {all}");
    }
}

/// The log of this thread. The test runs all its tasks on one thread.
struct LogWriter;

thread_local! {
    static NEW: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ALL: RefCell<String> = const { RefCell::new(String::new()) };
}

impl LogWriter {
    /// Returns the log since the last call.
    fn take() -> String {
        let new = String::from_utf8(NEW.take()).unwrap();
        ALL.with_borrow_mut(|all| all.push_str(&new));
        new
    }

    /// Checks that the log since the last call contains all parts, and returns it.
    fn expect_all(parts: &[&str]) -> String {
        let log = Self::take();
        for part in parts {
            assert!(log.contains(part), "{part}: {log}");
        }
        log
    }
}

impl io::Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        NEW.with_borrow_mut(|logged| logged.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
