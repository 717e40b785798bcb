//! Writes the values of discriminators into the schemas that they select.

use std::collections::BTreeMap;

use moneykit_contract::{child, resolve};
use serde_json::{Map, Value, json};

use super::walk::{Object, is_reference, schema_name, schemas, section_mut};
use crate::wire::Wire;

/// Restricts the discriminating property of each schema to the values that select the schema.
///
/// The generator ignores discriminators, and takes the first schema that a value fits. With the restriction, only
/// the selected schema fits. A schema that is part of its own alternatives refers to their common part instead.
pub(super) fn discriminators(root: &mut Value, _: &mut Wire) {
    let mut values = Selected::new();
    let before = root.clone();
    schemas(root, &mut |schema| {
        for (name, property, value) in selections(&before, schema) {
            let (_, known) = values.entry(name).or_insert_with(|| (property, Vec::new()));
            if !known.contains(&value) {
                known.push(value);
            }
        }
    });
    detach_parents(root);
    detach_selected(root, &values);
    let Some(components) = section_mut(root, "schemas").filter(|_| !values.is_empty()) else { return };
    for (name, (property, values)) in values {
        let restriction = json!({ "type": "string", "enum": values });
        let Some(schema) = components.get_mut(&name).and_then(Value::as_object_mut) else { continue };
        restrict(schema, &property, &restriction);
    }
}

/// The selected schemas by name, each with the property that selects it and its values.
type Selected = BTreeMap<String, (String, Vec<String>)>;

/// Lists the selections that a discriminator makes: the name of a component, the property and its value.
///
/// A schema without a mapping is selected by its own values of the property, or else by its name.
fn selections(root: &Value, schema: &Object) -> Vec<(String, String, String)> {
    let Some(discriminator) = schema.get("discriminator") else { return Vec::new() };
    let Some(property) = discriminator.get("propertyName").and_then(Value::as_str) else { return Vec::new() };
    let mapping = discriminator.get("mapping").and_then(Value::as_object);
    let mut selections = Vec::new();
    for keyword in ["oneOf", "anyOf"] {
        let branches = schema.get(keyword).and_then(Value::as_array).into_iter().flatten();
        let alternatives: Vec<&str> = branches.clone().filter_map(schema_name).collect();
        for branch in branches {
            let Some(name) = schema_name(branch) else { continue };
            let mapped = mapping.into_iter().flatten().filter(|(_, target)| {
                target.as_str().is_some_and(|target| {
                    target == name || target.strip_prefix("#/components/schemas/") == Some(name)
                })
            });
            let mut values: Vec<String> = mapped.map(|(value, _)| value.clone()).collect();
            if values.is_empty() {
                values = own_values(root, branch, property, &alternatives, 0)
                    .unwrap_or_else(|| vec![name.to_owned()]);
            }
            let values = values.into_iter();
            selections.extend(values.map(|value| (name.to_owned(), property.to_owned(), value)));
        }
    }
    selections
}

/// Returns the values that a schema declares for a property. Those of another alternative that it extends are no
/// selection.
fn own_values(
    root: &Value,
    schema: &Value,
    property: &str,
    alternatives: &[&str],
    depth: usize,
) -> Option<Vec<String>> {
    let is_other = depth > 0 && schema_name(schema).is_some_and(|name| alternatives.contains(&name));
    let schema = resolve(root, schema).filter(|_| !is_other && depth < 20)?;
    let declared = || {
        let property = resolve(root, schema.get("properties")?.get(property)?)?;
        let values = property.get("enum")?.as_array()?.iter().filter_map(Value::as_str);
        Some(values.map(str::to_owned).collect())
    };
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let mut inherited = parts.filter_map(|part| own_values(root, part, property, alternatives, depth + 1));
    declared().or_else(|| inherited.next())
}

