//! A subscriber that checks the spacing of forced refreshes.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::clock::last_reading;
use crate::harness::is_steady_client;
use crate::ledger::Ledger;

/// Receives the span of each refresh, and reports those that 401s forced less than a second apart.
pub(crate) struct RefreshLog {
    ledger: Arc<Ledger>,
    spans: AtomicU64,
    /// When a 401 last forced a refresh of each client, by the client's clock.
    last_forced: Mutex<HashMap<String, Duration>>,
}

/// The minimum interval of forced refreshes, less the time for which a refresh that is almost due is waited for.
const MIN_INTERVAL: Duration = Duration::from_millis(990);

impl RefreshLog {
    pub(crate) fn new(ledger: Arc<Ledger>) -> Self {
        Self { ledger, spans: AtomicU64::new(1), last_forced: Mutex::default() }
    }

    /// Records that a refresh starts. The client read its clock just before, on this thread.
    fn record_refresh(&self, refresh: Refresh) {
        if refresh.reason != "invalidated" || !is_steady_client(&refresh.client_id) {
            return;
        }
        let now = last_reading();
        let mut last_forced = self.last_forced.lock().unwrap_or_else(PoisonError::into_inner);
        let last = last_forced.insert(refresh.client_id, now);
        let interval = last.map(|last| now.saturating_sub(last));
        self.ledger.record_forced_refresh();
        if let Some(interval) = interval.filter(|interval| *interval < MIN_INTERVAL) {
            self.ledger.report_violation(&format!("401s forced two token refreshes within {interval:?}"));
        }
    }
}

impl Subscriber for RefreshLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.name() == "moneykit.token_refresh"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut refresh = Refresh::default();
        span.record(&mut refresh);
        self.record_refresh(refresh);
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The fields of a refresh's span.
#[derive(Default)]
struct Refresh {
    reason: String,
    client_id: String,
}

impl Visit for Refresh {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "reason" => value.clone_into(&mut self.reason),
            "client_id" => value.clone_into(&mut self.client_id),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
