//! `cargo xtask coverage`: how many operations of a vendor's document become a proven client, and why the others do not.

mod compile;
mod operation;
mod prove;
mod report;

use std::path::PathBuf;

use anyhow::Result;
use moneykit_codegen::{Coverage, GeneratedClient, VendorOperation};
use moneykit_contract::{Document, Escaped};

use self::operation::Operation;
use self::report::Report;
use crate::Outcome;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The vendor's document: OpenAPI 3.0 or 3.1, YAML or JSON
    document: PathBuf,
    /// Compile and prove nothing: report what generates
    #[arg(long)]
    no_compile: bool,
    /// Consider only operations whose method, path or id contains this text
    #[arg(long)]
    operation: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Generates a client of every operation of a document, compiles it, proves its types, and prints the numbers and the
/// reasons.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let vendor = Document::read(&arguments.document)?;
    let mut operations = Operation::all(&vendor);
    if let Some(text) = &arguments.operation {
        operations
            .retain(|operation| operation.vendor.name.contains(text) || operation.vendor.id.contains(text));
    }
    let client = generate(&vendor, &mut operations);
    if let Some(client) = client.filter(|_| !arguments.no_compile)
        && let Some(client) = compile_all(&vendor, &mut operations, client)?
    {
        prove::prove(&client, &mut operations)?;
    }
    let report = Report::new(&vendor, &operations, !arguments.no_compile);
    if arguments.json {
        report.print_json()?;
    } else {
        report.print();
    }
    Ok(Outcome::Pass)
}

/// Generates one client for all operations that have not failed, and notes the reason of each that can't be generated.
fn generate(vendor: &Document, operations: &mut [Operation]) -> Option<GeneratedClient> {
    let good: Vec<usize> = (0..operations.len()).filter(|i| operations[*i].outcome.is_good()).collect();
    let chosen: Vec<&VendorOperation> = good.iter().map(|i| &operations[*i].vendor).collect();
    let coverage = Coverage::of(vendor, &chosen, &mut |sentence| eprintln!("{}", Escaped(sentence)));
    for (i, failure) in good.into_iter().zip(coverage.failures) {
        if let Some(failure) = failure {
            operations[i].outcome = operation::Outcome::Ungenerated(failure);
        }
    }
    coverage.client
}

/// The maximum number of times that a client is compiled.
const ROUNDS: usize = 8;

/// Compiles the client, and leaves out the operations that do not compile until the rest does. Returns the client of the
/// rest.
fn compile_all(
    vendor: &Document,
    operations: &mut [Operation],
    client: GeneratedClient,
) -> Result<Option<GeneratedClient>> {
    let mut client = client;
    for _ in 0..ROUNDS {
        let failures = compile::check(&client)?;
        if failures.is_empty() {
            for operation in operations.iter_mut().filter(|operation| operation.outcome.is_good()) {
                operation.outcome = operation::Outcome::Compiled;
            }
            return Ok(Some(client));
        }
        let is_found = fail(operations, |operation| {
            let failure =
                failures.iter().find(|failure| failure.operations.contains(&operation.vendor.name))?;
            Some(failure.message.clone())
        });
        if !is_found {
            // An error outside of every item: no operation compiles.
            fail(operations, |_| Some(failures[0].message.clone()));
            return Ok(None);
        }
        match generate(vendor, operations) {
            Some(rest) => client = rest,
            None => return Ok(None),
        }
    }
    fail(operations, |_| Some(format!("the rest does not compile after {ROUNDS} rounds")));
    Ok(None)
}

/// Notes the reasons of the operations that do not compile. Returns true if there is one.
fn fail(operations: &mut [Operation], reason: impl Fn(&Operation) -> Option<String>) -> bool {
    let mut is_found = false;
    for operation in operations.iter_mut().filter(|operation| operation.outcome.is_good()) {
        if let Some(reason) = reason(operation) {
            operation.outcome = operation::Outcome::Uncompiled(reason);
            is_found = true;
        }
    }
    is_found
}
