use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use quote::quote;
use schemars08::schema::{InstanceType, SchemaObject};
use serde_json::{Value, json};

use crate::contract::Contract;
use crate::error::{Error, Problem};
use crate::polish::polish;
use crate::tree::child;
use crate::walk::{Kind, Survey};

/// Writes the Rust source of the client that a contract describes, formatted and ready to be included.
///
/// The same contract gives the same text, byte for byte, on every machine. What the text offers behind
/// features of the crate that includes it: `schemars` derives `JsonSchema` on every type, and `httpmock`
/// brings typed helpers for mock servers.
///
/// # Errors
///
/// When the generator can't express a schema or an operation; the problem's place is that one's.
pub fn generate(contract: &Contract) -> Result<String, Error> {
    let (client, mocks) =
        run(contract.document()).map_err(|reason| contract.refuse(vec![blame(contract, &reason)]))?;
    polish(contract, client, &mocks).map_err(|error| {
        contract.refuse(vec![Problem::new(
            None,
            format!("the generated source does not parse: {error}"),
            "simplify the part of the contract that was changed last: the generator stumbles over it",
        )])
    })
}

/// The generator's settings; they exist here and nowhere else.
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
        // Without this, forgetting the hooks would send requests with no token, no bound and no word of it.
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(crate::Hooks))
        .with_conversion(secret, "crate::Secret", std::iter::empty::<TypeImpl>());
    settings
}

/// Makes the client and the helpers for mock servers, or says what the generator stumbled over.
fn run(document: &OpenAPI) -> Result<(TokenStream, TokenStream), String> {
    // The generator asserts where it could refuse. No state outlives the call, so unwinding leaves nothing torn.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut generator = Generator::new(&settings());
        let client = generator.generate_tokens(document)?;
        let mocks = generator.httpmock(document, "crate")?;
        Ok::<_, progenitor::Error>((client, mocks))
    }));
    match outcome {
        Ok(Ok(source)) => Ok(source),
        Ok(Err(error)) => Err(error.to_string()),
        Err(panic) => Err(panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("it gave no reason")
            .to_owned()),
    }
}

/// Finds what the generator stumbles over, by running it on ever less of the contract.
fn blame(contract: &Contract, reason: &str) -> Problem {
    let Ok(whole) = serde_json::to_value(contract.document()) else {
        return Problem::new(None, first_line(reason).to_owned(), "simplify what was changed last");
    };
    let survey = contract.survey();
    if fails(&excerpt(&whole, json!({}), None)).is_some() {
        return blame_schema(contract, &survey, &whole, reason);
    }
    for operation in &survey.operations {
        let (path, method) = (operation.path, operation.method());
        let item = &whole["paths"][path];
        let alone = json!({ path: { "parameters": item.get("parameters").unwrap_or(&json!([])), method: item[method] } });
        if let Some(reason) = fails(&excerpt(&whole, alone, None)) {
            return Problem::new(
                operation.entry.key_position,
                format!("the generator can't express {}: {}", operation.name(), first_line(&reason)),
                "write it in a way that progenitor supports: one body type, one success type, one error type",
            );
        }
    }
    Problem::new(
        contract.position("/paths"),
        format!("the generator can't express these operations together: {}", first_line(reason)),
        "simplify the operation that was changed last",
    )
}

/// Finds the schema that the generator can't express, by running it on each with those that it refers to. The
/// first of the smallest groups that fail is the one: whatever else fails refers to it.
fn blame_schema(contract: &Contract, survey: &Survey<'_>, whole: &Value, reason: &str) -> Problem {
    let names = survey.components(Kind::Schema).iter().map(|entry| entry.key.as_str());
    let mut groups: Vec<_> = names.map(|name| (name, with_referred(survey, name))).collect();
    groups.sort_by_key(|(_, group)| group.len());
    for (name, group) in groups {
        if let Some(reason) = fails(&excerpt(whole, json!({}), Some(&group))) {
            return Problem::new(
                contract.position(&child("/components/schemas", name)),
                format!("the generator can't express the schema `{name}`: {}", first_line(&reason)),
                "simplify the schema: progenitor knows plain types and objects best, and compositions of objects",
            );
        }
    }
    Problem::new(
        contract.position("/components/schemas"),
        format!("the generator can't express these schemas together: {}", first_line(reason)),
        "simplify the schema that was changed last",
    )
}

/// Lists a schema and all that it refers to, however far.
fn with_referred<'a>(survey: &Survey<'a>, name: &'a str) -> BTreeSet<&'a str> {
    let mut group = BTreeSet::new();
    let mut open = vec![name];
    while let Some(name) = open.pop() {
        let Some(schema) = survey.tree().at(&child("/components/schemas", name)) else { continue };
        if group.insert(name) {
            let references = Survey::of(survey.tree(), schema, Kind::Schema).references;
            let names = references.iter().filter_map(|found| found.target.rsplit('/').next());
            open.extend(names);
        }
    }
    group
}

/// Copies a document with other paths, and with some of its schemas alone.
fn excerpt(whole: &Value, paths: Value, schemas: Option<&BTreeSet<&str>>) -> Value {
    let mut part = whole.clone();
    part["paths"] = paths;
    if let (Some(names), Some(all)) = (schemas, part["components"]["schemas"].as_object_mut()) {
        all.retain(|name, _| names.contains(name.as_str()));
    }
    part
}

/// Says why the generator can't express a document, if it can't.
fn fails(document: &Value) -> Option<String> {
    let document: OpenAPI = serde_json::from_value(document.clone()).ok()?;
    run(&document).err()
}

fn first_line(reason: &str) -> &str {
    reason.lines().next().unwrap_or_default()
}
