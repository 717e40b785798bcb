//! Runs the generator, and locates what it can't express.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use moneykit_contract::{Kind, child};
use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use quote::quote;
use schemars08::schema::{InstanceType, SchemaObject};
use serde_json::{Value, json};

use crate::contract::Contract;
use crate::error::{Diagnostic, Error};
use crate::index::ContractIndex;
use crate::postprocess::postprocess;

/// Returns the Rust source of the client for a contract, formatted and ready to be included.
///
/// The same contract generates the same text, byte for byte, on every machine. Two features of the crate that
/// includes the text add to it: `schemars` derives `JsonSchema` on every type, and `httpmock` adds typed helpers
/// for mock servers.
///
/// # Errors
///
/// Returns a diagnostic at the schema or the operation that the generator can't express.
pub fn generate(contract: &Contract) -> Result<String, Error> {
    let (client, mocks) =
        run(contract.model()).map_err(|reason| contract.reject(locate(contract, &reason)))?;
    postprocess(contract, client, &mocks).map_err(|error| {
        contract.reject(Diagnostic::new(
            None,
            format!("the generated source does not parse: {error}"),
            "simplify the part of the contract that changed last: the generator does not support it",
        ))
    })
}

/// Returns the settings of the generator. No other code configures it.
fn settings() -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    let secret = SchemaObject {
        instance_type: Some(InstanceType::String.into()),
        format: Some("password".to_owned()),
        ..SchemaObject::default()
    };
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Merged)
        // With this, missing hooks are a compile error. Without it, requests would have no token and no timeout.
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(crate::Hooks))
        .with_conversion(secret, "crate::Secret", std::iter::empty::<TypeImpl>());
    settings
}

/// Generates the client and the helpers for mock servers. The error is the generator's reason.
fn run(model: &OpenAPI) -> Result<(TokenStream, TokenStream), String> {
    // The generator panics on some contracts. No state outlives the call, so unwinding can't corrupt anything.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut generator = Generator::new(&settings());
        let client = generator.generate_tokens(model)?;
        let mocks = generator.httpmock(model, "crate")?;
        Ok::<_, progenitor::Error>((client, mocks))
    }));
    match outcome {
        Ok(Ok(source)) => Ok(source),
        Ok(Err(error)) => Err(error.to_string()),
        Err(panic) => Err(panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("unknown reason")
            .to_owned()),
    }
}

/// Locates what the generator can't express, by running it on smaller and smaller parts of the contract.
fn locate(contract: &Contract, reason: &str) -> Diagnostic {
    let Ok(whole) = serde_json::to_value(contract.model()) else {
        return Diagnostic::new(None, first_line(reason).to_owned(), "simplify the part that changed last");
    };
    let index = contract.index();
    if failure(&excerpt(&whole, json!({}), None)).is_some() {
        return locate_schema(contract, &index, &whole, reason);
    }
    for operation in index.operations() {
        let (path, method) = (operation.path(), operation.method());
        let item = &whole["paths"][path];
        let parameters = item.get("parameters").cloned().unwrap_or_else(|| json!([]));
        let alone = json!({ path: { "parameters": parameters, method: item[method] } });
        if let Some(reason) = failure(&excerpt(&whole, alone, None)) {
            return Diagnostic::new(
                contract.position(&operation.node.pointer),
                format!("the generator can't express {}: {}", operation.name(), first_line(&reason)),
                "use what progenitor supports: one body type, one success type, one error type",
            );
        }
    }
    Diagnostic::new(
        contract.position("/paths"),
        format!("the generator can't express these operations together: {}", first_line(reason)),
        "simplify the operation that changed last",
    )
}

/// Locates the schema that the generator can't express, by running it on each schema with those that it refers to.
/// The first of the smallest groups that fail is the culprit: every other failing schema refers to it.
fn locate_schema(contract: &Contract, index: &ContractIndex<'_>, whole: &Value, reason: &str) -> Diagnostic {
    let names = index.components(Kind::Schema).map(|schema| schema.name.as_str());
    let mut groups: Vec<_> = names.map(|name| (name, with_references(index, name))).collect();
    groups.sort_by_key(|(_, group)| group.len());
    for (name, group) in groups {
        if let Some(reason) = failure(&excerpt(whole, json!({}), Some(&group))) {
            return Diagnostic::new(
                contract.position(&child("/components/schemas", name)),
                format!("the generator can't express the schema `{name}`: {}", first_line(&reason)),
                "simplify the schema: progenitor supports plain types, objects, and compositions of objects",
            );
        }
    }
    Diagnostic::new(
        contract.position("/components/schemas"),
        format!("the generator can't express these schemas together: {}", first_line(reason)),
        "simplify the schema that changed last",
    )
}

/// Returns the names of a schema and of all schemas that it refers to, directly or indirectly.
fn with_references<'i>(index: &'i ContractIndex<'_>, name: &'i str) -> BTreeSet<&'i str> {
    let mut group = BTreeSet::new();
    let mut open = vec![name];
    while let Some(name) = open.pop() {
        let pointer = child("/components/schemas", name);
        if index.root().pointer(&pointer).is_none() || !group.insert(name) {
            continue;
        }
        let is_inside = |other: &str| {
            other.strip_prefix(&pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let references = index.references().filter(|(node, _)| is_inside(&node.pointer));
        open.extend(references.filter_map(|(_, reference)| reference.rsplit('/').next()));
    }
    group
}

/// Returns a copy of a document with other paths and, optionally, only some of its schemas.
fn excerpt(whole: &Value, paths: Value, schemas: Option<&BTreeSet<&str>>) -> Value {
    let mut part = whole.clone();
    part["paths"] = paths;
    if let (Some(names), Some(all)) = (schemas, part["components"]["schemas"].as_object_mut()) {
        all.retain(|name, _| names.contains(name.as_str()));
    }
    part
}

/// Returns the reason why the generator can't express a document, or `None` if it can.
fn failure(document: &Value) -> Option<String> {
    let model: OpenAPI = serde_json::from_value(document.clone()).ok()?;
    run(&model).err()
}

fn first_line(reason: &str) -> &str {
    reason.lines().next().unwrap_or_default()
}
