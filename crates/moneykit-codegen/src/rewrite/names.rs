//! Gives schemas and properties names that differ in Rust.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::walk::{Object, nodes, schemas, section_mut};
use crate::check::{folded, snake_case};
use crate::wire::Wire;

/// Renames schemas and properties whose names would be the same in Rust. The name of a property is restored in the
/// generated source; that of a schema is no part of any message.
pub(super) fn names(root: &mut Value, wire: &mut Wire) {
    components(root);
    let mut count = 0;
    schemas(root, &mut |schema| properties(schema, wire, &mut count));
}

fn components(root: &mut Value) {
    let derived = derived_names(root);
    let Some(schemas) = section_mut_if_any(root) else { return };
    let mut taken = HashSet::new();
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    for name in schemas.keys() {
        let legal: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' })
            .collect();
        let mut free = legal.clone();
        let mut count = 1;
        while folded(&free).is_empty() || taken.contains(&folded(&free)) || derived.contains(&folded(&free)) {
            count += 1;
            free = format!("{legal}V{count}");
        }
        taken.insert(folded(&free));
        if free != *name {
            renamed.insert(name.clone(), free);
        }
    }
    if renamed.is_empty() {
        return;
    }
    let entries = std::mem::take(schemas);
    for (name, schema) in entries {
        let name = renamed.get(&name).cloned().unwrap_or(name);
        schemas.insert(name, schema);
    }
    nodes(root, &mut |_, fields| {
        if let Some(Value::String(reference)) = fields.get_mut("$ref")
            && let Some(name) = reference.strip_prefix("#/components/schemas/")
            && let Some(renamed) = renamed.get(name)
        {
            *reference = format!("#/components/schemas/{renamed}");
        }
    });
}

/// Returns the folded names that the generator derives for the types of inner schemas: those of the component and of the
/// property.
fn derived_names(root: &Value) -> HashSet<String> {
    let mut derived = HashSet::new();
    let schemas = root.pointer("/components/schemas").and_then(Value::as_object);
    for (name, schema) in schemas.into_iter().flatten() {
        let name = folded(name);
        if schema.get("nullable").is_some_and(|nullable| nullable == true) && schema.get("allOf").is_none() {
            derived.insert(format!("{name}inner"));
        }
        derive(&name, schema, &mut derived);
    }
    derived
}

fn derive(name: &str, schema: &Value, derived: &mut HashSet<String>) {
    let mut inner: Vec<(String, &Value)> = Vec::new();
    for (property, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        inner.push((format!("{name}{}", folded(property)), schema));
    }
    for (keyword, suffix) in [("items", "item"), ("additionalProperties", "value")] {
        inner.extend(schema.get(keyword).map(|schema| (format!("{name}{suffix}"), schema)));
    }
    for (name, schema) in inner {
        const NAMED: [&str; 8] =
            ["properties", "enum", "allOf", "oneOf", "anyOf", "minLength", "maxLength", "pattern"];
        if NAMED.iter().any(|keyword| schema.get(keyword).is_some()) {
            derived.insert(name.clone());
        }
        derive(&name, schema, derived);
    }
    for keyword in ["allOf", "oneOf", "anyOf"] {
        for part in schema.get(keyword).and_then(Value::as_array).into_iter().flatten() {
            derive(name, part, derived);
        }
    }
}

fn section_mut_if_any(root: &mut Value) -> Option<&mut Object> {
    root.pointer("/components/schemas")?;
    section_mut(root, "schemas")
}

fn properties(schema: &mut Object, wire: &mut Wire, count: &mut usize) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    let mut taken = HashSet::new();
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    for name in properties.keys() {
        let snake = snake_case(name);
        if !snake.is_empty() && taken.insert(snake.clone()) {
            continue;
        }
        let base = if snake.is_empty() { "field".to_owned() } else { snake };
        *count += 1;
        // The generator writes the name of a field that is not in snake case into an attribute.
        let stand_in = format!("{base}Wire{count}");
        taken.insert(snake_case(&stand_in));
        renamed.insert(name.clone(), stand_in);
    }
    if renamed.is_empty() {
        return;
    }
    let properties = properties.clone();
    let mut written = Object::new();
    for (name, property) in properties {
        match renamed.get(&name) {
            Some(stand_in) => {
                wire.fields.insert(stand_in.clone(), name);
                written.insert(stand_in.clone(), property);
            }
            None => {
                written.insert(name, property);
            }
        }
    }
    for name in schema.get_mut("required").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(stand_in) = name.as_str().and_then(|name| renamed.get(name)) {
            *name = Value::from(stand_in.clone());
        }
    }
    schema.insert("properties".to_owned(), Value::Object(written));
}
