//! Retries of requests: the policy, the budget that all requests of a client share, and the loop.

mod attempts;
mod budget;
mod policy;

pub(crate) use attempts::{Attempt, Retries};
pub use policy::RetryPolicy;
