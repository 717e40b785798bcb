//! Lint rule: everything that has a value has an example.

use moneykit_contract::Kind;
use serde_json::Value;

use super::context::{Diagnostic, LintContext, name_of};

/// Reports properties, parameters, headers and named schemas without an example.
///
/// A node whose parts have examples needs none: a `$ref` (its target is checked), an object with properties (each is
/// checked), an array or map whose values have an example, and a composition of which a part has one.
/// A file needs none either.
pub(super) fn examples(context: &LintContext<'_>) -> Vec<Diagnostic> {
    let nodes = context.definitions().filter(|node| node.kind != Kind::Response);
    nodes
        .filter(|node| !has_example(node.value))
        .filter_map(|node| {
            Some(Diagnostic::new(
                &node.pointer,
                format!("{} has no example", name_of(node)?),
                "add a realistic `example` with made-up data",
            ))
        })
        .collect()
}

/// Returns true if a schema, or a parameter, header or media type that has one, has an example or parts that do.
fn has_example(holder: &Value) -> bool {
    let has_entries = |field| holder.get(field).and_then(Value::as_object).is_some_and(|map| !map.is_empty());
    let field_has_example = |field| holder.get(field).is_some_and(has_example);
    let part_has_example = |keyword| {
        holder.get(keyword).and_then(Value::as_array).is_some_and(|parts| parts.iter().any(has_example))
    };
    let content = holder.get("content").and_then(Value::as_object);
    // Bytes have no example that a contract could contain.
    let is_binary = holder.get("format").is_some_and(|format| format == "binary");
    is_binary
        || holder.get("$ref").is_some()
        || holder.get("example").is_some()
        || ["examples", "properties"].into_iter().any(has_entries)
        || ["schema", "items", "additionalProperties"].into_iter().any(field_has_example)
        || ["allOf", "oneOf", "anyOf"].into_iter().any(part_has_example)
        || content.is_some_and(|content| content.values().any(has_example))
}
