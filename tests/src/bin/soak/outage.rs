use std::sync::Arc;
use std::time::Duration;

use moneykit_emulator::{Fault, Faults, StatusCode};

use crate::world::{Held, World};

/// A time in which no token request succeeds. Each failure doubles the rest after it, which shows in the flights.
pub(crate) struct Outage {
    began: Duration,
    flights: Vec<(Arc<Held>, u64)>,
}

impl Outage {
    pub(crate) fn begin(world: &World) -> Self {
        let fault = Fault::Status(StatusCode::SERVICE_UNAVAILABLE);
        world.emulator.set_faults(Faults::seeded(0).one_in(1, fault));
        let count = |held: Arc<Held>| {
            let flights = held.client.token_status().refreshes;
            (held, flights)
        };
        Self { began: world.emulator.now(), flights: world.clients().into_iter().map(count).collect() }
    }

    /// Holds the flights of each client against what its rests allow.
    pub(crate) fn end(self, world: &World) {
        let flights: Vec<_> =
            self.flights.iter().map(|(held, _)| held.client.token_status().refreshes).collect();
        let lasted = world.emulator.now().saturating_sub(self.began);
        for ((_, before), after) in self.flights.iter().zip(flights) {
            if after - before > allowed(lasted) {
                let flights = after - before;
                world.ledger.object(&format!("{flights} flights in an outage of {lasted:?}"));
            }
        }
    }
}

/// How many flights there may be: the first, perhaps one after a token that was under way, and one after each rest.
fn allowed(mut lasted: Duration) -> u64 {
    const LONGEST: Duration = Duration::from_secs(30);

    // The shortest that chance allows: half a second after the first failure.
    let (mut flights, mut rest) = (2, Duration::from_millis(500));
    while let Some(left) = lasted.checked_sub(rest) {
        (flights, lasted) = (flights + 1, left);
        rest = LONGEST.min(rest * 2);
    }
    flights
}
