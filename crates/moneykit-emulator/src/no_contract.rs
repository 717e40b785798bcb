//! Stands for a contract without the feature `contract`: there is none.

use http::{HeaderMap, Method};

use crate::path_pattern::PathPattern;
use crate::session::stubs::{MatchInput, Reply};

#[derive(Clone, Debug)]
pub(crate) enum Contract {}

pub(crate) type Found<'c> = &'c Contract;

impl Contract {
    pub(crate) fn find(&self, _: &Method, _: &str) -> Option<Found<'_>> {
        match *self {}
    }

    pub(crate) fn check_stub(&self, _: Option<&Method>, _: &PathPattern, _: &[Reply]) -> Result<(), String> {
        match *self {}
    }

    pub(crate) fn name(&self) -> &str {
        match *self {}
    }

    pub(crate) fn violations(&self, _: &MatchInput<'_>) -> Vec<String> {
        match *self {}
    }

    pub(crate) fn reply(&self, _: &HeaderMap) -> Result<Reply, String> {
        match *self {}
    }
}
