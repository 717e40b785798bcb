//! The faults of a session: those of the next requests, and random ones.

mod fault;
mod random;
mod target;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

pub use fault::Fault;
pub use random::Faults;
pub use target::FaultTarget;

use crate::config_error::ConfigError;
use crate::object;

/// The faults of future requests.
#[derive(Debug)]
pub(crate) struct FaultPlan(Mutex<Plan>);

#[derive(Debug)]
struct Plan {
    queue: VecDeque<QueuedFault>,
    random: Faults,
}

/// A fault of the next requests to its target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueuedFault {
    #[serde(default)]
    pub(crate) target: FaultTarget,
    /// The number of requests that remain.
    #[serde(default = "one")]
    pub(crate) requests: usize,
    #[serde(deserialize_with = "object::deserialize")]
    pub(crate) fault: Fault,
}

fn one() -> usize {
    1
}

/// The faults of a session, as the control API shows them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FaultStatus {
    pub(crate) queue: Vec<QueuedFault>,
    pub(crate) random: Faults,
}

impl FaultPlan {
    pub(crate) fn new(random: &Faults) -> Result<Self, ConfigError> {
        random.validate()?;
        Ok(Self(Mutex::new(Plan { queue: VecDeque::new(), random: random.clone() })))
    }

    /// Queues a fault that was validated with its target.
    pub(crate) fn fail_next(&self, target: FaultTarget, requests: usize, fault: Fault) {
        if requests > 0 {
            self.lock().queue.push_back(QueuedFault { target, requests, fault });
        }
    }

    /// Replaces the random faults and clears the queue.
    pub(crate) fn replace(&self, random: &Faults) -> Result<(), ConfigError> {
        random.validate()?;
        *self.lock() = Plan { queue: VecDeque::new(), random: random.clone() };
        Ok(())
    }

    /// Returns the fault of a request: the first in the queue, or else one drawn at random. The path is `None` for the
    /// token endpoint.
    pub(crate) fn next_fault(&self, api_path: Option<&str>) -> Option<Fault> {
        let mut plan = self.lock();
        let Some(index) = plan.queue.iter().position(|queued| queued.target.includes(api_path)) else {
            return plan.random.draw(api_path);
        };
        let queued = &mut plan.queue[index];
        queued.requests -= 1;
        let fault = queued.fault.clone();
        if queued.requests == 0 {
            plan.queue.remove(index);
        }
        Some(fault)
    }

    pub(crate) fn status(&self) -> FaultStatus {
        let plan = self.lock();
        FaultStatus { queue: plan.queue.iter().cloned().collect(), random: plan.random.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::StatusCode;

    use super::*;

    const UNAVAILABLE: Fault = Fault::Status(StatusCode::SERVICE_UNAVAILABLE);
    const SLOW: Fault = Fault::Delay(Duration::from_secs(1));

    fn first_faults(faults: &Faults, requests: usize) -> Vec<Option<Fault>> {
        let plan = FaultPlan::new(faults).unwrap();
        (0..requests).map(|_| plan.next_fault(None)).collect()
    }

    fn fail_next(plan: &FaultPlan, requests: usize) {
        plan.fail_next(FaultTarget::TOKEN_ENDPOINT, requests, UNAVAILABLE);
    }

    #[test]
    fn queued_faults_precede_random_ones_and_apply_once() {
        let plan = FaultPlan::new(&Faults::seeded(1).one_in(1, SLOW)).unwrap();
        fail_next(&plan, 2);
        fail_next(&plan, 0);

        assert_eq!(
            [(); 3].map(|()| plan.next_fault(None)),
            [Some(UNAVAILABLE), Some(UNAVAILABLE), Some(SLOW)]
        );
        fail_next(&plan, 1);
        plan.replace(&Faults::default()).unwrap();
        assert_eq!(plan.next_fault(None), None);
    }

    #[test]
    fn a_fault_affects_its_target_only() {
        let plan = FaultPlan::new(&Faults::seeded(1).one_in_for(FaultTarget::API, 1, SLOW)).unwrap();
        plan.fail_next(FaultTarget::path("/links/*").unwrap(), 1, UNAVAILABLE);

        assert_eq!(plan.next_fault(None), None);
        assert_eq!(plan.next_fault(Some("/other")), Some(SLOW));
        assert_eq!(plan.next_fault(Some("/links/a")), Some(UNAVAILABLE));
        assert_eq!(plan.next_fault(Some("/links/a")), Some(SLOW));
    }

    #[test]
    fn faults_of_tokens_have_no_other_target() {
        for fault in [Fault::Lifetime(Duration::ZERO), Fault::ActivationDelay(Duration::ZERO)] {
            let error =
                FaultPlan::new(&Faults::default().one_in_for(FaultTarget::API, 1, fault)).unwrap_err();
            assert!(error.to_string().contains("target must be token_endpoint"), "{error}");
        }
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
