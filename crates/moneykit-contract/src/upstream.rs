//! Compares a contract with the vendor's document.

use std::collections::HashSet;

use crate::change::Change;
use crate::diff::Diff;
use crate::document::{Document, DocumentError};
use crate::downgrade::{Unsupported, downgrade};
use crate::extract::{Subset, extract};
use crate::propose::{is_absolute, propose};
use crate::rules::{FORMAT_CHANGED, FORMAT_NARROWED, FORMAT_WIDENED, OPERATION_RENAMED, SECRET_UNMARKED};

/// The differences between a contract and the vendor's document, for the operations of the contract.
#[derive(Debug)]
#[non_exhaustive]
pub struct Upstream {
    /// The vendor's description of the contract's operations.
    pub subset: Subset,
    /// The parts of the subset that OpenAPI 3.0 cannot express, and that were not compared.
    pub unsupported: Vec<Unsupported>,
    /// The changes from the contract to the vendor's document.
    pub diff: Diff,
    /// The differences that a [proposal](Self::proposal) keeps, because they are choices of the contract: names of
    /// operations, and `format: password` for values that the vendor does not mark as secrets.
    pub kept: Vec<Change>,
    vendor: Document,
}

impl Upstream {
    /// Compares a contract with the vendor's document, which can be OpenAPI 3.1.
    ///
    /// Servers with relative URLs depend on where the vendor's document came from, and are not compared.
    ///
    /// # Errors
    ///
    /// Returns an error if the contract is OpenAPI 3.1, or if the operating system cannot start the thread that compares
    /// the documents.
    pub fn compare(contract: &Document, vendor: &Document) -> Result<Self, DocumentError> {
        if contract.is_3_1() {
            let message = "is OpenAPI 3.1, and a contract must be OpenAPI 3.0";
            return Err(DocumentError::new(contract.name(), message, "downgrade it first"));
        }
        let subset = extract(vendor, contract);
        let downgraded = downgrade(subset.document.clone());
        let vendor = with_absolute_servers(&downgraded.document, contract);
        let mut diff = Diff::between(contract, &vendor)?;
        let unmarked: HashSet<_> =
            diff.changes().iter().filter(|it| *it.rule == SECRET_UNMARKED).map(node).collect();
        let formats = [&FORMAT_CHANGED, &FORMAT_NARROWED, &FORMAT_WIDENED];
        let is_kept = |change: &Change| {
            [&OPERATION_RENAMED, &SECRET_UNMARKED].contains(&change.rule)
                // `password` takes the place of another format.
                || (formats.contains(&change.rule) && unmarked.contains(&node(change)))
        };
        let kept = diff.split_off(is_kept);
        Ok(Self { subset, unsupported: downgraded.unsupported, diff, kept, vendor })
    }

    /// Returns an update of the contract that matches the vendor's document, as [`propose`] does.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system cannot start the thread that compares the schemas.
    pub fn proposal(&self, contract: &Document) -> Result<Document, DocumentError> {
        propose(contract, &self.vendor)
    }
}

fn node(change: &Change) -> (crate::Revision, String) {
    (change.document, change.pointer.clone())
}

/// Returns the vendor's document, with the servers of the contract if its own are relative or missing.
fn with_absolute_servers(vendor: &Document, contract: &Document) -> Document {
    let mut root = vendor.root().clone();
    let is_complete = root.get("servers").is_some_and(is_absolute);
    if let (false, Some(fields)) = (is_complete, root.as_object_mut()) {
        fields.shift_remove("servers");
        fields.extend(contract.root().get("servers").map(|servers| ("servers".to_owned(), servers.clone())));
    }
    vendor.with_root(root)
}
