//! Gives schemas and properties names that differ in Rust.

use std::collections::{BTreeMap, HashMap, HashSet};

use heck::ToPascalCase;
use moneykit_contract::child;
use serde_json::{Value, json};

use super::walk::{Object, free_name, nodes, schemas, section_mut};
use crate::check::{drop_annotations, folded, snake_case};
use crate::wire::Wire;

/// Renames schemas and properties whose names would be the same in Rust. The name of a property is restored in the
/// generated source; that of a schema is no part of any message.
pub(super) fn names(root: &mut Value, wire: &mut Wire) {
    inner_schemas(root);
    components(root);
    let mut count = 0;
    schemas(root, &mut |schema| properties(schema, wire, &mut count));
}

/// Makes components of inner schemas for whose types the generator would derive the name of another type: it would take
/// the one for the other.
fn inner_schemas(root: &mut Value) {
    while let Some(InnerSchema { name, pointer }) = DerivedNames::of(root).clash() {
        let component = free_name(root, &name);
        let Some(schema) = root.pointer_mut(&pointer) else { return };
        let schema =
            std::mem::replace(schema, json!({ "$ref": format!("#/components/schemas/{component}") }));
        if let Some(schemas) = section_mut(root, "schemas") {
            schemas.insert(component, schema);
        }
    }
}

fn components(root: &mut Value) {
    let derived = DerivedNames::of(root).folded();
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

/// The names that the generator derives for the types of inner schemas: those of the component and of the property.
struct DerivedNames<'a> {
    root: &'a Value,
    schemas: Vec<InnerSchema>,
    /// The references that are being followed, from the outermost on.
    merged: Vec<&'a str>,
}

/// A schema that is no component, and for which the generator makes a type.
struct InnerSchema {
    name: String,
    pointer: String,
}

impl<'a> DerivedNames<'a> {
    fn of(root: &'a Value) -> Self {
        let mut names = Self { root, schemas: Vec::new(), merged: Vec::new() };
        let schemas = root.pointer("/components/schemas").and_then(Value::as_object);
        for (name, schema) in schemas.into_iter().flatten() {
            let pointer = child("/components/schemas", name);
            if schema.get("nullable").is_some_and(|nullable| nullable == true)
                && schema.get("allOf").is_none()
            {
                names.schemas.push(InnerSchema { name: format!("{name}Inner"), pointer: pointer.clone() });
            }
            names.derive(name, &pointer, schema);
        }
        names
    }

    /// Returns the names, folded.
    fn folded(&self) -> HashSet<String> {
        self.schemas.iter().map(|schema| folded(&schema.name)).collect()
    }

    /// Returns an inner schema with the name of an earlier one that describes something else.
    fn clash(self) -> Option<InnerSchema> {
        let root = self.root;
        let described = |schema: &InnerSchema| {
            let mut description = root.pointer(&schema.pointer).cloned().unwrap_or_default();
            drop_annotations(&mut description);
            description
        };
        let mut first: HashMap<String, InnerSchema> = HashMap::new();
        for schema in self.schemas {
            match first.get(&folded(&schema.name)) {
                Some(other) if other.pointer != schema.pointer && described(other) != described(&schema) => {
                    return Some(schema);
                }
                Some(_) => {}
                None => {
                    first.insert(folded(&schema.name), schema);
                }
            }
        }
        None
    }

    fn derive(&mut self, name: &str, pointer: &str, schema: &'a Value) {
        let mut inner: Vec<(String, String, &Value)> = Vec::new();
        for (property, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let pointer = child(&format!("{pointer}/properties"), property);
            inner.push((format!("{name}{}", property.to_pascal_case()), pointer, schema));
        }
        for (keyword, suffix) in [("items", "Item"), ("additionalProperties", "Value")] {
            let schema = schema.get(keyword);
            inner.extend(schema.map(|schema| (format!("{name}{suffix}"), child(pointer, keyword), schema)));
        }
        for (name, pointer, schema) in inner {
            const NAMED: [&str; 8] =
                ["properties", "enum", "allOf", "oneOf", "anyOf", "minLength", "maxLength", "pattern"];
            if NAMED.iter().any(|keyword| schema.get(keyword).is_some()) {
                self.schemas.push(InnerSchema { name: name.clone(), pointer: pointer.clone() });
            }
            self.derive(&name, &pointer, schema);
        }
        for keyword in ["allOf", "oneOf", "anyOf"] {
            let parts = schema.get(keyword).and_then(Value::as_array).into_iter().flatten();
            for (index, part) in parts.enumerate() {
                self.derive(name, &format!("{pointer}/{keyword}/{index}"), part);
                if keyword == "allOf" {
                    self.derive_merged(name, part);
                }
            }
        }
    }

    /// Adds the names of what a reference brings into an `allOf`: the generator merges the parts, and names the inner
    /// schemas of all of them after the whole.
    fn derive_merged(&mut self, name: &str, part: &'a Value) {
        let Some(reference) = part.get("$ref").and_then(Value::as_str) else { return };
        let Some(pointer) = reference.strip_prefix('#') else { return };
        if let Some(target) = self.root.pointer(pointer)
            && !self.merged.contains(&reference)
        {
            self.merged.push(reference);
            self.derive(name, pointer, target);
            self.merged.pop();
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
