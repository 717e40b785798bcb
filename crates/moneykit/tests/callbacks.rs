//! A clock, a metrics recorder and a subscriber that call back into the client. A separate process, because recorders
//! and subscribers are global.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, SharedString, Unit};
use moneykit::{Client, Clock, Moment};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator, Fault, StatusCode};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

static CLIENT: OnceLock<Client> = OnceLock::new();
static CALLS: AtomicUsize = AtomicUsize::new(0);
static DESCRIBED: Mutex<Vec<String>> = Mutex::new(Vec::new());
static USED: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// The spans of refreshes: whether each is a root, and how many of them follow from another span.
static REFRESH_SPANS: Mutex<Vec<bool>> = Mutex::new(Vec::new());
static FOLLOWING: AtomicUsize = AtomicUsize::new(0);

/// Calls the client from within code that the client called.
fn call_back() {
    thread_local! {
        static ACTIVE: Cell<bool> = const { Cell::new(false) };
    }

    if let Some(client) = CLIENT.get()
        && !ACTIVE.replace(true)
    {
        let _ = client.token_status().is_usable();
        CALLS.fetch_add(1, Ordering::SeqCst);
        ACTIVE.set(false);
    }
}

#[test]
fn clocks_recorders_and_subscribers_may_call_the_client() {
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(CallbackLayer)).unwrap();
    metrics::set_global_recorder(Recorder).unwrap();
    let clock = Arc::new(ManualClock::default());
    let (done, is_done) = mpsc::channel();
    let clock_of_client = Arc::clone(&clock);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(use_every_path(clock_of_client));
        done.send(()).unwrap();
    });

    assert!(
        is_done.recv_timeout(Duration::from_secs(30)).is_ok(),
        "a callback blocks forever, or a call failed"
    );
    assert!(CALLS.load(Ordering::SeqCst) > 50, "the client was hardly called back");
    let refreshes = REFRESH_SPANS.lock().unwrap();
    assert!(refreshes.len() >= 4 && refreshes.iter().all(|is_root| *is_root), "{refreshes:?}");
    assert!(FOLLOWING.load(Ordering::SeqCst) >= 1, "no refresh follows from its caller's span");
    let described = DESCRIBED.lock().unwrap();
    for name in USED.lock().unwrap().iter() {
        assert!(described.contains(name), "{name} is not described: {described:?}");
    }
}

async fn use_every_path(clock: Arc<ManualClock>) {
    let emulator = Emulator::builder().stub("GET", "/links", 200, "[]").start().unwrap();
    let client = Client::builder().credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET);
    let client = client.base_url(emulator.url()).clock(Arc::clone(&clock)).build().unwrap();
    let client = CLIENT.get_or_init(|| client);

    // A first refresh, hits, and an early refresh that a caller's span starts.
    client.access_token().await.unwrap();
    client.authorization_header().await.unwrap();
    clock.advance(3500);
    let span = tracing::info_span!("request");
    let _token = tracing::Instrument::instrument(client.access_token(), span).await.unwrap();
    wait_for_refresh(client).await;

    // 401s, and a token that the caller invalidates.
    assert_eq!(client.get("/links").send().await.unwrap().status(), 200);
    emulator.revoke_tokens();
    assert_eq!(client.get("/links").send().await.unwrap().status(), 200);
    clock.advance(2);
    client.invalidate(&client.access_token().await.unwrap());
    client.access_token().await.unwrap();

    // An early refresh that fails, calls during its cool-down, and a refresh that fails without a token.
    clock.advance(3500);
    emulator.fail_next(1, Fault::Status(StatusCode::NOT_FOUND));
    client.access_token().await.unwrap();
    wait_for_refresh(client).await;
    client.access_token().await.unwrap();
    clock.advance(200);
    emulator.fail_next(1, Fault::Status(StatusCode::UNAUTHORIZED));
    client.access_token().await.unwrap_err();
    client.access_token().await.unwrap_err();
}

async fn wait_for_refresh(client: &Client) {
    while client.token_status().refreshing {
        tokio::task::yield_now().await;
    }
}

/// A clock that stands still until it is advanced.
#[derive(Debug, Default)]
struct ManualClock(AtomicU64);

impl ManualClock {
    fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Moment {
        call_back();
        let now = Duration::from_secs(self.0.load(Ordering::SeqCst));
        Moment::new(now, now)
    }
}

struct CallbackLayer;

impl Layer<Registry> for CallbackLayer {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, Registry>) {
        let span = context.span(id).unwrap();
        if span.name() == "moneykit.token_refresh" {
            REFRESH_SPANS.lock().unwrap().push(span.parent().is_none());
        }
        call_back();
    }

    fn on_record(&self, _: &Id, _: &Record<'_>, _: Context<'_, Registry>) {
        call_back();
    }

    fn on_follows_from(&self, _: &Id, _: &Id, _: Context<'_, Registry>) {
        FOLLOWING.fetch_add(1, Ordering::SeqCst);
        call_back();
    }

    fn on_event(&self, _: &tracing::Event<'_>, _: Context<'_, Registry>) {
        call_back();
    }

    fn on_enter(&self, _: &Id, _: Context<'_, Registry>) {
        call_back();
    }

    fn on_exit(&self, _: &Id, _: Context<'_, Registry>) {
        call_back();
    }
}

struct Recorder;

impl Recorder {
    fn describe(name: &KeyName) {
        DESCRIBED.lock().unwrap().push(name.as_str().to_owned());
        call_back();
    }

    fn register(key: &Key) {
        USED.lock().unwrap().push(key.name().to_owned());
        call_back();
    }
}

impl metrics::Recorder for Recorder {
    fn describe_counter(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        Self::describe(&name);
    }

    fn describe_gauge(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        Self::describe(&name);
    }

    fn describe_histogram(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        Self::describe(&name);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Self::register(key);
        Counter::noop()
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Self::register(key);
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Self::register(key);
        Histogram::noop()
    }
}
