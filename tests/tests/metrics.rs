//! The metrics of the client. A separate process, because the metrics recorder is global.

use std::collections::BTreeMap;

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use moneykit::Client;
use moneykit::token_store::InMemoryTokenStore;
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};

#[test]
fn each_event_is_counted_once() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    recorder.install().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let emulator = Emulator::builder().start().unwrap();
        let builder = || Client::builder().base_url(emulator.url());
        let client = builder().credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET).build().unwrap();
        for _ in 0..3 {
            client.access_token().await.unwrap();
        }
        client.invalidate(&client.access_token().await.unwrap());
        client.authorization_header().await.unwrap();
        builder().credentials(DEFAULT_CLIENT_ID, "wrong").build().unwrap().access_token().await.unwrap_err();

        let store = InMemoryTokenStore::new();
        for _ in 0..2 {
            let client = builder().credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET);
            client.token_store(store.clone()).build().unwrap().access_token().await.unwrap();
        }

        let closed = emulator.url().to_owned();
        drop(emulator);
        let client = Client::builder().credentials("a", "b").base_url(closed).build().unwrap();
        client.access_token().await.unwrap_err();
    });

    let counts = counts(&snapshotter);
    for (name, expected) in [
        ("moneykit_token_cache_hits_total", 3),
        ("moneykit_token_refreshes_total reason=initial", 5),
        ("moneykit_token_refreshes_total reason=invalidated", 1),
        ("moneykit_token_refresh_failures_total reason=rejected", 1),
        ("moneykit_token_refresh_failures_total reason=connect", 1),
        ("moneykit_token_store_adoptions_total", 1),
        ("moneykit_token_retries_total", 2),
        ("moneykit_rejections_total kind=access_token", 1),
        ("moneykit_rejections_total kind=credentials", 1),
        ("moneykit_token_refresh_duration_seconds outcome=token", 4),
        ("moneykit_token_refresh_duration_seconds outcome=error", 2),
    ] {
        assert_eq!(counts.get(name), Some(&expected), "{name}: {counts:#?}");
    }
    let expires_in = format!("moneykit_token_expires_in_seconds client_id={DEFAULT_CLIENT_ID}");
    assert!(counts.contains_key(&expires_in), "{counts:#?}");
    assert_eq!(counts.len(), 12, "{counts:#?}");
}

/// Returns the counts by metric name and labels. The count of a histogram is its number of values.
fn counts(snapshotter: &Snapshotter) -> BTreeMap<String, u64> {
    let snapshot = snapshotter.snapshot().into_vec().into_iter();
    let counts = snapshot.map(|(key, _, _, value)| {
        let labels = key.key().labels().map(|label| format!(" {}={}", label.key(), label.value()));
        let name = format!("{}{}", key.key().name(), labels.collect::<String>());
        let count = match value {
            DebugValue::Counter(count) => count,
            DebugValue::Histogram(values) => values.len() as u64,
            DebugValue::Gauge(_) => 0,
        };
        (name, count)
    });
    counts.collect()
}
