//! The schedule of faults: which begin and end in which second of a minute.

use std::time::Duration;

use fastrand::Rng;

use crate::faults::faults;
use crate::harness::Harness;
use crate::outage::Outage;

/// Begins and ends faults, each minute in the same order. Between them are calm times, in which the API accepts every
/// valid token.
pub(crate) struct Schedule {
    rng: Rng,
    outage: Option<Outage>,
}

impl Schedule {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), outage: None }
    }

    /// Applies the faults of one second of the run.
    pub(crate) fn tick(&mut self, second: u64, harness: &Harness) {
        let Self { rng, outage } = self;
        // Less than the shortest token lifetime, so that no token has expired when it arrives.
        harness.emulator.advance(Duration::from_millis(rng.u64(..1_000)));
        let (api, incidents) = (&harness.api, &harness.incidents);
        match second % 60 {
            2..7 => {
                api.refuse(rng.u32(10..=60));
                incidents.record_refusals();
            }
            7 => api.refuse(0),
            15 | 45 => *outage = Some(Outage::begin(harness)),
            23 | 53 => {
                if let Some(outage) = outage.take() {
                    outage.end(harness);
                }
                harness.set_faults(&faults(rng.u64(..)));
            }
            // The second time is within an outage of the token endpoint.
            25 | 48 => harness.silence_connections(),
            28..35 => {
                api.learn_late(Duration::from_millis(rng.u64(50..2_500)));
                incidents.record_late_tokens();
            }
            // Tokens that were issued just before may be unknown for some time yet.
            35..38 => {
                api.learn_late(Duration::ZERO);
                incidents.record_late_tokens();
            }
            54..59 if rng.bool() => {
                harness.emulator.revoke_tokens();
                incidents.record_revocation();
            }
            _ => {}
        }
    }
}
