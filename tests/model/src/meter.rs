//! Nothing is counted while schedules are explored.

use std::time::Duration;

pub(crate) fn hit() {}

pub(crate) fn flight(_: &'static str) {}

pub(crate) fn retry() {}

pub(crate) fn landed(_: bool, _: Duration) {}

pub(crate) fn rejected(_: Rejected) {}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Rejected {
    Credentials,
    AccessToken,
}
