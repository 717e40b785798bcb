//! Random faults.

use fastrand::Rng;
use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::target::FaultTarget;
use crate::config_error::ConfigError;
use crate::object;

/// Random faults. The same seed and the same sequence of requests produce the same faults.
///
/// ```
/// use std::time::Duration;
///
/// use moneykit_emulator::{Emulator, Fault, FaultTarget, Faults, StatusCode};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let faults = Faults::seeded(7)
///     .one_in(10, Fault::Status(StatusCode::SERVICE_UNAVAILABLE))
///     .one_in_for(FaultTarget::API, 50, Fault::Delay(Duration::from_secs(1)));
/// let emulator = Emulator::builder().faults(faults).start()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "FaultsDefinition", into = "FaultsDefinition")]
#[must_use = "faults have no effect until they are passed to an emulator"]
pub struct Faults {
    seed: Option<u64>,
    rng: Rng,
    rules: Vec<FaultRule>,
}

/// The JSON form of [`Faults`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultsDefinition {
    /// Without a seed, each start draws other faults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(default, deserialize_with = "object::list")]
    rules: Vec<FaultRule>,
}

/// A random fault and its rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultRule {
    #[serde(default)]
    target: FaultTarget,
    one_in: u32,
    #[serde(deserialize_with = "object::deserialize")]
    fault: Fault,
}

impl Faults {
    /// Returns an empty set of faults whose random number generator has this seed. [`Faults::default`] is empty as
    /// well.
    pub fn seeded(seed: u64) -> Self {
        Self { seed: Some(seed), rng: Rng::with_seed(seed), rules: Vec::new() }
    }

    /// Adds a fault that affects one in `requests` token requests on average; 0 means none.
    ///
    /// For each request, faults are drawn independently in the order of these calls, and the first one drawn applies.
    pub fn one_in(self, requests: u32, fault: Fault) -> Self {
        self.one_in_for(FaultTarget::TOKEN_ENDPOINT, requests, fault)
    }

    /// Adds a fault that affects one in `requests` requests to the target on average; 0 means none.
    pub fn one_in_for(mut self, target: FaultTarget, requests: u32, fault: Fault) -> Self {
        self.rules.push(FaultRule { target, one_in: requests, fault });
        self
    }

    pub(super) fn draw(&mut self, api_path: Option<&str>) -> Option<Fault> {
        let Self { rng, rules, .. } = self;
        let mut rules = rules.iter().filter(|rule| rule.target.includes(api_path));
        let drawn = rules.find(|rule| rule.one_in > 0 && rng.u32(..rule.one_in) == 0);
        drawn.map(|rule| rule.fault.clone())
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        self.rules.iter().try_for_each(|rule| rule.target.validate(&rule.fault))
    }
}

impl From<FaultsDefinition> for Faults {
    fn from(FaultsDefinition { seed, rules }: FaultsDefinition) -> Self {
        Self { seed, rng: seed.map_or_else(Rng::default, Rng::with_seed), rules }
    }
}

impl From<Faults> for FaultsDefinition {
    fn from(Faults { seed, rules, .. }: Faults) -> Self {
        Self { seed, rules }
    }
}
