//! Separates compositions from the keywords beside them.

use serde_json::{Map, Value, json};

use super::walk::{Object, is_reference, schemas};
use crate::wire::Wire;

/// Gives every schema either a type or one composition.
///
/// The typed model has no schema with both. Keywords beside a composition become a part of an `allOf`, which means
/// the same. A composition that only demands certain properties, and `not`, describe no other value than the rest of
/// the schema does, so they are dropped. So is a part of an `allOf` that only describes the others in words: the
/// generator would make a new type of both, where the other part alone is a component.
pub(super) fn composition(root: &mut Value, wire: &mut Wire) {
    schemas(root, &mut |schema| separate(schema, wire));
}

/// The keywords that describe the values of one type.
pub(super) const STRUCTURE: [&str; 17] = [
    "type",
    "format",
    "enum",
    "properties",
    "required",
    "additionalProperties",
    "minProperties",
    "maxProperties",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
];
const COMPOSITION: [&str; 3] = ["allOf", "oneOf", "anyOf"];

fn separate(schema: &mut Object, wire: &mut Wire) {
    if schema.shift_remove("not").is_some() {
        wire.unenforced("not", "no Rust type excludes values");
    }
    for keyword in ["oneOf", "anyOf"] {
        let Some(branches) = schema.get(keyword).and_then(Value::as_array) else { continue };
        let has_more = schema.keys().any(|other| {
            other != keyword && (STRUCTURE.contains(&other.as_str()) || COMPOSITION.contains(&other.as_str()))
        });
        if has_more && !branches.is_empty() && branches.iter().all(only_demands) {
            schema.shift_remove(keyword);
            wire.unenforced(keyword, "it only demands that certain properties are present");
        }
    }
    let compositions = COMPOSITION.into_iter().filter(|keyword| {
        schema.get(*keyword).and_then(Value::as_array).is_some_and(|parts| !parts.is_empty())
    });
    let compositions: Vec<&str> = compositions.collect();
    if compositions.is_empty() {
        return;
    }
    lift_annotations(schema);
    push_type_down(schema);
    open_parts(schema, wire);

    let structure = STRUCTURE.into_iter().filter(|keyword| schema.contains_key(*keyword));
    let structure: Vec<&str> = structure.collect();
    let is_type_alone = structure == ["type"];
    if is_type_alone {
        schema.shift_remove("type");
    }
    let mut part = Map::new();
    if !is_type_alone {
        for keyword in structure {
            part.extend(schema.shift_remove(keyword).map(|value| (keyword.to_owned(), value)));
        }
    }
    if part.shift_remove("additionalProperties").is_some_and(|value| value != Value::Bool(false)) {
        // Further properties of any kind are what an open object allows anyway.
        wire.unenforced("additionalProperties", "a composed type ignores further properties");
    }
    if part.get("type").is_none() && part.len() == 1 && part.contains_key("required") {
        part.insert("type".to_owned(), json!("object"));
    }
    if part.is_empty() && compositions.len() == 1 {
        return;
    }
    let mut parts = match schema.shift_remove("allOf") {
        Some(Value::Array(parts)) => parts,
        _ => Vec::new(),
    };
    for keyword in ["oneOf", "anyOf"] {
        let Some(branches) = schema.shift_remove(keyword) else { continue };
        let mut inner = Map::from_iter([(keyword.to_owned(), branches)]);
        inner.extend(schema.shift_remove("discriminator").map(|value| ("discriminator".to_owned(), value)));
        parts.push(Value::Object(inner));
    }
    if !part.is_empty() {
        parts.push(Value::Object(part));
    }
    schema.insert("allOf".to_owned(), Value::Array(parts));
}

/// Returns true if a branch demands properties, but describes none.
fn only_demands(branch: &Value) -> bool {
    const DEMANDS: [&str; 7] =
        ["required", "not", "title", "description", "minProperties", "maxProperties", "type"];
    let Some(fields) = branch.as_object() else { return false };
    let is_demand = |name: &str| {
        DEMANDS.contains(&name) || name.starts_with("x-") || (COMPOSITION.contains(&name) || name == "anyOf")
    };
    !is_reference(fields)
        && (fields.contains_key("required") || fields.contains_key("not") || nested_demands(fields))
        && fields.keys().all(|name| is_demand(name))
        && COMPOSITION.iter().all(|keyword| {
            fields.get(*keyword).and_then(Value::as_array).is_none_or(|parts| parts.iter().all(only_demands))
        })
}

fn nested_demands(fields: &Object) -> bool {
    COMPOSITION.iter().any(|keyword| fields.contains_key(*keyword))
}

/// Moves the annotations of parts that have nothing else from an `allOf` to its schema.
fn lift_annotations(schema: &mut Object) {
    const ANNOTATIONS: [&str; 7] =
        ["title", "description", "example", "externalDocs", "deprecated", "readOnly", "writeOnly"];
    let is_annotation = |name: &String| ANNOTATIONS.contains(&name.as_str()) || name.starts_with("x-");
    let is_lifted = |part: &Value| part.as_object().is_some_and(|fields| fields.keys().all(is_annotation));
    let Some(parts) = schema.get_mut("allOf").and_then(Value::as_array_mut) else { return };
    if parts.iter().all(is_lifted) {
        return;
    }
    let lifted: Vec<Value> = parts.extract_if(.., |part| is_lifted(part)).collect();
    for (name, value) in lifted.into_iter().filter_map(|part| part.as_object().cloned()).flatten() {
        schema.entry(name).or_insert(value);
    }
}

/// Gives the type of a schema to the parts of its composition that have none.
fn push_type_down(schema: &mut Object) {
    let Some(kind) = schema.get("type").filter(|kind| kind.is_string()).cloned() else { return };
    for keyword in COMPOSITION {
        let parts = schema.get_mut(keyword).and_then(Value::as_array_mut).into_iter().flatten();
        for part in parts.filter_map(Value::as_object_mut) {
            let is_typed = part.contains_key("type")
                || is_reference(part)
                || COMPOSITION.iter().any(|keyword| part.contains_key(*keyword));
            if !is_typed {
                part.insert("type".to_owned(), kind.clone());
            }
        }
    }
}

/// Opens the parts of an `allOf`: a closed part would exclude the properties of the others.
fn open_parts(schema: &mut Object, wire: &mut Wire) {
    for part in schema.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(part) = part.as_object_mut() else { continue };
        if part.get("additionalProperties") == Some(&Value::Bool(false)) {
            part.shift_remove("additionalProperties");
            wire.unenforced(
                "additionalProperties",
                "a closed part would exclude the properties of the others",
            );
        }
    }
}
