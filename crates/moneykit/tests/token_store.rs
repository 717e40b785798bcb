//! Clients that share a token through a store, over real HTTP on loopback.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use moneykit::token_store::{
    InMemoryTokenStore, Lease, StoreFuture, StoreKey, StoredToken, TokenDigest, TokenStore,
};
use moneykit::{Client, ClientBuilder, Credentials, ManualClock};
use moneykit_emulator::Emulator;
use tracing_subscriber::fmt::format::FmtSpan;

const SECRET: &str = "a secret of a client, which is long enough";

fn builder(emulator: &Emulator) -> ClientBuilder {
    Client::builder().credentials("id", SECRET).base_url(emulator.url())
}

fn emulator() -> Emulator {
    Emulator::builder().client("id", SECRET).start().unwrap()
}

#[tokio::test]
async fn clients_that_differ_in_one_setting_share_no_token() {
    let emulator = Emulator::builder().client("id", SECRET).client("other", SECRET).start().unwrap();
    let store = InMemoryTokenStore::new();
    let builders = [
        builder(&emulator),
        builder(&emulator).credentials("other", SECRET),
        builder(&emulator).scopes("accounts"),
        builder(&emulator).api_version("2024-01-01"),
        builder(&emulator).base_url(emulator.url().replace("127.0.0.1", "localhost")),
    ];
    let count = u64::try_from(builders.len()).unwrap();
    for client in builders {
        client.token_store(store.clone()).build().unwrap().access_token().await.unwrap();
    }
    assert_eq!(emulator.request_counts().token, count);
    builder(&emulator).token_store(store).build().unwrap().access_token().await.unwrap();
    assert_eq!(emulator.request_counts().token, count, "the same settings share one");
}

#[tokio::test]
async fn rotated_credentials_have_another_token_and_rejected_ones_are_not_sent_again() {
    let emulator = Emulator::builder().client("id", SECRET).start().unwrap();
    let store = InMemoryTokenStore::new();
    builder(&emulator).token_store(store.clone()).build().unwrap().access_token().await.unwrap();
    let secret = Arc::new(Mutex::new("another secret, which the server rejects"));
    let provided = Arc::clone(&secret);
    let client = Client::builder()
        .credentials_provider(move || {
            let secret = *provided.lock().unwrap();
            async move { Credentials::new("id", secret) }
        })
        .base_url(emulator.url())
        .token_store(store)
        .build()
        .unwrap();

    assert!(client.access_token().await.unwrap_err().is_unauthorized());
    client.access_token().await.unwrap_err();
    assert_eq!(emulator.request_counts().token, 2, "the secret was sent once");
    *secret.lock().unwrap() = SECRET;
    client.access_token().await.unwrap();
    assert_eq!(emulator.request_counts().token, 2, "the token of the right secret is in the store");
}

#[tokio::test]
async fn a_request_that_bypasses_the_cache_bypasses_the_store() {
    let emulator = emulator();
    let client = builder(&emulator).token_store(InMemoryTokenStore::new()).build().unwrap();
    client.access_token().await.unwrap();
    client.request_token().await.unwrap();
    assert_eq!(emulator.request_counts().token, 2);
}

#[tokio::test]
async fn an_adopted_token_is_sent_and_a_revoked_one_replaced_once() {
    let emulator = Emulator::builder().client("id", SECRET).stub("GET", "/links", 200, "{}").start().unwrap();
    let (store, clock) = (InMemoryTokenStore::new(), ManualClock::new());
    let client = || builder(&emulator).token_store(store.clone()).clock(clock.clone()).build().unwrap();
    let clients = [client(), client(), client()];
    for client in &clients {
        assert_eq!(client.get("/links").send().await.unwrap().status(), 200);
    }
    assert_eq!(emulator.request_counts().token, 1);
    emulator.revoke_tokens();
    clock.advance(Duration::from_secs(10));
    for client in &clients {
        assert_eq!(client.get("/links").send().await.unwrap().status(), 200);
    }
    assert_eq!(emulator.request_counts().token, 2);
}

/// A store that is down.
struct Down;

impl Down {
    fn error<T>() -> StoreFuture<'static, T> {
        Box::pin(async { Err("connection refused".into()) })
    }
}

impl TokenStore for Down {
    fn load<'a>(&'a self, _: &'a StoreKey) -> StoreFuture<'a, Option<StoredToken>> {
        Self::error()
    }

    fn acquire<'a>(&'a self, _: &'a StoreKey, _: Duration) -> StoreFuture<'a, Option<Lease>> {
        Self::error()
    }

    fn renew<'a>(&'a self, _: &'a StoreKey, _: &'a Lease, _: Duration) -> StoreFuture<'a, bool> {
        Self::error()
    }

    fn release<'a>(&'a self, _: &'a StoreKey, _: &'a Lease) -> StoreFuture<'a, ()> {
        Self::error()
    }

    fn publish<'a>(&'a self, _: &'a StoreKey, _: &'a Lease, _: &'a StoredToken) -> StoreFuture<'a, bool> {
        Self::error()
    }

    fn invalidate<'a>(&'a self, _: &'a StoreKey, _: &'a TokenDigest) -> StoreFuture<'a, ()> {
        Self::error()
    }
}

#[tokio::test]
async fn the_logs_name_the_source_of_each_token_and_each_failure_once() {
    // Global, since a span that another thread disables before this subscriber exists stays disabled here as well.
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(|| Log)
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let (emulator, store) = (emulator(), InMemoryTokenStore::new());
    let client = || builder(&emulator).token_store(store.clone()).build().unwrap();
    client().access_token().await.unwrap();
    let log = Log::take();
    assert!(log.contains(" INFO ") && log.contains("obtained an access token"), "{log}");
    assert!(!log.contains("source="), "{log}");
    let token = client().access_token().await.unwrap();
    let log = Log::take();
    assert!(log.contains(" INFO ") && log.contains("took an access token from the token store"), "{log}");
    assert!(log.contains("source=\"store\"") && !log.contains(token.expose_secret()), "{log}");

    let clock = ManualClock::new();
    let client = builder(&emulator).token_store(Down).clock(clock.clone()).build().unwrap();
    for _ in 0..10 {
        client.invalidate(&client.access_token().await.unwrap());
        clock.advance(Duration::from_millis(10));
    }
    let log = Log::take();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains(" WARN ")).collect();
    let [warning] = &warnings[..] else { panic!("{warnings:#?}") };
    let expected =
        "the token store failed; tokens are requested without it meanwhile error=connection refused";
    assert!(warning.contains(expected) && warning.contains("next_attempt_in_ms="), "{warning}");
    let status = client.token_status().store.unwrap();
    assert_eq!((status.failures, status.last_error.as_deref()), (1, Some("connection refused")));

    let emulator = Emulator::builder().client("id", "secret").start().unwrap();
    let weak = Client::builder().credentials("id", "secret").base_url(emulator.url()).token_store(store);
    weak.build().unwrap().access_token().await.unwrap();
    assert_eq!(Log::take().matches("the client secret is short or repetitive").count(), 1);
}

/// The log of this thread, on which the test and all of its tasks run.
struct Log;

thread_local! {
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Log {
    fn take() -> String {
        String::from_utf8(LOGGED.take()).unwrap()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
