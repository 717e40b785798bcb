//! Compares the types of a compiled client with the contract, and attributes the losses to operations.

use anyhow::Result;

use super::Client;
use super::operation::{Operation, Outcome};
use crate::generated_package::GeneratedPackage;
use crate::roundtrip;

/// Runs the proof of `cargo xtask regen` for the operations that compile.
pub(super) fn prove(client: &Client, operations: &mut [Operation]) -> Result<()> {
    let package = GeneratedPackage::write("coverage", &super::compile::without_docs(&client.source))?;
    let types = roundtrip::schemas(|arguments| package.cargo(arguments))?;
    let mut losses = roundtrip::prove(&client.contract, &types)?.losses;
    // An operation counts for the loss that most operations share.
    losses.sort_by_key(|loss| std::cmp::Reverse(loss.operations.len()));
    for operation in operations.iter_mut().filter(|operation| operation.outcome == Outcome::Compiled) {
        let loss = losses.iter().find(|loss| loss.operations.contains(&operation.name));
        operation.outcome = loss.map_or(Outcome::Proven, |loss| Outcome::Unproven(loss.to_string()));
    }
    Ok(())
}
