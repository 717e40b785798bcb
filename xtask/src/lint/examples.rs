use moneykit_contract::Kind;
use serde_json::Value;

use super::context::{Diagnostic, LintContext, name_of};

/// Every property, parameter, header and named schema shows what a value looks like.
///
/// What is made of parts that show it needs no example of its own: a `$ref` (the schema that it names is
/// asked), an object with properties (each is asked), a list or map whose values show one, and a composition
/// of which a part does. An object of anything has no such parts.
pub(super) fn examples(context: &LintContext<'_>) -> Vec<Diagnostic> {
    let asked = context.written().filter(|place| place.kind != Kind::Response);
    asked
        .filter(|place| !shows_a_value(place.value))
        .filter_map(|place| {
            Some(Diagnostic::new(
                &place.pointer,
                format!("{} has no example", name_of(place)?),
                "add an `example`: a value as it would really be, with made-up data",
            ))
        })
        .collect()
}

/// Says whether a schema, or a parameter, header or media type with one, shows a value.
fn shows_a_value(holder: &Value) -> bool {
    let has_entries = |field| holder.get(field).and_then(Value::as_object).is_some_and(|map| !map.is_empty());
    let shows = |field| holder.get(field).is_some_and(shows_a_value);
    let part_shows = |keyword| {
        holder.get(keyword).and_then(Value::as_array).is_some_and(|parts| parts.iter().any(shows_a_value))
    };
    let content = holder.get("content").and_then(Value::as_object);
    holder.get("$ref").is_some()
        || holder.get("example").is_some()
        || ["examples", "properties"].into_iter().any(has_entries)
        || ["schema", "items", "additionalProperties"].into_iter().any(shows)
        || ["allOf", "oneOf", "anyOf"].into_iter().any(part_shows)
        || content.is_some_and(|content| content.values().any(shows_a_value))
}
