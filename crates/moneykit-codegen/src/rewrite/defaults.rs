//! Drops defaults that the generated client would send, or that do not fit their type.

use std::collections::HashSet;

use moneykit_contract::{Kind, follow};
use serde_json::Value;

use super::walk::{Object, nodes, operations, schemas, schemas_in};
use crate::wire::Wire;

/// Drops the defaults of everything that is sent: a field that the caller omits must be absent on the wire, and the
/// generated types would send its default. Other defaults are kept if they are values of their type.
pub(super) fn defaults(root: &mut Value, wire: &mut Wire) {
    let sent = sent(root);
    nodes(root, &mut |kind, fields| {
        if matches!(kind, Kind::Parameter | Kind::RequestBody) {
            for value in fields.values_mut() {
                drop_below(value, kind, wire);
            }
        }
    });
    if let Some(components) = root.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for (name, schema) in components {
            if sent.contains(name) {
                schemas_in(schema, &mut |schema| drop(schema, wire));
            }
        }
    }
    schemas(root, &mut |schema| {
        let is_fit = schema.get("default").is_none_or(|default| fits(schema, default));
        if !is_fit {
            drop(schema, wire);
        }
    });
}

fn drop(schema: &mut Object, wire: &mut Wire) {
    if schema.shift_remove("default").is_some() {
        wire.unenforced("default", "an omitted field is not sent, and the server knows its default");
    }
}

/// Drops the defaults in the schemas of a parameter or a request body.
fn drop_below(value: &mut Value, kind: Kind, wire: &mut Wire) {
    match kind {
        Kind::Parameter if value.is_object() => schemas_in(value, &mut |schema| drop(schema, wire)),
        Kind::RequestBody => {
            for media in value.as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
                if let Some(schema) = media.get_mut("schema") {
                    schemas_in(schema, &mut |schema| drop(schema, wire));
                }
            }
        }
        _ => {}
    }
}

/// Returns the names of the schemas that requests contain.
fn sent(root: &Value) -> HashSet<String> {
    let mut open: Vec<&Value> = Vec::new();
    for operation in operations(root) {
        open.extend(operation.get(root).get("parameters"));
        open.extend(operation.get(root).get("requestBody"));
        open.extend(root["paths"][&operation.path].get("parameters"));
    }
    let mut seen = HashSet::new();
    let mut names = HashSet::new();
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str)
                    && seen.insert(reference.to_owned())
                    && let Some((_, target)) = follow(root, reference)
                {
                    names.extend(reference.strip_prefix("#/components/schemas/").map(str::to_owned));
                    open.push(target);
                }
                let data = ["example", "examples", "default", "enum"];
                open.extend(
                    fields.iter().filter(|(name, _)| !data.contains(&name.as_str())).map(|(_, value)| value),
                );
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    names
}

/// Returns true if the generator accepts a default for a schema.
fn fits(schema: &Object, default: &Value) -> bool {
    let has = |keyword: &str| schema.contains_key(keyword);
    match (schema.get("type").and_then(Value::as_str), default) {
        (Some("string"), Value::String(text)) => {
            let values = schema.get("enum").and_then(Value::as_array);
            let is_value = values.is_none_or(|values| values.iter().any(|value| value == text));
            is_value && !has("format") && !has("pattern") && !has("minLength") && !has("maxLength")
        }
        (Some("boolean"), Value::Bool(_)) => true,
        (Some("integer"), Value::Number(number)) => {
            number.as_i64().is_some_and(|number| (0..1_000_000).contains(&number))
                && !has("minimum")
                && !has("maximum")
        }
        (Some("number"), Value::Number(_)) => !has("minimum") && !has("maximum"),
        _ => false,
    }
}
