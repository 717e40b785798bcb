//! Drops constraints on values of another type.

use moneykit_contract::resolve;
use serde_json::Value;

use super::types::implied;
use super::walk::{is_reference, schemas};
use crate::wire::Wire;

/// Drops the parts of an `allOf` that only constrain values of another type than the one that the other parts have, such
/// as a `maxLength` beside a reference to an object. They exclude no value, but the generator would merge the types to
/// one that has no value.
pub(super) fn constraints(root: &mut Value, wire: &mut Wire) {
    let before = root.clone();
    schemas(root, &mut |schema| {
        let beside = schema.get("type").and_then(Value::as_str).map(str::to_owned);
        let Some(parts) = schema.get_mut("allOf").and_then(Value::as_array_mut) else { return };
        let Some(kind) = beside.or_else(|| parts.iter().find_map(|part| kind(&before, part, 0))) else {
            return;
        };
        parts.retain(|part| {
            let is_foreign = untyped(part).is_some_and(|implied| !is_same(implied, &kind));
            if is_foreign {
                wire.unenforced("allOf", "a part constrains values of another type only");
            }
            !is_foreign
        });
    });
}

/// Returns the type that a schema declares, directly or in the parts of its `allOf`.
fn kind(root: &Value, schema: &Value, depth: usize) -> Option<String> {
    let schema = resolve(root, schema).filter(|_| depth < 20)?;
    if let Some(kind) = schema.get("type").and_then(Value::as_str) {
        return Some(kind.to_owned());
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        return parts.iter().find_map(|part| kind(root, part, depth + 1));
    }
    schema.get("properties").map(|_| "object".to_owned())
}

/// Returns the type that the constraints of a part without a type apply to.
fn untyped(part: &Value) -> Option<&'static str> {
    let fields = part.as_object().filter(|fields| !is_reference(fields))?;
    let describes = ["type", "properties", "items", "allOf", "oneOf", "anyOf"];
    if describes.iter().any(|keyword| fields.contains_key(*keyword)) {
        return None;
    }
    implied(fields)
}

fn is_same(one: &str, other: &str) -> bool {
    let is_number = |kind: &str| ["integer", "number"].contains(&kind);
    one == other || (is_number(one) && is_number(other))
}
