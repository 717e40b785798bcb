//! Counters of the proxy and of its token, in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use moneykit::TokenStatus;
use moneykit::http::StatusCode;

/// Counters since the start of the proxy.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    in_flight: AtomicU64,
    is_draining: AtomicBool,
    /// Responses of the API, by status.
    forwarded: Mutex<BTreeMap<u16, u64>>,
    /// Errors of the proxy itself, by code.
    failed: Mutex<BTreeMap<&'static str, u64>>,
}

/// A request without a response. Dropped if its client goes away.
pub(super) struct InFlight<'a>(&'a AtomicU64);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    pub(super) fn start_request(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(&self.in_flight)
    }

    pub(super) fn forwarded(&self, status: StatusCode) {
        increment(&self.forwarded, status.as_u16());
    }

    pub(super) fn failed(&self, code: &'static str) {
        increment(&self.failed, code);
    }

    pub(super) fn start_draining(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }

    /// Returns all values, with those of the token.
    pub(super) fn render(&self, token: &TokenStatus) -> String {
        let mut text = Text::default();
        text.family("moneykit_proxy_responses_total", "counter", "Responses of the API, by status");
        for (status, count) in lock(&self.forwarded).iter() {
            text.sample(&format!("{{status=\"{status}\"}}"), *count);
        }
        text.family("moneykit_proxy_errors_total", "counter", "Errors of the proxy itself, by code");
        for (code, count) in lock(&self.failed).iter() {
            text.sample(&format!("{{code=\"{code}\"}}"), *count);
        }
        text.family(
            "moneykit_proxy_requests_in_flight",
            "gauge",
            "Requests that wait for the head of a response",
        );
        text.sample("", self.in_flight.load(Ordering::Relaxed));
        text.family(
            "moneykit_proxy_recovered_requests_total",
            "counter",
            "Requests that met a 401 and succeeded with another token",
        );
        text.sample("", token.recovered_requests);
        text.family("moneykit_token_refreshes_total", "counter", "Token refreshes that were started");
        text.sample("", token.refreshes);
        text.family(
            "moneykit_token_cache_hits_total",
            "counter",
            "Calls that returned the cached token at once",
        );
        text.sample("", token.cache_hits);
        text.family("moneykit_token_usable", "gauge", "1 if a request would have a token without waiting");
        text.sample("", u64::from(token.is_usable()));
        text.family("moneykit_token_expires_in_seconds", "gauge", "Time until the current token expires");
        text.sample("", token.expires_in.unwrap_or_default().as_secs());
        text.rendered
    }
}

fn increment<K: Ord>(counters: &Mutex<BTreeMap<K, u64>>, key: K) {
    *lock(counters).entry(key).or_default() += 1;
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The text format.
#[derive(Default)]
struct Text {
    rendered: String,
    name: &'static str,
}

impl Text {
    fn family(&mut self, name: &'static str, kind: &str, help: &str) {
        self.name = name;
        // Writing to a text cannot fail.
        let _ = write!(self.rendered, "# HELP {name} {help}.\n# TYPE {name} {kind}\n");
    }

    fn sample(&mut self, labels: &str, value: u64) {
        let _ = writeln!(self.rendered, "{}{labels} {value}", self.name);
    }
}
