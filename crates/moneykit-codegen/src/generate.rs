//! Runs the generator, and locates what it can't express.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use moneykit_contract::{Kind, child};
use openapiv3::{OpenAPI, ReferenceOr};
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use quote::quote;
use schemars08::schema::{InstanceType, SchemaObject};
use serde_json::{Value, json};

use crate::contract::Contract;
use crate::error::{Diagnostic, Error};
use crate::index::ContractIndex;
use crate::postprocess::{format, postprocess};
use crate::quiet::quietly;
use crate::rewrite::FILE_FORMAT;
use crate::wire::Wire;

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
    generate_as(contract, |file| format(&file, "spec/openapi.yaml by `cargo xtask regen`"))
}

/// Returns the source of the client as `finish` writes it.
pub(crate) fn generate_as(
    contract: &Contract,
    finish: impl Fn(syn::File) -> String + Send,
) -> Result<String, Error> {
    match attempt(contract, finish) {
        Ok(source) => Ok(source),
        Err(Failure::Located(diagnostic)) => Err(contract.reject(diagnostic)),
        Err(Failure::Unlocated(reason)) => Err(contract.reject(locate(contract, &reason))),
    }
}

/// Returns what [`generate`] returns, or only the reason why that fails: to locate the part at fault takes much longer
/// than to generate.
///
/// # Errors
///
/// Returns the reason in one line.
pub fn try_generate(contract: &Contract) -> Result<String, String> {
    attempt(contract, |file| format(&file, "a contract")).map_err(|failure| match failure {
        Failure::Located(diagnostic) => diagnostic.message().to_owned(),
        Failure::Unlocated(reason) => first_line(&reason).to_owned(),
    })
}

enum Failure {
    Located(Diagnostic),
    /// The reason of the generator, which does not say where.
    Unlocated(String),
}

fn attempt(contract: &Contract, finish: impl Fn(syn::File) -> String + Send) -> Result<String, Failure> {
    // A syntax tree can't leave the thread that made it.
    let generated = quietly(|| {
        let (client, mocks) = run(contract.generator_model(), contract.wire())?;
        Ok(postprocess(contract, client, &mocks).map(finish))
    });
    generated.and_then(|generated| generated).map_err(Failure::Unlocated)?.map_err(Failure::Located)
}

/// Returns the settings of the generator. No other code configures it.
fn settings(wire: &Wire) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    let text = |format: &str| SchemaObject {
        instance_type: Some(InstanceType::String.into()),
        format: Some(format.to_owned()),
        ..SchemaObject::default()
    };
    let no_impls = std::iter::empty::<TypeImpl>;
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Merged)
        // With this, missing hooks are a compile error. Without it, requests would have no token and no timeout.
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(crate::Hooks))
        .with_conversion(text("password"), "crate::Secret", no_impls())
        .with_conversion(text(FILE_FORMAT), "super::multipart::File", no_impls());
    for (stand_in, component) in &wire.stand_ins {
        let component = type_name(component);
        settings.with_replacement(type_name(stand_in), format!("super::types::{component}"), no_impls());
    }
    let responses = wire.operations.values().flat_map(|notes| [&notes.success, &notes.error]);
    for responses in responses.flatten() {
        settings.with_replacement(
            type_name(&responses.name),
            format!("super::responses::{}", responses.name),
            no_impls(),
        );
    }
    settings
}

/// Returns the name that the generator gives the type of a component.
fn type_name(component: &str) -> String {
    component.replace(|c: char| !c.is_alphanumeric() && c != '_', "-").to_pascal_case()
}

/// Generates the client and the helpers for mock servers. The error is the generator's reason.
fn run(model: &OpenAPI, wire: &Wire) -> Result<(TokenStream, TokenStream), String> {
    let mut generator = Generator::new(&settings(wire));
    let client = generator.generate_tokens(model).map_err(|error| error.to_string())?;
    let mocks =
        generator.httpmock(&without_notes(model, wire), "crate").map_err(|error| error.to_string())?;
    Ok((client, mocks))
}

/// Returns a model without the operations whose generated source is corrected: the helpers for mock servers would
/// describe what the generator alone would send.
fn without_notes(model: &OpenAPI, wire: &Wire) -> OpenAPI {
    let mut model = model.clone();
    if wire.operations.is_empty() {
        return model;
    }
    for item in model.paths.paths.values_mut() {
        let ReferenceOr::Item(item) = item else { continue };
        for operation in [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.options,
            &mut item.head,
            &mut item.patch,
            &mut item.trace,
        ] {
            let id = operation.as_ref().and_then(|operation| operation.operation_id.as_deref());
            if id.is_some_and(|id| wire.operations.contains_key(id)) {
                *operation = None;
            }
        }
    }
    model
}

/// Locates what the generator can't express, by running it on smaller and smaller parts of the contract.
fn locate(contract: &Contract, reason: &str) -> Diagnostic {
    let Ok(whole) = serde_json::to_value(contract.generator_model()) else {
        return Diagnostic::new(None, first_line(reason).to_owned(), "simplify the part that changed last");
    };
    let index = contract.index();
    if failure(&excerpt(&whole, json!({}), None), contract.wire()).is_some() {
        return locate_schema(contract, &index, &whole, reason);
    }
    for operation in index.operations() {
        let (path, method) = (operation.path(), operation.method());
        let item = &whole["paths"][path];
        let parameters = item.get("parameters").cloned().unwrap_or_else(|| json!([]));
        let alone = json!({ path: { "parameters": parameters, method: item[method] } });
        if let Some(reason) = failure(&excerpt(&whole, alone, None), contract.wire()) {
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
        if let Some(reason) = failure(&excerpt(whole, json!({}), Some(&group)), contract.wire()) {
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
fn failure(document: &Value, wire: &Wire) -> Option<String> {
    let model: OpenAPI = serde_json::from_value(document.clone()).ok()?;
    quietly(|| run(&model, wire).map(drop)).and_then(|outcome| outcome).err()
}

fn first_line(reason: &str) -> &str {
    reason.lines().next().unwrap_or_default()
}
