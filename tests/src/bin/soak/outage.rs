//! An outage of the token endpoint, during which cool-downs must limit the token refreshes.

use std::sync::Arc;
use std::time::Duration;

use moneykit_emulator::{Fault, Faults, StatusCode};

use crate::harness::{Harness, TrackedClient};

/// A period in which every token request fails. Each failure doubles the cool-down that follows it, which limits the
/// number of refreshes.
pub(crate) struct Outage {
    start: Duration,
    /// Each client, with the number of refreshes that it had started before the outage.
    clients: Vec<(Arc<TrackedClient>, u64)>,
}

impl Outage {
    pub(crate) fn begin(harness: &Harness) -> Self {
        let fault = Fault::Status(StatusCode::SERVICE_UNAVAILABLE);
        harness.set_faults(&Faults::seeded(0).one_in(1, fault));
        let count = |tracked: Arc<TrackedClient>| {
            let refreshes = tracked.client.token_status().refreshes;
            (tracked, refreshes)
        };
        Self { start: harness.emulator.now(), clients: harness.clients().into_iter().map(count).collect() }
    }

    /// Checks that no client started more refreshes than its cool-downs allow.
    pub(crate) fn end(self, harness: &Harness) {
        let refreshes: Vec<_> =
            self.clients.iter().map(|(tracked, _)| tracked.client.token_status().refreshes).collect();
        let duration = harness.emulator.now().saturating_sub(self.start);
        for ((_, before), after) in self.clients.iter().zip(refreshes) {
            let refreshes = after - before;
            if refreshes > max_refreshes(duration) {
                harness
                    .ledger
                    .report_violation(&format!("{refreshes} token refreshes in an outage of {duration:?}"));
            }
        }
    }
}

/// Returns the maximum number of refreshes in an outage: the first one, one more after a token request that was in
/// flight when the outage began, and one after each cool-down.
fn max_refreshes(mut remaining: Duration) -> u64 {
    // Jitter shortens a cool-down to half at most. These are half of the longest and of the first cool-down.
    const MAX_COOLDOWN: Duration = Duration::from_secs(30);
    const FIRST_COOLDOWN: Duration = Duration::from_millis(500);

    let (mut refreshes, mut cooldown) = (2, FIRST_COOLDOWN);
    while let Some(after) = remaining.checked_sub(cooldown) {
        (refreshes, remaining) = (refreshes + 1, after);
        cooldown = MAX_COOLDOWN.min(cooldown * 2);
    }
    refreshes
}
