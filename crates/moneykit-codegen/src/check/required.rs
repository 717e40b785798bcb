//! Checks that required properties exist.

use std::collections::HashSet;

use moneykit_contract::{Kind, NodeRef, child};
use serde_json::Value;

use crate::error::Diagnostic;
use crate::index::{ContractIndex, parts};

/// Rejects required properties that do not exist: usually one of the two names is misspelled.
///
/// A part of a composition may require a property of another part, and an object with additional properties may
/// require one of them.
pub(super) fn required(index: &ContractIndex<'_>) -> Vec<Diagnostic> {
    let missing = missing(index).into_iter();
    let diagnostics = missing.map(|(schema, number, name)| {
        Diagnostic::new(
            index.value_position(&format!("{}/{number}", child(&schema.pointer, "required"))),
            format!("the required property `{name}` does not exist"),
            "correct the name, or add it to the `properties`",
        )
    });
    diagnostics.collect()
}

/// Lists the required properties that do not exist in schemas that are no composition, each with the JSON pointer to the
/// schema.
pub(crate) fn missing_properties(index: &ContractIndex<'_>) -> Vec<(String, String)> {
    let missing = missing(index).into_iter().filter(|(schema, ..)| parts(schema).next().is_none());
    missing.map(|(schema, _, name)| (schema.pointer.clone(), name.to_owned())).collect()
}

/// Lists the required properties that do not exist: the schema, and the number and the text in its list.
fn missing<'i, 'a>(index: &'i ContractIndex<'a>) -> Vec<(&'i NodeRef<'a>, usize, &'a str)> {
    let parts = index.definitions(Kind::Schema).flat_map(parts);
    let composed: HashSet<String> =
        parts.filter_map(|part| index.resolve(&part)).map(|part| part.pointer).collect();

    let mut missing = Vec::new();
    let schemas = index.definitions(Kind::Schema);
    for schema in schemas.filter(|schema| !composed.contains(&schema.pointer) && !is_open(schema.value)) {
        let exists =
            |name: &str| schema.value.get("properties").is_some_and(|known| known.get(name).is_some());
        let names = schema.value.get("required").and_then(Value::as_array).into_iter().flatten();
        let names = names.enumerate().filter_map(|(number, name)| Some((number, name.as_str()?)));
        missing.extend(names.filter(|(_, name)| !exists(name)).map(|(number, name)| (schema, number, name)));
    }
    missing
}

/// Returns true if a schema declares that it allows additional properties.
fn is_open(schema: &Value) -> bool {
    !matches!(schema.get("additionalProperties"), None | Some(Value::Bool(false)))
}
