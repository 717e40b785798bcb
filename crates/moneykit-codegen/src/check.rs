//! What a contract must be before code is made from it, a rule a file.

mod bodies;
mod bounds;
mod circles;
mod lossless;
mod merged_secrets;
mod names;
mod operations;
mod parameters;
mod references;
mod required;
mod schemas;
mod secrets;
mod security;
mod version;

pub(crate) use lossless::lossless;
pub(crate) use names::squeezed;
pub(crate) use version::version;

use crate::error::Problem;
use crate::walk::Survey;

/// Checks all that the text alone shows. Of two problems in one place the first in this order is told.
pub(crate) fn tree(survey: &Survey<'_>) -> Vec<Problem> {
    let rules = [
        schemas::schemas,
        bounds::bounds,
        required::required,
        references::references,
        circles::circles,
        secrets::secrets,
        merged_secrets::merged_secrets,
        operations::operations,
        names::names,
        parameters::parameters,
        security::security,
        bodies::bodies,
    ];
    rules.iter().flat_map(|rule| rule(survey)).collect()
}
