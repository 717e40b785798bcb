//! How many operations of a vendor's document become a client, and why the others do not.

mod reasons;
#[cfg(test)]
mod tests;

use std::fmt::Display;

use moneykit_contract::{DanglingReason, DanglingRef, Document, METHODS, downgrade, extract};
use serde_json::{Map, Value, json};

use crate::adapt::adapt;
use crate::contract::Contract;
use crate::error::Error;
use crate::generate::try_generate;

pub use self::reasons::{FailureGroup, group_failures};

/// An operation of a vendor's document.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VendorOperation {
    /// The path template, such as `/links/{id}`.
    pub path: String,
    /// The method, in lower case.
    pub method: &'static str,
    /// The method and the path, such as `POST /auth/token`.
    pub name: String,
    /// The `operationId`, or else the name.
    pub id: String,
}

impl VendorOperation {
    /// Lists the operations of a document.
    pub fn all(document: &Document) -> Vec<Self> {
        let paths = document.root()["paths"].as_object().into_iter().flatten();
        let mut operations = Vec::new();
        for (path, item) in paths.filter(|(path, _)| !path.starts_with("x-")) {
            let item = match item["$ref"].as_str().and_then(|target| document.target(target)) {
                Some((_, target)) => target,
                None => item,
            };
            for method in METHODS.into_iter().filter(|method| item.get(method).is_some()) {
                let name = format!("{} {path}", method.to_uppercase());
                let id = item[method]["operationId"].as_str().map_or_else(|| name.clone(), str::to_owned);
                operations.push(Self { path: path.clone(), method, name, id });
            }
        }
        operations
    }
}

/// One client for as many operations of a document as possible.
#[derive(Debug)]
#[non_exhaustive]
pub struct Coverage {
    /// The client, or `None` if no operation can be generated.
    pub client: Option<GeneratedClient>,
    /// The failure of each operation, or `None` for those of the client, in the order of the operations.
    pub failures: Vec<Option<CoverageFailure>>,
}

/// A generated client, and the contract that it was generated from.
#[derive(Debug)]
#[non_exhaustive]
pub struct GeneratedClient {
    /// The contract.
    pub contract: Contract,
    /// The source, as [`generate`](crate::generate) returns it.
    pub source: String,
}

/// The reason why an operation is not part of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CoverageFailure {
    /// The checks of the contract refuse it.
    Refused(String),
    /// The generator can't express it.
    Ungenerated(String),
}

impl CoverageFailure {
    /// Returns the name of the failure and its reason.
    pub fn describe(&self) -> (&'static str, &str) {
        match self {
            Self::Refused(reason) => ("refused", reason),
            Self::Ungenerated(reason) => ("not generated", reason),
        }
    }
}

impl Coverage {
    /// Generates one client for all operations that can be generated, and finds the reason of each that can't.
    ///
    /// Each operation is cut out as an author of a contract would. `progress` receives a sentence now and then, since a
    /// large document takes minutes if its operations do not generate together.
    ///
    /// ```
    /// use moneykit_codegen::{Coverage, VendorOperation};
    /// use moneykit_contract::Document;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let vendor = Document::parse(
    ///     "vendor.yaml",
    ///     r"
    /// openapi: 3.1.0
    /// info: { title: Bank, version: '1' }
    /// paths:
    ///   /ping: { get: { responses: { '204': { description: Pong. } } } }
    /// ",
    /// )?;
    /// let operations = VendorOperation::all(&vendor);
    /// let coverage = Coverage::of(&vendor, &operations.iter().collect::<Vec<_>>(), &mut |_| ());
    /// assert!(coverage.client.is_some() && coverage.failures == [None]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn of(vendor: &Document, operations: &[&VendorOperation], progress: &mut dyn FnMut(&str)) -> Self {
        let mut search = Search { vendor, operations, failures: vec![None; operations.len()], progress };
        // Usually all operations generate together. Each is looked at alone only if they do not.
        let client = match search.attempt(&search.remaining()) {
            Ok(client) => Some(client),
            Err(reason) => {
                search.tell(&format!("not all operations generate ({reason}): looking at each"));
                search.check_each();
                search.generate()
            }
        };
        Self { client, failures: search.failures }
    }
}

