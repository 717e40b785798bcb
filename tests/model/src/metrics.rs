//! Metrics of the model: nothing is counted while schedules are explored.

use std::time::Duration;

pub(crate) fn cache_hit() {}

pub(crate) fn refresh_started(_: &'static str) {}

pub(crate) fn retry() {}

pub(crate) fn refresh_finished(_: bool, _: Duration) {}

pub(crate) fn rejection(_: Rejected) {}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Rejected {
    Credentials,
    AccessToken,
}
