//! Checks that required properties exist.

use std::collections::HashSet;

use moneykit_contract::{Kind, child};
use serde_json::Value;

use crate::error::Diagnostic;
use crate::index::{ContractIndex, parts};

/// Rejects required properties that do not exist: usually one of the two names is misspelled.
///
/// A part of a composition may require a property of another part, and an object with additional properties may
/// require one of them.
pub(super) fn required(index: &ContractIndex<'_>) -> Vec<Diagnostic> {
    let parts = index.definitions(Kind::Schema).flat_map(parts);
    let composed: HashSet<String> =
        parts.filter_map(|part| index.resolve(&part)).map(|part| part.pointer).collect();

    let mut diagnostics = Vec::new();
    let schemas = index.definitions(Kind::Schema);
    for schema in schemas.filter(|schema| !composed.contains(&schema.pointer) && !is_open(schema.value)) {
        let exists =
            |name: &str| schema.value.get("properties").is_some_and(|known| known.get(name).is_some());
        let names = schema.value.get("required").and_then(Value::as_array).into_iter().flatten();
        for (i, name) in names.enumerate() {
            if let Some(name) = name.as_str().filter(|name| !exists(name)) {
                diagnostics.push(Diagnostic::new(
                    index.value_position(&format!("{}/{i}", child(&schema.pointer, "required"))),
                    format!("the required property `{name}` does not exist"),
                    "correct the name, or add it to the `properties`",
                ));
            }
        }
    }
    diagnostics
}

/// Returns true if a schema declares that it allows additional properties.
fn is_open(schema: &Value) -> bool {
    !matches!(schema.get("additionalProperties"), None | Some(Value::Bool(false)))
}
