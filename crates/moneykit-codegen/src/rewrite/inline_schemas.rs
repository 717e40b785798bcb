//! Makes the schemas of bodies components.

use std::collections::HashMap;

use heck::ToPascalCase;
use serde_json::{Map, Value, json};

use super::walk::{Operation, free_name, is_reference, operations, section_mut};
use crate::check::drop_annotations;
use crate::wire::Wire;

/// Moves the inline schemas of request and response bodies that become types to the components, with the names that the
/// generator gives these types.
///
/// The generated types are compared with the contract by component. An inline schema would be compared with nothing.
pub(super) fn inline_schemas(root: &mut Value, _: &mut Wire) {
    // Responses of an operation with equal schemas must have one type.
    let mut shared = HashMap::new();
    for (section, suffix) in [("requestBodies", "Body"), ("responses", "Response")] {
        shared.clear();
        let names = root["components"][section].as_object().into_iter().flatten();
        let names: Vec<String> = names.map(|(name, _)| name.clone()).collect();
        for name in names {
            let pointer = moneykit_contract::child(&format!("/components/{section}"), &name);
            let base = format!("{}{suffix}", name.to_pascal_case());
            body(root, &pointer, &base, &mut shared);
        }
    }
    for operation in operations(root) {
        let pascal = operation.id(root).to_pascal_case();
        body(root, &pointer(&operation, "requestBody"), &format!("{pascal}Body"), &mut HashMap::new());
        let mut known = shared.clone();
        let statuses = operation.get(root)["responses"].as_object().into_iter().flatten();
        let statuses: Vec<String> = statuses.map(|(status, _)| status.clone()).collect();
        for status in statuses {
            let pointer = moneykit_contract::child(&pointer(&operation, "responses"), &status);
            body(root, &pointer, &format!("{pascal}Response"), &mut known);
        }
    }
}

fn pointer(operation: &Operation, field: &str) -> String {
    let path = moneykit_contract::child("/paths", &operation.path);
    format!("{path}/{}/{field}", operation.method)
}

/// The names of components by their schemas.
type Known = HashMap<String, String>;

/// Moves the schemas of a request body or a response.
fn body(root: &mut Value, pointer: &str, name: &str, known: &mut Known) {
    let content = root.pointer_mut(&format!("{pointer}/content")).and_then(Value::as_object_mut);
    let mut moved = Vec::new();
    for (media_type, media) in content.into_iter().flatten() {
        const TYPED: [&str; 2] = ["application/json", "application/x-www-form-urlencoded"];
        if TYPED.contains(&media_type.as_str())
            && let Some(schema) = media.get_mut("schema")
        {
            moved.push((media_type.clone(), std::mem::take(schema)));
        }
    }
    for (media_type, mut schema) in moved {
        move_types(root, &mut schema, name, known);
        let pointer = moneykit_contract::child(&format!("{pointer}/content"), &media_type);
        if let Some(media) = root.pointer_mut(&pointer) {
            media["schema"] = schema;
        }
    }
}

/// Moves a schema, or those of its items, to the components.
fn move_types(root: &mut Value, schema: &mut Value, name: &str, known: &mut Known) {
    let Some(fields) = schema.as_object_mut().filter(|fields| !is_reference(fields)) else { return };
    if let Some(items) = fields.get_mut("items") {
        return move_types(root, items, &format!("{name}Item"), known);
    }
    if !is_type(fields) {
        if let Some(values) = fields.get_mut("additionalProperties") {
            move_types(root, values, &format!("{name}Value"), known);
        }
        return;
    }
    let mut simplified = schema.clone();
    drop_annotations(&mut simplified);
    let key = simplified.to_string();
    let component = if let Some(component) = known.get(&key) {
        component.clone()
    } else {
        let component = free_name(root, name);
        let Some(schemas) = section_mut(root, "schemas") else { return };
        schemas.insert(component.clone(), schema.clone());
        known.insert(key, component.clone());
        component
    };
    *schema = json!({ "$ref": format!("#/components/schemas/{component}") });
}

/// Returns true if the generator makes a named type of a schema.
fn is_type(schema: &Map<String, Value>) -> bool {
    let has_any = |keyword: &str| match schema.get(keyword) {
        Some(Value::Object(fields)) => !fields.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        _ => false,
    };
    ["properties", "enum", "allOf", "oneOf", "anyOf"].into_iter().any(has_any)
}
