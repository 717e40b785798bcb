//! Rewrites that bring a contract to what the generator can express. None of them changes the wire.
//!
//! A rewrite changes the description of a value, not the value: every request and response that the contract
//! describes is sent and received as before. Where the generator's own code would send something else, the rewrite
//! leaves a note in [`Wire`], and the generated source is corrected by it.

mod bounds;
mod composition;
mod constraints;
mod defaults;
mod discriminators;
mod enums;
mod formats;
mod inline_schemas;
mod keywords;
mod names;
mod nullable;
mod operation_ids;
mod parameters;
mod references;
mod request_bodies;
mod responses;
mod secrets;
mod servers;
#[cfg(test)]
mod tests;
mod types;
mod unions;
mod unused;
mod walk;

use serde_json::Value;

use crate::wire::Wire;

pub(crate) use request_bodies::FILE_FORMAT;
pub(crate) use walk::nodes;

/// A rewrite of the whole document.
type Rewrite = fn(&mut Value, &mut Wire);

/// The rewrites in their order: each may rely on those before it.
const REWRITES: [Rewrite; 21] = [
    unused::unused,
    references::references,
    operation_ids::operation_ids,
    servers::servers,
    composition::composition,
    constraints::constraints,
    types::types,
    keywords::keywords,
    formats::formats,
    secrets::secrets,
    bounds::bounds,
    enums::enums,
    parameters::parameters,
    request_bodies::request_bodies,
    responses::responses,
    inline_schemas::inline_schemas,
    discriminators::discriminators,
    unions::unions,
    defaults::defaults,
    nullable::nullable,
    names::names,
];

/// Returns a document that the generator can express, with the notes for the generated source.
pub(crate) fn rewrite(root: &Value) -> (Value, Wire) {
    let mut root = root.clone();
    let mut wire = Wire::default();
    for rewrite in REWRITES {
        rewrite(&mut root, &mut wire);
    }
    (root, wire)
}
