//! Makes alternatives distinguishable, or describes them as one object.

use std::collections::BTreeSet;

use moneykit_contract::resolve;
use serde_json::{Map, Value, json};

use super::secrets::is_secret;
use super::walk::{Object, schemas};
use crate::wire::Wire;

/// Orders the alternatives of a schema so that the first one that a value fits is the right one.
///
/// The generator's enums take the first alternative that a value fits, and drop the properties that it does not know.
/// Where no order is right, objects become one object with the properties of all, so that nothing is dropped.
pub(super) fn unions(root: &mut Value, wire: &mut Wire) {
    let before = root.clone();
    schemas(root, &mut |schema| {
        for keyword in ["oneOf", "anyOf"] {
            if let Some(Value::Array(branches)) = schema.get(keyword) {
                let branches = deduplicated(branches);
                rewrite(&before, schema, keyword, branches, wire);
            }
        }
    });
}

fn deduplicated(branches: &[Value]) -> Vec<Value> {
    let mut distinct: Vec<Value> = Vec::new();
    for branch in branches {
        if !distinct.contains(branch) {
            distinct.push(branch.clone());
        }
    }
    distinct
}

fn rewrite(root: &Value, schema: &mut Object, keyword: &str, branches: Vec<Value>, wire: &mut Wire) {
    if branches.len() == 1 {
        schema.shift_remove(keyword);
        schema.insert("allOf".to_owned(), Value::Array(branches));
        schema.shift_remove("discriminator");
        return;
    }
    let shapes: Vec<Shape> = branches.iter().map(|branch| Shape::of(root, branch)).collect();
    let mut order: Vec<usize> = (0..branches.len()).collect();
    // Those that demand most come first.
    order.sort_by_key(|i| std::cmp::Reverse(shapes[*i].demands()));
    let is_sound = |order: &[usize]| {
        order.iter().enumerate().all(|(at, first)| {
            order[at + 1..].iter().all(|later| !shapes[*first].takes(root, &shapes[*later]))
        })
    };
    let original: Vec<usize> = (0..branches.len()).collect();
    let order =
        if is_sound(&original) { Some(original) } else { Some(order).filter(|order| is_sound(order)) };
    if let Some(order) = order {
        let ordered = order.into_iter().map(|i| branches[i].clone()).collect();
        schema.shift_remove(keyword);
        schema.insert("oneOf".to_owned(), Value::Array(ordered));
        return;
    }
    let objects: Option<Vec<Object>> = branches.iter().map(|branch| flattened(root, branch)).collect();
    let objects = objects.filter(|objects| {
        objects.iter().all(|object| object.get("type").is_some_and(|kind| kind == "object"))
    });
    if let Some(objects) = objects {
        schema.shift_remove(keyword);
        schema.shift_remove("discriminator");
        schema.extend(union(&objects));
        wire.unenforced(keyword, "the alternatives can't be told apart, so they are one object");
    } else {
        // Text, numbers and lists are the same on the wire, whichever alternative they fit.
        schema.shift_remove(keyword);
        schema.insert("oneOf".to_owned(), Value::Array(branches));
    }
}

/// What a value must be to fit an alternative.
enum Shape {
    Object(Object),
    /// Another type, by its name.
    Other(String),
    Unknown,
}

impl Shape {
    fn of(root: &Value, branch: &Value) -> Self {
        let Some(definition) = resolve(root, branch) else { return Self::Unknown };
        match flattened(root, branch) {
            Some(object) => match object.get("type").and_then(Value::as_str) {
                Some("object") => Self::Object(object),
                Some(kind) => Self::Other(kind.to_owned()),
                None => Self::Unknown,
            },
            None => match definition.get("type").and_then(Value::as_str) {
                Some(kind) => Self::Other(kind.to_owned()),
                None => Self::Unknown,
            },
        }
    }

    fn demands(&self) -> usize {
        match self {
            Self::Object(object) => required(object).len(),
            Self::Other(_) => usize::MAX,
            Self::Unknown => 0,
        }
    }

    /// Returns true if this alternative may take a value of another one, and drop a part of it.
    fn takes(&self, root: &Value, other: &Self) -> bool {
        match (self, other) {
            (Self::Object(one), Self::Object(other)) => !is_told_apart(root, one, other),
            (Self::Object(_), Self::Other(_)) | (Self::Other(_), Self::Object(_)) => false,
            // No scalar loses anything. A list of objects may.
            (Self::Other(one), Self::Other(other)) => one == "array" && other == "array",
            (Self::Unknown, _) | (_, Self::Unknown) => true,
        }
    }
}

/// Returns true if no value of `other` fits `one`.
fn is_told_apart(root: &Value, one: &Object, other: &Object) -> bool {
    let properties =
        |object: &Object| object.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let (own, others) = (properties(one), properties(other));
    required(one).iter().any(|name| {
        let accepts_absence = own
            .get(name)
            .and_then(|one| resolve(root, one))
            .is_some_and(|one| one.get("nullable") == Some(&Value::Bool(true)));
        let Some(theirs) = others.get(name) else { return !accepts_absence };
        let (Some(mine), Some(theirs)) =
            (own.get(name).and_then(|one| resolve(root, one)), resolve(root, theirs))
        else {
            return false;
        };
        let values = |schema: &Value| -> Option<BTreeSet<String>> {
            let values = schema.get("enum")?.as_array()?;
            Some(values.iter().map(Value::to_string).collect())
        };
        let kind = |schema: &Value| schema.get("type").and_then(Value::as_str).map(str::to_owned);
        let is_nullable = |schema: &Value| schema.get("nullable") == Some(&Value::Bool(true));
        if is_nullable(mine) {
            // serde reads an absent property as null.
            return false;
        }
        match (values(mine), values(theirs)) {
            (Some(mine), Some(theirs)) => mine.is_disjoint(&theirs),
            _ => match (kind(mine), kind(theirs)) {
                (Some(a), Some(b)) => {
                    a != b && ![&a, &b].iter().all(|kind| ["integer", "number"].contains(&kind.as_str()))
                }
                _ => false,
            },
        }
    })
}

