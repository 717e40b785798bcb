//! The checks that a contract must pass before code is generated from it, one rule in each file.

mod bodies;
mod bounds;
mod cycles;
mod merged_secrets;
mod names;
mod operations;
mod parameters;
mod references;
mod required;
mod roundtrip;
mod schemas;
mod secrets;
mod security;
mod version;

pub(crate) use bodies::drop_annotations;
pub use names::folded;
pub(crate) use names::{is_free_method_name, snake_case};
pub(crate) use required::missing_properties;
pub(crate) use roundtrip::roundtrip;
pub(crate) use version::{VERSION_HELP, version};

use crate::error::Diagnostic;
use crate::index::ContractIndex;

/// Checks everything that the text alone shows. For each position, only the first diagnostic in the order of these
/// rules is reported.
pub(crate) fn document(index: &ContractIndex<'_>) -> Vec<Diagnostic> {
    let rules = [
        schemas::schemas,
        bounds::bounds,
        required::required,
        references::references,
        cycles::cycles,
        secrets::secrets,
        merged_secrets::merged_secrets,
        operations::operations,
        names::names,
        parameters::parameters,
        security::security,
        bodies::bodies,
    ];
    rules.iter().flat_map(|rule| rule(index)).collect()
}
