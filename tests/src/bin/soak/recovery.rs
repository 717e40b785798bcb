//! The recovery at the end of the run.

use std::time::{Duration, Instant};

use moneykit::http::StatusCode;
use moneykit_emulator::Faults;
use moneykit_tests::pause;

use crate::harness::{Harness, TrackedClient};
use crate::requests::GOOD;

/// Checks that each client gets a token, and that the API accepts it, once the faults are off and the longest cool-down
/// is over.
pub(crate) async fn check(harness: &Harness) {
    harness.set_faults(&Faults::default());
    harness.api.refuse(0);
    harness.api.learn_late(Duration::ZERO);
    harness.emulator.advance(Duration::from_secs(61));
    for tracked in harness.clients() {
        check_client(harness, &tracked).await;
    }
    harness.record_request_counts();
}

async fn check_client(harness: &Harness, tracked: &TrackedClient) {
    /// Idle connections of the client's pool may be dead; each costs a timeout of two seconds.
    const LIMIT: Duration = Duration::from_secs(30);

    if let Err(error) = tracked.client.access_token().await {
        harness.ledger.report_violation(&format!("a client did not recover: {error}"));
        return;
    }
    let start = Instant::now();
    loop {
        let failure = match tracked.client.get(GOOD).send().await {
            Ok(response) if response.status() == StatusCode::OK => return,
            Ok(response) => response.status().to_string(),
            Err(error) => error.to_string(),
        };
        if start.elapsed() > LIMIT {
            harness.ledger.report_violation(&format!("a client's requests did not recover: {failure}"));
            return;
        }
        pause(Duration::from_millis(100)).await;
    }
}