/// The search for the operations that generate together.
struct Search<'a> {
    vendor: &'a Document,
    operations: &'a [&'a VendorOperation],
    failures: Vec<Option<CoverageFailure>>,
    progress: &'a mut dyn FnMut(&str),
}

impl Search<'_> {
    fn tell(&mut self, sentence: &str) {
        (self.progress)(sentence);
    }

    /// Returns the operations that have not failed, by their index.
    fn remaining(&self) -> Vec<usize> {
        (0..self.operations.len()).filter(|i| self.failures[*i].is_none()).collect()
    }

    /// Checks the contract of each operation alone, on all cores.
    fn check_each(&mut self) {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let share = self.operations.len().div_ceil(cores).max(1);
        let parts = self.operations.chunks(share).zip(self.failures.chunks_mut(share));
        let vendor = self.vendor;
        std::thread::scope(|scope| {
            for (operations, failures) in parts {
                let thread = std::thread::Builder::new().stack_size(64 << 20);
                let work = move || {
                    for (operation, failure) in operations.iter().zip(failures) {
                        *failure = contract(vendor, &[operation]).err().map(CoverageFailure::Refused);
                    }
                };
                // Without a thread, the operations stay unchecked here and fail in the next stage.
                let _ = thread.spawn_scoped(scope, work);
            }
        });
    }

    /// Generates one client of the operations that have not failed, after the removal of those that fail now.
    fn generate(&mut self) -> Option<GeneratedClient> {
        loop {
            let remaining = self.remaining();
            if remaining.is_empty() {
                return None;
            }
            match self.attempt(&remaining) {
                Ok(client) => return Some(client),
                Err(reason) if remaining.len() == 1 => self.fail(remaining[0], reason),
                Err(reason) => {
                    let bad = self.find_bad(&remaining);
                    if bad.is_empty() {
                        // Each half generates, but not both together.
                        self.fail(remaining[remaining.len() - 1], format!("together with others: {reason}"));
                    }
                    for (i, reason) in bad {
                        self.fail(i, reason);
                    }
                }
            }
        }
    }

    fn fail(&mut self, operation: usize, reason: String) {
        self.failures[operation] = Some(CoverageFailure::Ungenerated(reason));
    }

    fn attempt(&self, chosen: &[usize]) -> Result<GeneratedClient, String> {
        let chosen: Vec<&VendorOperation> = chosen.iter().map(|i| self.operations[*i]).collect();
        let contract = contract(self.vendor, &chosen)?;
        let source = try_generate(&contract)?;
        Ok(GeneratedClient { contract, source })
    }

    /// Finds the operations that can't be generated, by halves.
    fn find_bad(&mut self, chosen: &[usize]) -> Vec<(usize, String)> {
        let mut bad = Vec::new();
        let mut open = vec![chosen.to_vec()];
        while let Some(part) = open.pop() {
            match self.attempt(&part) {
                Ok(_) => {}
                Err(reason) if part.len() == 1 => bad.push((part[0], reason)),
                Err(reason) => {
                    self.tell(&format!("{} operations do not generate together: {reason}", part.len()));
                    let (left, right) = part.split_at(part.len() / 2);
                    open.push(right.to_vec());
                    open.push(left.to_vec());
                }
            }
        }
        bad
    }
}

/// Returns the contract of some operations, as an author would cut it out of the vendor's document.
fn contract(vendor: &Document, operations: &[&VendorOperation]) -> Result<Contract, String> {
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations {
        let item = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        item[operation.method] = json!({});
    }
    let selection = json!({ "openapi": "3.0.3", "info": { "title": "", "version": "" }, "paths": paths });
    let text = |error: &dyn Display| error.to_string();
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

fn first(error: &Error) -> String {
    error.diagnostics().first().map(|diagnostic| diagnostic.message().to_owned()).unwrap_or_default()
}
