//! Faults that the emulator injects into token requests.

use std::collections::VecDeque;
use std::iter::repeat_n;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use fastrand::Rng;

/// A fault that the emulator injects into a token request.
///
/// Inject faults with [`Emulator::fail_next`](crate::Emulator::fail_next), or at random with [`Faults`]. Faults never
/// affect requests to the rest of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The response has this status and the documented error body, regardless of the request. No token is issued.
    ///
    /// A status from 100 to 199 cannot be a final response; the emulator then responds with 500.
    Status(StatusCode),
    /// Like [`Status`](Self::Status), with a `Retry-After` header of this duration, rounded up to whole seconds.
    RetryAfter(StatusCode, Duration),
    /// The emulator waits for this duration of real time before it handles the request as usual. The lifetime of a
    /// token starts when it is issued, after the wait.
    Delay(Duration),
    /// The emulator handles the request as usual, but closes the connection after this many bytes of the response,
    /// including the status line and headers. With 0, the client receives no response. The token is issued and counted
    /// even if the client never receives it.
    CloseAfter(usize),
    /// The response is 201 with this body instead of a token, regardless of the request: for example the HTML page of a
    /// captive portal, or an empty JSON object. No token is issued.
    Garbage(String),
    /// The emulator handles the request as usual, but the token has this lifetime.
    Lifetime(Duration),
}

/// Random faults. The same seed and the same sequence of requests produce the same faults.
///
/// ```
/// use std::time::Duration;
///
/// use moneykit_emulator::{Emulator, Fault, Faults, StatusCode};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let faults = Faults::seeded(7)
///     .one_in(10, Fault::Status(StatusCode::SERVICE_UNAVAILABLE))
///     .one_in(50, Fault::Delay(Duration::from_secs(1)));
/// let emulator = Emulator::builder().faults(faults).start()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "faults have no effect until they are passed to an emulator"]
pub struct Faults {
    rng: Rng,
    rates: Vec<(u32, Fault)>,
}

impl Faults {
    /// Returns an empty set of faults whose random number generator has this seed. [`Faults::default`] is empty as
    /// well.
    pub fn seeded(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), rates: Vec::new() }
    }

    /// Adds a fault that affects one in `requests` requests on average; 0 means none.
    ///
    /// For each request, faults are drawn independently in the order of these calls, and the first one drawn applies.
    pub fn one_in(mut self, requests: u32, fault: Fault) -> Self {
        self.rates.push((requests, fault));
        self
    }

    fn draw(&mut self) -> Option<Fault> {
        let Self { rng, rates } = self;
        let drawn = rates.iter().find(|(requests, _)| *requests > 0 && rng.u32(..*requests) == 0);
        drawn.map(|(_, fault)| fault.clone())
    }
}

/// The faults of future requests.
#[derive(Debug)]
pub(crate) struct FaultPlan(Mutex<Plan>);

#[derive(Debug)]
struct Plan {
    queue: VecDeque<Fault>,
    random: Faults,
}

impl FaultPlan {
    pub(crate) fn new(random: Faults) -> Self {
        Self(Mutex::new(Plan { queue: VecDeque::new(), random }))
    }

    pub(crate) fn fail_next(&self, requests: usize, fault: Fault) {
        self.with(|plan| plan.queue.extend(repeat_n(fault, requests)));
    }

    pub(crate) fn replace(&self, random: Faults) {
        self.with(|plan| *plan = Plan { queue: VecDeque::new(), random });
    }

    /// Returns the fault of the next request: the first in the queue, or else one drawn at random.
    pub(crate) fn next_fault(&self) -> Option<Fault> {
        self.with(|plan| plan.queue.pop_front().or_else(|| plan.random.draw()))
    }

    fn with<T>(&self, access: impl FnOnce(&mut Plan) -> T) -> T {
        access(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNAVAILABLE: Fault = Fault::Status(StatusCode::SERVICE_UNAVAILABLE);
    const SLOW: Fault = Fault::Delay(Duration::from_secs(1));

    fn first_faults(faults: &Faults, requests: usize) -> Vec<Option<Fault>> {
        let plan = FaultPlan::new(faults.clone());
        (0..requests).map(|_| plan.next_fault()).collect()
    }

    #[test]
    fn queued_faults_precede_random_ones_and_apply_once() {
        let plan = FaultPlan::new(Faults::seeded(1).one_in(1, SLOW));
        plan.fail_next(2, UNAVAILABLE);
        plan.fail_next(0, UNAVAILABLE);

        assert_eq!([(); 3].map(|()| plan.next_fault()), [Some(UNAVAILABLE), Some(UNAVAILABLE), Some(SLOW)]);
        plan.fail_next(1, UNAVAILABLE);
        plan.replace(Faults::default());
        assert_eq!(plan.next_fault(), None);
    }

    #[test]
    fn the_seed_determines_which_requests_fail() {
        let faults = |seed| Faults::seeded(seed).one_in(4, UNAVAILABLE).one_in(4, SLOW);

        assert_eq!(first_faults(&faults(7), 1_000), first_faults(&faults(7), 1_000));
        assert_ne!(first_faults(&faults(7), 1_000), first_faults(&faults(8), 1_000));
    }

    #[test]
    fn the_fault_rate_is_close_to_the_configured_one() {
        let faults = first_faults(&Faults::seeded(7).one_in(0, SLOW).one_in(4, UNAVAILABLE), 4_000);
        let failed = faults.iter().flatten().count();

        assert!((900..=1_100).contains(&failed), "{failed} of 4,000");
        assert!(!faults.contains(&Some(SLOW)));
    }
}
