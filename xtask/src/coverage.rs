//! `cargo xtask coverage`: how many operations of a vendor's document become a proven client, and why the others do not.

mod compile;
mod operation;
mod prove;
mod report;

use std::path::PathBuf;

use anyhow::Result;
use moneykit_codegen::{Contract, adapt};
use moneykit_contract::{DanglingReason, DanglingRef, Document, downgrade, extract};
use serde_json::{Map, Value, json};

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

/// A generated client, and the contract that it was generated from.
struct Client {
    contract: Contract,
    source: String,
}

/// Generates a client of every operation of a document, compiles it, proves its types, and prints the numbers and the
/// reasons.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let vendor = Document::read(&arguments.document)?;
    let mut operations = operation::all(&vendor);
    if let Some(text) = &arguments.operation {
        operations.retain(|operation| operation.name.contains(text) || operation.id.contains(text));
    }
    let everything: Vec<usize> = (0..operations.len()).collect();
    // Usually all operations generate together. Each is looked at alone only if they do not.
    let client = match attempt(&vendor, &operations, &everything) {
        Ok(client) => Some(client),
        Err(reason) => {
            eprintln!("not all operations generate ({reason}): looking at each");
            check_each(&vendor, &mut operations);
            generate(&vendor, &mut operations)
        }
    };
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

/// Checks the contract of each operation alone, on all cores.
fn check_each(vendor: &Document, operations: &mut [Operation]) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = operations.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        for part in operations.chunks_mut(share) {
            let thread = std::thread::Builder::new().stack_size(64 << 20);
            let work = move || {
                for operation in part {
                    if let Err(reason) = contract(vendor, std::slice::from_ref(&&*operation)) {
                        operation.outcome = operation::Outcome::Refused(reason);
                    }
                }
            };
            // Without a thread, the operations stay unchecked here and fail in the next stage.
            let _ = thread.spawn_scoped(scope, work);
        }
    });
}

/// Returns the contract of some operations, as an author would cut it out of the vendor's document.
fn contract(vendor: &Document, operations: &[&Operation]) -> Result<Contract, String> {
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations {
        let item = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        item[operation.method] = json!({});
    }
    let selection = json!({ "openapi": "3.0.3", "info": { "title": "", "version": "" }, "paths": paths });
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let selection = Document::new("selection", selection).map_err(|error| text(&error))?;
    let subset = extract(vendor, &selection);
    let is_external = |one: &&DanglingRef| one.reason == DanglingReason::External;
    if let Some(dangling) = subset.dangling.iter().find(is_external) {
        return Err(dangling.to_string());
    }
    let downgraded = downgrade(subset.document).document;
    let adapted = adapt(&downgraded).map_err(|error| text(&error))?;
    Contract::from_document(adapted).map_err(|error| first(&error))
}

fn first(error: &moneykit_codegen::Error) -> String {
    error.diagnostics().first().map(|diagnostic| diagnostic.message().to_owned()).unwrap_or_default()
}

/// Generates one client for all operations that can be generated, and notes the reason of each that can't.
fn generate(vendor: &Document, operations: &mut [Operation]) -> Option<Client> {
    loop {
        let good: Vec<usize> = (0..operations.len()).filter(|i| operations[*i].outcome.is_good()).collect();
        if good.is_empty() {
            return None;
        }
        match attempt(vendor, operations, &good) {
            Ok(client) => return Some(client),
            Err(reason) if good.len() == 1 => {
                operations[good[0]].outcome = operation::Outcome::Ungenerated(reason);
            }
            Err(reason) => {
                let bad = find_bad(vendor, operations, &good);
                if bad.is_empty() {
                    // Each half generates, but not both together.
                    if let Some(last) = good.last() {
                        operations[*last].outcome =
                            operation::Outcome::Ungenerated(format!("together with others: {reason}"));
                    }
                }
                for (i, reason) in bad {
                    operations[i].outcome = operation::Outcome::Ungenerated(reason);
                }
            }
        }
    }
}

fn attempt(vendor: &Document, operations: &[Operation], chosen: &[usize]) -> Result<Client, String> {
    let chosen: Vec<&Operation> = chosen.iter().map(|i| &operations[*i]).collect();
    let contract = contract(vendor, &chosen)?;
    let source = moneykit_codegen::try_generate(&contract)?;
    Ok(Client { contract, source })
}

/// Finds the operations that can't be generated, by halves.
fn find_bad(vendor: &Document, operations: &[Operation], chosen: &[usize]) -> Vec<(usize, String)> {
    let mut bad = Vec::new();
    let mut open = vec![chosen.to_vec()];
    while let Some(part) = open.pop() {
        match attempt(vendor, operations, &part) {
            Ok(_) => {}
            Err(reason) if part.len() == 1 => bad.push((part[0], reason)),
            Err(reason) => {
                eprintln!("{} operations do not generate together: {reason}", part.len());
                let (left, right) = part.split_at(part.len() / 2);
                open.push(right.to_vec());
                open.push(left.to_vec());
            }
        }
    }
    bad
}

/// The maximum number of times that a client is compiled.
const ROUNDS: usize = 8;

/// Compiles the client, and leaves out the operations that do not compile until the rest does. Returns the client of the
/// rest.
fn compile_all(vendor: &Document, operations: &mut [Operation], client: Client) -> Result<Option<Client>> {
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
            let failure = failures.iter().find(|failure| failure.operations.contains(&operation.name))?;
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