fn required(object: &Object) -> BTreeSet<String> {
    let names = object.get("required").and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Returns a schema with its references and its `allOf` resolved, one level deep. Returns `None` if it has other
/// compositions.
pub(super) fn flattened(root: &Value, schema: &Value) -> Option<Object> {
    let mut flat = Map::new();
    flatten(root, schema, &mut flat, 0)?;
    Some(flat)
}

fn flatten(root: &Value, schema: &Value, flat: &mut Object, depth: usize) -> Option<()> {
    if depth > 30 {
        return None;
    }
    let definition = resolve(root, schema)?.as_object()?;
    if definition.contains_key("oneOf") || definition.contains_key("anyOf") {
        return None;
    }
    for part in definition.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        flatten(root, part, flat, depth + 1)?;
    }
    for (keyword, value) in definition {
        match (keyword.as_str(), value) {
            ("allOf" | "discriminator", _) => {}
            ("properties", Value::Object(properties)) => {
                let known = flat.entry("properties").or_insert_with(|| json!({}));
                let Some(known) = known.as_object_mut() else { continue };
                for (name, property) in properties {
                    let is_narrower = property.get("enum").is_some() || !known.contains_key(name);
                    if is_narrower || known[name].get("enum").is_none() {
                        known.insert(name.clone(), property.clone());
                    }
                }
            }
            ("required", Value::Array(names)) => {
                let known = flat.entry("required").or_insert_with(|| json!([]));
                let Some(known) = known.as_array_mut() else { continue };
                for name in names {
                    if !known.contains(name) {
                        known.push(name.clone());
                    }
                }
            }
            ("additionalProperties", Value::Bool(false)) if depth > 0 => {}
            (keyword, value) => {
                flat.insert(keyword.to_owned(), value.clone());
            }
        }
    }
    Some(())
}

/// Returns one object with the properties of all: a property is required if all require it.
fn union(objects: &[Object]) -> Object {
    let mut properties: Map<String, Value> = Map::new();
    for object in objects {
        let own = object.get("properties").and_then(Value::as_object).into_iter().flatten();
        for (name, property) in own {
            match properties.get(name).cloned() {
                None => {
                    properties.insert(name.clone(), property.clone());
                }
                Some(known) if known == *property => {}
                Some(known) => {
                    properties.insert(name.clone(), either(&known, property));
                }
            }
        }
    }
    let mut shared: Option<BTreeSet<String>> = None;
    for object in objects {
        let own = required(object);
        shared = Some(match shared {
            Some(shared) => shared.intersection(&own).cloned().collect(),
            None => own,
        });
    }
    let mut union = Map::from_iter([("type".to_owned(), json!("object"))]);
    if !properties.is_empty() {
        union.insert("properties".to_owned(), Value::Object(properties));
    }
    let shared: Vec<Value> = shared.into_iter().flatten().map(|name| json!(name)).collect();
    if !shared.is_empty() {
        union.insert("required".to_owned(), Value::Array(shared));
    }
    let mut open = objects.iter().filter_map(|object| object.get("additionalProperties"));
    if let Some(open) = open.find(|value| **value != Value::Bool(false)) {
        union.insert("additionalProperties".to_owned(), open.clone());
    }
    union
}

/// Returns a schema for the values of two schemas of the same property.
fn either(one: &Value, other: &Value) -> Value {
    // A secret stays one, whatever else the property may be.
    for schema in [one, other] {
        if schema.as_object().is_some_and(is_secret) {
            return schema.clone();
        }
    }
    let enums = (one.get("enum").and_then(Value::as_array), other.get("enum").and_then(Value::as_array));
    let kind = |schema: &Value| schema.get("type").and_then(Value::as_str).map(str::to_owned);
    if let (Some(a), Some(b)) = enums
        && kind(one) == kind(other)
    {
        let mut values = a.clone();
        values.extend(b.iter().filter(|value| !a.contains(value)).cloned());
        let mut merged = one.clone();
        merged["enum"] = Value::Array(values);
        return merged;
    }
    let scalar = |kind: &str| ["string", "integer", "number", "boolean"].contains(&kind);
    let mut branches = match one.get("oneOf").and_then(Value::as_array) {
        Some(branches) if one.as_object().is_some_and(|fields| fields.len() == 1) => branches.clone(),
        _ => vec![one.clone()],
    };
    if let (Some(a), Some(b)) = (kind(one), kind(other))
        && a == b
        && scalar(&a)
    {
        let mut plain = json!({ "type": a });
        if [one, other].iter().any(|schema| schema.get("nullable") == Some(&Value::Bool(true)))
            && let Some(fields) = plain.as_object_mut()
        {
            fields.insert("nullable".to_owned(), Value::Bool(true));
        }
        return plain;
    }
    if !branches.contains(other) {
        branches.push(other.clone());
    }
    json!({ "oneOf": branches })
}
