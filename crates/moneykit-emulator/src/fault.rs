//! What goes wrong with token requests, when it is told to.

use std::collections::VecDeque;
use std::iter::repeat_n;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use fastrand::Rng;

/// Something that goes wrong with a token request.
///
/// Ask for it by [`Emulator::fail_next`](crate::Emulator::fail_next), or leave it to chance by [`Faults`]. RequestCounts
/// to the rest of the API are never touched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The request is answered with this status and the documented error body, without a look at what it
    /// says. No token is issued.
    ///
    /// A status from 100 to 199 can't end a request; the answer is 500 then.
    Status(StatusCode),
    /// As [`Status`](Self::Status), with a `Retry-After` header: this long, rounded up to whole seconds.
    RetryAfter(StatusCode, Duration),
    /// The request waits for this long, by real time, and is answered as usual then. A token that it brings
    /// lives from when it is issued, not from when it was asked for.
    Delay(Duration),
    /// The request is answered as usual, but the connection closes after this many bytes of the answer, head
    /// and all. With 0, nothing is answered. The token is issued and counted, though its client may never
    /// know it.
    CloseAfter(usize),
    /// The request is answered 201 with this body in place of a token, whatever the request says: the page of
    /// a hotel's Wi-Fi, an empty object. No token is issued.
    Garbage(String),
    /// The request is answered as usual, with a token that lives for this long.
    Lifetime(Duration),
}

/// Faults by chance: the same ones for the same requests in the same order, from the same seed.
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
#[must_use = "faults do nothing until an emulator has them"]
pub struct Faults {
    chance: Rng,
    kinds: Vec<(u32, Fault)>,
}

impl Faults {
    /// Returns no faults yet, with chance that starts from a seed. [`Faults::default`] has no faults either.
    pub fn seeded(seed: u64) -> Self {
        Self { chance: Rng::with_seed(seed), kinds: Vec::new() }
    }

    /// Lets one request in so many fail like this, on average; with 0, none.
    ///
    /// Chance decides fault by fault, in the order of these calls, and the first that it picks is the one.
    pub fn one_in(mut self, requests: u32, fault: Fault) -> Self {
        self.kinds.push((requests, fault));
        self
    }

    fn pick(&mut self) -> Option<Fault> {
        let Self { chance, kinds } = self;
        let picked = kinds.iter().find(|(requests, _)| *requests > 0 && chance.u32(..*requests) == 0);
        picked.map(|(_, fault)| fault.clone())
    }
}

/// The faults that are to come.
#[derive(Debug)]
pub(crate) struct FaultPlan(Mutex<Plan>);

#[derive(Debug)]
struct Plan {
    next: VecDeque<Fault>,
    by_chance: Faults,
}

impl FaultPlan {
    pub(crate) fn new(by_chance: Faults) -> Self {
        Self(Mutex::new(Plan { next: VecDeque::new(), by_chance }))
    }

    pub(crate) fn fail_next(&self, requests: usize, fault: Fault) {
        self.change(|plan| plan.next.extend(repeat_n(fault, requests)));
    }

    pub(crate) fn replace(&self, faults: Faults) {
        self.change(|plan| *plan = Plan { next: VecDeque::new(), by_chance: faults });
    }

    /// Takes the fault of the next request: one that was asked for, or one that chance picks.
    pub(crate) fn take(&self) -> Option<Fault> {
        self.change(|plan| plan.next.pop_front().or_else(|| plan.by_chance.pick()))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Plan) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUSY: Fault = Fault::Status(StatusCode::SERVICE_UNAVAILABLE);
    const SLOW: Fault = Fault::Delay(Duration::from_secs(1));

    fn taken(faults: &Faults, requests: usize) -> Vec<Option<Fault>> {
        let plan = FaultPlan::new(faults.clone());
        (0..requests).map(|_| plan.take()).collect()
    }

    #[test]
    fn what_was_asked_for_comes_first_and_once() {
        let plan = FaultPlan::new(Faults::seeded(1).one_in(1, SLOW));
        plan.fail_next(2, BUSY);
        plan.fail_next(0, BUSY);

        assert_eq!([(); 3].map(|()| plan.take()), [Some(BUSY), Some(BUSY), Some(SLOW)]);
        plan.fail_next(1, BUSY);
        plan.replace(Faults::default());
        assert_eq!(plan.take(), None);
    }

    #[test]
    fn a_seed_decides_which_requests_fail() {
        let faults = |seed| Faults::seeded(seed).one_in(4, BUSY).one_in(4, SLOW);

        assert_eq!(taken(&faults(7), 1_000), taken(&faults(7), 1_000));
        assert_ne!(taken(&faults(7), 1_000), taken(&faults(8), 1_000));
    }

    #[test]
    fn faults_are_about_as_frequent_as_was_said() {
        let faults = taken(&Faults::seeded(7).one_in(0, SLOW).one_in(4, BUSY), 4_000);
        let failed = faults.iter().flatten().count();

        assert!((900..=1_100).contains(&failed), "{failed} of 4,000");
        assert!(!faults.contains(&Some(SLOW)));
    }
}