fn restrict(schema: &mut Object, property: &str, restriction: &Value) {
    if is_reference(schema) || schema.contains_key("oneOf") || schema.contains_key("anyOf") {
        return;
    }
    let part = json!({ "type": "object", "required": [property], "properties": { property: restriction } });
    if let Some(Value::Array(parts)) = schema.get_mut("allOf") {
        parts.push(part);
        return;
    }
    if schema.get("type").is_none_or(|kind| kind != "object") {
        return;
    }
    let properties = schema.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    if let Some(properties) = properties.as_object_mut() {
        let mut restriction = restriction.clone();
        let description = properties.get(property).and_then(|known| known.get("description")).cloned();
        if let (Some(description), Some(fields)) = (description, restriction.as_object_mut()) {
            fields.insert("description".to_owned(), description);
        }
        properties.insert(property.to_owned(), restriction);
    }
    let required = schema.entry("required").or_insert_with(|| json!([]));
    if let Some(required) = required.as_array_mut()
        && !required.iter().any(|name| name == property)
    {
        required.push(json!(property));
    }
}

/// Replaces references from an alternative to the schema that lists it by the part that all alternatives share.
fn detach_parents(root: &mut Value) {
    let Some(components) = root.pointer("/components/schemas").and_then(Value::as_object) else { return };
    let mut parents: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, schema) in components {
        let mut children = Vec::new();
        let mut open = vec![schema];
        while let Some(schema) = open.pop() {
            for keyword in ["oneOf", "anyOf"] {
                let branches = schema.get(keyword).and_then(Value::as_array).into_iter().flatten();
                children.extend(branches.filter_map(schema_name).map(str::to_owned));
            }
            open.extend(schema.get("allOf").and_then(Value::as_array).into_iter().flatten());
        }
        if !children.is_empty() {
            parents.insert(name.clone(), children);
        }
    }
    let mut bases: Vec<(String, Value)> = Vec::new();
    for (parent, children) in parents {
        let extends = |child: &String| {
            let parts = components.get(child).and_then(|child| child.get("allOf")).and_then(Value::as_array);
            parts.into_iter().flatten().any(|part| schema_name(part) == Some(&parent))
        };
        if !children.iter().any(extends) {
            continue;
        }
        let mut base = components[&parent].clone();
        if let Some(fields) = base.as_object_mut() {
            fields.shift_remove("discriminator");
            fields.shift_remove("oneOf");
            fields.shift_remove("anyOf");
            if let Some(Value::Array(parts)) = fields.get_mut("allOf") {
                parts.retain(|part| part.get("oneOf").is_none() && part.get("anyOf").is_none());
            }
            let is_empty = fields.get("allOf").and_then(Value::as_array).is_some_and(Vec::is_empty);
            if is_empty || (!fields.contains_key("allOf") && !fields.contains_key("type")) {
                fields.shift_remove("allOf");
                fields.insert("type".to_owned(), json!("object"));
            }
        }
        bases.push((parent, base));
    }
    for (parent, base) in bases {
        extend_base(root, &parent, base);
    }
}

/// Lets the schemas that extend a selected one extend a copy of it, which is not restricted to the values that select the
/// original.
fn detach_selected(root: &mut Value, selected: &Selected) {
    for (name, (property, _)) in selected {
        let components = root.pointer("/components/schemas").and_then(Value::as_object);
        let parts =
            components.into_iter().flatten().filter_map(|(_, schema)| schema.get("allOf")?.as_array());
        let is_extended = parts.flatten().any(|part| schema_name(part) == Some(name));
        let base = components.and_then(|components| components.get(name)).cloned();
        if let Some(mut base) = base.filter(|_| is_extended) {
            // Vendors forget values that only the other schemas have.
            if let Some(known) = base.pointer_mut(&format!("{}/enum", child("/properties", property)))
                && let Some(known) = known.as_array_mut()
            {
                let others =
                    selected.values().filter(|(other, _)| other == property).flat_map(|(_, values)| values);
                for value in others {
                    if !known.iter().any(|known| known == value) {
                        known.push(json!(value));
                    }
                }
            }
            extend_base(root, name, base);
        }
    }
}

/// Adds a base, and replaces it for the schema `parent` wherever a component extends that.
fn extend_base(root: &mut Value, parent: &str, base: Value) {
    let name = super::walk::free_name(root, &format!("{parent}Base"));
    let reference = json!(format!("#/components/schemas/{name}"));
    let Some(components) = section_mut(root, "schemas") else { return };
    for schema in components.values_mut() {
        for part in schema.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
            if schema_name(part) == Some(parent) {
                part["$ref"] = reference.clone();
            }
        }
    }
    components.insert(name, base);
}
