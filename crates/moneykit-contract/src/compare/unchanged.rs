//! Finds the schemas that need no comparison, because neither they nor anything that they refer to changed.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::grammar::Kind;
use crate::node::NodeRef;
use crate::pointer::{child, names};
use crate::references::{follow, references_of, target_of};

/// The JSON pointers of the unchanged component schemas, which are the same in both documents.
#[derive(Default)]
pub(super) struct Unchanged(HashSet<String>);

impl Unchanged {
    pub(super) fn new(old: &Value, new: &Value) -> Self {
        let (old_schemas, new_schemas) = (schemas(old), schemas(new));
        let mut unchanged = HashSet::new();
        // The schemas that a schema is a part of. If the inner one changed, so did the outer one.
        let mut outer: HashMap<String, Vec<String>> = HashMap::new();
        let mut changed = Vec::new();
        for (pointer, schema) in &new_schemas {
            // References resolve to the same values only in schemas that both documents have.
            if old_schemas.get(pointer) == Some(schema) && add_references(new, pointer, schema, &mut outer) {
                unchanged.insert(pointer.clone());
            } else {
                changed.push(pointer.clone());
            }
        }
        changed.extend(old_schemas.keys().filter(|pointer| !new_schemas.contains_key(*pointer)).cloned());
        for (root, schemas) in [(old, &old_schemas), (new, &new_schemas)] {
            add_subtypes(root, schemas, &mut outer);
        }
        while let Some(pointer) = changed.pop() {
            for outer in outer.remove(&pointer).into_iter().flatten() {
                if unchanged.remove(&outer) {
                    changed.push(outer);
                }
            }
        }
        Self(unchanged)
    }

    pub(super) fn contains(&self, pointer: &str) -> bool {
        self.0.contains(pointer)
    }
}

fn schemas(root: &Value) -> HashMap<String, &Value> {
    let schemas = root.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    schemas.map(|(name, schema)| (child("/components/schemas", name), schema)).collect()
}

/// Records what a schema refers to. Returns false if a reference is not to a component schema.
fn add_references(
    root: &Value,
    pointer: &str,
    schema: &Value,
    outer: &mut HashMap<String, Vec<String>>,
) -> bool {
    let mut open = vec![NodeRef::new(pointer.to_owned(), Kind::Schema, schema)];
    while let Some(node) = open.pop() {
        for reference in references_of(node.value, Kind::Schema, &node.pointer, root) {
            let Some(component) = reference.target.as_deref().and_then(component_of) else { return false };
            if root.pointer(&component).is_none() {
                return false;
            }
            outer.entry(component).or_default().push(pointer.to_owned());
        }
        open.extend(Kind::Schema.children(node.value, &node.pointer));
    }
    true
}

/// Records the subtypes of schemas with a discriminator as a part of these: any schema can extend another one by its
/// `allOf`.
fn add_subtypes(root: &Value, schemas: &HashMap<String, &Value>, outer: &mut HashMap<String, Vec<String>>) {
    let mut extended: HashMap<String, Vec<&String>> = HashMap::new();
    for (pointer, schema) in schemas {
        let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        for part in parts.filter_map(target_of) {
            let base = follow(root, part).and_then(|(target, _)| component_of(&target));
            if let Some(base) = base {
                extended.entry(base).or_default().push(pointer);
            }
        }
    }
    let has_discriminator = |(_, schema): &(&String, &&Value)| contains_key(schema, "discriminator");
    let mut open: Vec<&String> =
        schemas.iter().filter(has_discriminator).map(|(pointer, _)| pointer).collect();
    let mut seen: HashSet<&String> = open.iter().copied().collect();
    while let Some(base) = open.pop() {
        for subtype in extended.get(base).into_iter().flatten() {
            outer.entry((*subtype).clone()).or_default().push(base.clone());
            if seen.insert(subtype) {
                open.push(subtype);
            }
        }
    }
}

fn contains_key(value: &Value, key: &str) -> bool {
    match value {
        Value::Object(fields) => {
            fields.contains_key(key) || fields.values().any(|value| contains_key(value, key))
        }
        Value::Array(items) => items.iter().any(|value| contains_key(value, key)),
        _ => false,
    }
}

/// Returns the pointer to the component schema that a pointer leads to or into.
fn component_of(pointer: &str) -> Option<String> {
    match &names(pointer)[..] {
        [components, section, name, ..] if components == "components" && section == "schemas" => {
            Some(child("/components/schemas", name))
        }
        _ => None,
    }
}
