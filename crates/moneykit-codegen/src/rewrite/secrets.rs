//! Makes secrets exactly what the secret type stands for.

use serde_json::{Map, Value};

use super::walk::{Object, schema_name, schemas};
use crate::wire::Wire;

/// Drops what the secret type does not check, so that no constraint turns a secret into a plain string.
///
/// A composition of one reference to a secret becomes that reference.
pub(super) fn secrets(root: &mut Value, wire: &mut Wire) {
    let mut names = Vec::new();
    for (name, schema) in root.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten()
    {
        if schema.as_object().is_some_and(is_secret) {
            names.push(name.clone());
        }
    }
    schemas(root, &mut |schema| {
        if is_secret(schema) {
            for keyword in ["minLength", "maxLength", "pattern", "default"] {
                if schema.shift_remove(keyword).is_some() {
                    wire.unenforced(keyword, "the secret type does not look at its value");
                }
            }
            return;
        }
        let is_alone = schema.keys().all(|keyword| COMPOSITION_OF_ONE.contains(&keyword.as_str()));
        let only_part = |keyword| match schema.get(keyword).and_then(Value::as_array).map(Vec::as_slice) {
            Some([part]) => Some(part.clone()),
            _ => None,
        };
        let part = ["allOf", "oneOf", "anyOf"].into_iter().find_map(only_part);
        if let Some(part) = part.filter(|_| is_alone)
            && schema_name(&part).is_some_and(|name| names.iter().any(|known| known == name))
            && schema.get("nullable").is_none()
        {
            *schema = Map::from_iter([("$ref".to_owned(), part["$ref"].clone())]);
        }
    });
}

const COMPOSITION_OF_ONE: [&str; 8] =
    ["allOf", "oneOf", "anyOf", "description", "title", "example", "readOnly", "writeOnly"];

pub(super) fn is_secret(schema: &Object) -> bool {
    let text = |field| schema.get(field).and_then(Value::as_str);
    text("format") == Some("password") && text("type") == Some("string")
}
