//! Cuts a contract for some operations out of a vendor's document.

mod fields;
mod notes;
mod secrets;
mod security;
mod selection;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use moneykit_contract::{DanglingRef, Document, Unsupported, downgrade, extract};
use serde_json::{Value, json};

use crate::adapt::{add_missing_schemas, add_operation_ids, add_path_parameters};
use crate::check;
use crate::error::{Diagnostic, Error};
use crate::index::ContractIndex;

/// A contract that was cut out of a vendor's document, and what an author has to know about it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ExtractedContract {
    /// The contract, in OpenAPI 3.0.
    pub document: Document,
    /// What OpenAPI 3.0 can't express, and was dropped or changed.
    pub unsupported: Vec<Unsupported>,
    /// The references that do not resolve. [`Contract::parse`](crate::Contract::parse) rejects most of them.
    pub dangling: Vec<DanglingRef>,
    /// What the vendor's document does not describe, or describes in a way that the client can't follow, and what the
    /// contract has in its place: one sentence each.
    pub assumptions: Vec<String>,
    /// The JSON pointers (RFC 6901) of the schemas that were marked as secrets because of their names.
    pub secrets: Vec<String>,
    /// How often each field was dropped that the generator has no use for: extensions, callbacks and links.
    pub dropped: BTreeMap<String, usize>,
}

/// Cuts operations out of a vendor's document, with all that they refer to, and returns them as a contract.
///
/// An operation is named by its `operationId` or by its method and path: `get_link` or `GET /links/{id}`. The document
/// can be OpenAPI 3.0 or 3.1. Descriptions, examples, tags and servers stay as they are, and so do security schemes that
/// are bearer tokens. Properties that are named like secrets get `format: password`, see
/// [`unmarked_secrets`](crate::unmarked_secrets), unless the generator would refuse that. The result depends on the
/// document and the set of operations only.
///
/// The result is a draft for an author: [`Contract::from_document`](crate::Contract::from_document) checks it.
///
/// ```
/// use moneykit_codegen::{Contract, extract_contract};
/// use moneykit_contract::Document;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let vendor = Document::parse(
///     "vendor.yaml",
///     r"
/// openapi: 3.1.0
/// info: { title: Bank, version: '1' }
/// paths:
///   /links/{id}:
///     parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
///     get:
///       operationId: get_link
///       responses: { '200': { description: The link. } }
///     delete:
///       operationId: delete_link
///       responses: { '204': { description: Deleted. } }
/// ",
/// )?;
/// let extracted = extract_contract(&vendor, &["GET /links/{id}"])?;
///
/// let item = &extracted.document.root()["paths"]["/links/{id}"];
/// assert!(item.get("get").is_some() && item.get("delete").is_none());
/// Contract::from_document(extracted.document)?;
///
/// let error = extract_contract(&vendor, &["get_lnk"]).unwrap_err();
/// assert!(error.diagnostics()[0].help().contains("`get_link`"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Returns a diagnostic for each operation that the document does not have, with the names that are nearest, or an error
/// if no operation is named or the contract would be nested too deeply.
pub fn extract_contract(
    vendor: &Document,
    operations: &[impl AsRef<str>],
) -> Result<ExtractedContract, Error> {
    let selection = selection::select(vendor, operations)?;
    let subset = extract(vendor, &selection);
    let downgraded = downgrade(subset.document);
    let mut root = downgraded.document.root().clone();
    let mut dropped = BTreeMap::new();
    fields::keep_known(&mut root, &mut dropped);
    let mut assumptions = security::adapt(&mut root);
    assumptions.extend(describe_missing(&mut root, vendor)?);
    fields::sort(&mut root);

    // What only dropped fields referred to is no part of the contract.
    let document = document(vendor, root)?;
    let document = extract(&document, &selection).document;
    let (root, secrets) = secrets::mark(&document);
    let mut unsupported = downgraded.unsupported;
    unsupported.retain(|part| is_in(&root, &part.pointer));
    Ok(ExtractedContract {
        document: self::document(vendor, root)?,
        unsupported,
        dangling: subset.dangling,
        assumptions,
        secrets,
        dropped,
    })
}

/// Adds what a contract must describe and the vendor does not. Returns a sentence for each addition.
fn describe_missing(root: &mut Value, vendor: &Document) -> Result<Vec<String>, Error> {
    let mut assumptions = Vec::new();
    let ids = add_operation_ids(root);
    assumptions
        .extend(ids.into_iter().map(|(name, id)| format!("{name} has no operationId, and became `{id}`")));
    let parameters = add_path_parameters(root);
    assumptions.extend(
        parameters
            .into_iter()
            .map(|(name, parameter)| format!("{name} does not describe `{parameter}`: it is a string")),
    );
    let schemas = add_missing_schemas(root);
    assumptions.extend(
        schemas.into_iter().map(|name| format!("the schema `{name}` is not defined: it allows any value")),
    );
    let current = document(vendor, root.clone())?;
    let missing = check::missing_properties(&ContractIndex::new(&current, &current));
    for (schema, name) in missing {
        if let Some(fields) = root.pointer_mut(&schema).and_then(Value::as_object_mut)
            && let Some(properties) = fields.entry("properties").or_insert_with(|| json!({})).as_object_mut()
        {
            properties.insert(name.clone(), json!({}));
            assumptions
                .push(format!("{schema} requires `{name}` and does not describe it: it can have any value"));
        }
    }
    let url = root.pointer("/servers/0/url").and_then(Value::as_str);
    if !url.is_some_and(|url| url.starts_with("https://") || url.starts_with("http://")) {
        assumptions.push("no server has an absolute URL: add it to `servers`".to_owned());
    }
    Ok(assumptions)
}

fn document(vendor: &Document, root: Value) -> Result<Document, Error> {
    Document::new(vendor.name(), root)
        .map_err(|error| Error::new(vendor.name(), vec![Diagnostic::from(error)]))
}

/// Returns true unless a part of the subset belongs to a component that is no part of the contract.
///
/// A schema in `$defs` becomes a component that is named for its JSON pointer.
fn is_in(root: &Value, pointer: &str) -> bool {
    let Some(rest) = pointer.strip_prefix("/components/") else { return true };
    let (section, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let Some(components) = root["components"][section].as_object() else { return false };
    let mut name = String::new();
    rest.split('/').filter(|token| !["$defs", "definitions", "properties"].contains(token)).any(|token| {
        let token = token.replace("~1", "_").replace("~0", "_");
        name = if name.is_empty() { token } else { format!("{name}_{token}") };
        let is_this = |known: &String| {
            let number = known.strip_prefix(name.as_str());
            number.is_some_and(|rest| {
                rest.is_empty() || rest.strip_prefix('_').is_some_and(|number| number.parse::<u32>().is_ok())
            })
        };
        components.keys().any(is_this)
    })
}
