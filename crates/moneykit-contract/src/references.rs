//! References between objects: `$ref`, `operationRef`, `$dynamicRef` and the mapping of a discriminator.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::iter::successors;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::grammar::Kind;
use crate::pointer::{child, names};
use crate::{Document, NodeRef};

/// A reference from one object to another.
pub(crate) struct Reference<'a> {
    /// The JSON pointer to the text of the reference.
    pub(crate) at: String,
    pub(crate) text: &'a str,
    /// The JSON pointer to the target, if the target is in the same document.
    pub(crate) target: Option<String>,
    /// The kind that the target must have.
    pub(crate) kind: Kind,
}

/// The maximum length of a chain of references. A longer chain is a cycle.
const MAX_HOPS: usize = 100;

impl Document {
    /// Returns the JSON pointer and the value that a local reference such as `#/components/schemas/Pet` names.
    ///
    /// Returns `None` if the reference is to another document, or to a location that does not exist.
    pub fn target(&self, reference: &str) -> Option<(String, &Value)> {
        follow(self.root(), reference)
    }

    /// Follows the `$ref`s that begin at a JSON pointer until they reach an object that is no `$ref`.
    ///
    /// Returns `None` if one of them can't be resolved, or if they form a cycle.
    pub fn resolve(&self, pointer: &str) -> Option<(String, &Value)> {
        let start = (pointer.to_owned(), self.root().pointer(pointer)?);
        let end = targets(self.root(), start.1).last().unwrap_or(start);
        target_of(end.1).is_none().then_some(end)
    }

    /// Returns the JSON pointers that a node refers to: by `$ref`, `operationRef` or `$dynamicRef`, or in the
    /// mapping of a discriminator.
    ///
    /// References to other documents are left out. The targets need not exist.
    pub fn references(&self, node: &NodeRef<'_>) -> Vec<String> {
        let references = references_of(node.value, node.kind, &node.pointer, self.root());
        references.into_iter().filter_map(|reference| reference.target).collect()
    }
}

/// Returns the reference in the `$ref` of an object.
pub(crate) fn target_of(value: &Value) -> Option<&str> {
    value.get("$ref").and_then(Value::as_str)
}

/// Returns the value that a local reference such as `#/components/schemas/Pet` names, with its JSON pointer.
///
/// The reference may be percent-encoded (RFC 6901 §6).
pub fn follow<'a>(root: &'a Value, reference: &str) -> Option<(String, &'a Value)> {
    let encoded = reference.strip_prefix('#')?;
    if let Some(found) = root.pointer(encoded) {
        return Some((encoded.to_owned(), found));
    }
    let decoded = pointer(reference)?;
    root.pointer(&decoded).map(|found| (decoded, found))
}

/// Follows the `$ref`s that begin at a value until they reach a value that is no `$ref`.
///
/// Returns `None` if one of them can't be resolved, or if they form a cycle.
pub fn resolve<'a>(root: &'a Value, value: &'a Value) -> Option<&'a Value> {
    let end = targets(root, value).last().map_or(value, |(_, value)| value);
    target_of(end).is_none().then_some(end)
}

/// Returns the targets of a chain of `$ref`s that begins at a value, in order, each with its JSON pointer.
///
/// The chain ends at an object without a `$ref`, at a `$ref` that does not resolve, or at the maximum length
/// of a chain. If its last object has a `$ref`, the chain does not resolve.
pub(crate) fn targets<'a>(
    root: &'a Value,
    value: &'a Value,
) -> impl Iterator<Item = (String, &'a Value)> + use<'a> {
    let next = |value: &'a Value| follow(root, target_of(value)?);
    successors(next(value), move |(_, value)| next(value)).take(MAX_HOPS)
}

/// Lists the references of one object, including those in a discriminator's mapping.
pub(crate) fn references_of<'a>(node: &'a Value, kind: Kind, at: &str, root: &Value) -> Vec<Reference<'a>> {
    let field = |name: &str, kind: Kind| {
        let text = node.get(name)?.as_str()?;
        Some(Reference { at: child(at, name), text, target: pointer(text), kind })
    };
    let mut references = Vec::new();
    if kind.is_referable() {
        references.extend(field("$ref", kind));
    }
    if kind == Kind::Link {
        references.extend(field("operationRef", Kind::Operation));
    }
    if kind == Kind::Schema {
        references.extend(field("$dynamicRef", kind));
        for (name, target) in mapping(node).into_iter().flatten() {
            let at = child(&format!("{at}/discriminator/mapping"), name);
            references.extend(target.as_str().map(|text| Reference {
                at,
                text,
                target: mapped(text, root),
                kind,
            }));
        }
    }
    references
}

/// Returns true if an object is only a reference, so that fields beside its `$ref` have no meaning.
pub(crate) fn is_bare(node: &Value, kind: Kind, is_3_1: bool) -> bool {
    let has_meaning = kind == Kind::PathItem || (kind == Kind::Schema && is_3_1);
    kind.is_referable() && !has_meaning && node.get("$ref").is_some_and(Value::is_string)
}

/// Returns the JSON pointer in a reference to the same document, percent-decoded (RFC 6901 §6).
pub(crate) fn pointer(text: &str) -> Option<String> {
    let pointer = percent_decode_str(text.strip_prefix('#')?).decode_utf8().ok()?.into_owned();
    (pointer.is_empty() || pointer.starts_with('/')).then_some(pointer)
}

/// Returns the JSON pointer that an entry of a discriminator's mapping names: the entry may also be the name of a
/// schema.
fn mapped(text: &str, root: &Value) -> Option<String> {
    let is_name = text.chars().all(|c| c.is_ascii_alphanumeric() || ['.', '_', '-'].contains(&c));
    let named = child("/components/schemas", text);
    // A text with a dot may be the name of a file.
    if is_name && (!text.contains('.') || root.pointer(&named).is_some()) {
        return Some(named);
    }
    pointer(text)
}

/// Returns the component schemas that extend another one by their `allOf`, by the JSON pointer to the other one.
pub(crate) fn subtypes(root: &Value) -> HashMap<String, Vec<String>> {
    let mut subtypes: HashMap<String, Vec<String>> = HashMap::new();
    let schemas = root.pointer("/components/schemas").and_then(Value::as_object);
    for (name, schema) in schemas.into_iter().flatten() {
        let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        for (base, _) in parts.filter_map(target_of).filter_map(|reference| follow(root, reference)) {
            subtypes.entry(base).or_default().push(child("/components/schemas", name));
        }
    }
    subtypes
}

/// Returns the JSON pointers that the operations of a document refer to, directly or indirectly, and those of the
/// components that these are in. Objects of the `skipped` kinds are not followed.
pub(crate) fn used(root: &Value, skipped: &[Kind]) -> HashSet<String> {
    let mut used = HashSet::new();
    let paths = root.get("paths").map(|paths| NodeRef::new("/paths".to_owned(), Kind::Paths, paths));
    let mut open: Vec<NodeRef<'_>> = paths.into_iter().collect();
    while let Some(node) = open.pop() {
        if skipped.contains(&node.kind) {
            continue;
        }
        for reference in references_of(node.value, node.kind, &node.pointer, root) {
            let Some(target) = reference.target else { continue };
            let component = match &names(&target)[..] {
                [components, section, name, ..] if components == "components" => {
                    Kind::of_section(section).map(|kind| (child(&child("/components", section), name), kind))
                }
                _ => None,
            };
            for (pointer, kind) in component.into_iter().chain([(target, reference.kind)]) {
                if let Some(value) = root.pointer(&pointer)
                    && used.insert(pointer.clone())
                {
                    open.push(NodeRef::new(pointer, kind, value));
                }
            }
        }
        open.extend(node.kind.children(node.value, &node.pointer));
    }
    used
}

/// Parts of a document that become components, because references could not reach them otherwise.
#[derive(Default)]
pub(crate) struct Hoist {
    /// The section of `components` and the name in it, by the JSON pointer to the part.
    names: BTreeMap<String, (&'static str, String)>,
    /// The inverse: the JSON pointer by section and name.
    origins: HashMap<&'static str, HashMap<String, String>>,
}

impl Hoist {
    /// Assigns a part a free name among the components. Returns `None` if no section can hold it.
    pub(crate) fn add(&mut self, root: &Value, pointer: &str, kind: Kind) -> Option<()> {
        let section = kind.section()?;
        let is_whole_section = pointer.starts_with("/components/") && names(pointer).len() < 3;
        if names(pointer).len() < 2 || is_whole_section {
            return None;
        }
        if self.contains(pointer) {
            return Some(());
        }
        let origins = self.origins.entry(section).or_default();
        let base = name_for(pointer);
        let mut name = base.clone();
        let mut count = 1;
        while root["components"][section].get(&name).is_some() || origins.contains_key(&name) {
            count += 1;
            name = format!("{base}_{count}");
        }
        origins.insert(name.clone(), pointer.to_owned());
        self.names.insert(pointer.to_owned(), (section, name));
        Some(())
    }

    pub(crate) fn contains(&self, pointer: &str) -> bool {
        self.names.contains_key(pointer)
    }

    /// Returns the original JSON pointer of a part.
    pub(crate) fn origin(&self, section: &str, name: &str) -> Option<&str> {
        self.origins.get(section)?.get(name).map(String::as_str)
    }

    /// Copies the parts from `source` into the components of `root`, and updates the references to them.
    pub(crate) fn apply(&self, source: &Value, root: &mut Value) {
        if self.names.is_empty() {
            return;
        }
        for (origin, (section, name)) in &self.names {
            let part = source.pointer(origin).cloned().unwrap_or_default();
            if let Some(section) = section_mut(root, section) {
                section.insert(name.clone(), part);
            }
        }
        let mut open = vec![(root, Kind::Document)];
        while let Some((node, kind)) = open.pop() {
            for field in ["$ref", "$dynamicRef"] {
                if let Some(Value::String(text)) = node.get_mut(field).filter(|_| kind.is_referable()) {
                    self.redirect(text);
                }
            }
            if kind == Kind::Schema
                && let Some(mapping) =
                    node.pointer_mut("/discriminator/mapping").and_then(Value::as_object_mut)
            {
                mapping.values_mut().for_each(|target| {
                    if let Value::String(text) = target {
                        self.redirect(text);
                    }
                });
            }
            open.extend(kind.children_mut(node));
        }
    }

    fn redirect(&self, text: &mut String) {
        if let Some((section, name)) = pointer(text).and_then(|pointer| self.names.get(&pointer)) {
            *text = format!("#/components/{section}/{name}");
        }
    }
}

fn section_mut<'a>(root: &'a mut Value, section: &str) -> Option<&'a mut Map<String, Value>> {
    let components = root.as_object_mut()?.entry("components").or_insert_with(|| json!({}));
    components.as_object_mut()?.entry(section).or_insert_with(|| json!({})).as_object_mut()
}

/// Derives the name of a component from its original location.
fn name_for(pointer: &str) -> String {
    const OMITTED: [&str; 5] = ["components", "schemas", "$defs", "definitions", "properties"];
    let is_legal = |c: char| c.is_ascii_alphanumeric() || ['.', '_', '-'].contains(&c);
    let names = names(pointer).into_iter().filter(|name| !OMITTED.contains(&name.as_str()));
    let words = names.map(|name| {
        let name: String = name.chars().map(|c| if is_legal(c) { c } else { '_' }).collect();
        name.trim_matches('_').to_owned()
    });
    let name = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    if name.is_empty() { "part".to_owned() } else { name }
}

fn mapping(node: &Value) -> Option<&Map<String, Value>> {
    node.get("discriminator")?.get("mapping")?.as_object()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Document {
        let root = json!({
            "openapi": "3.0.3",
            "components": { "schemas": {
                "a b": { "type": "string" },
                "Direct": { "$ref": "#/components/schemas/a%20b" },
                "Indirect": { "$ref": "#/components/schemas/Direct" },
                "Cycle": { "$ref": "#/components/schemas/Cycle" },
                "Dangling": { "$ref": "#/components/schemas/Nothing" },
                "External": { "$ref": "other.yaml#/a" }
            } }
        });
        Document::new("a", root).unwrap()
    }

    #[test]
    fn a_chain_of_references_is_followed_to_its_end() {
        let document = document();

        let (pointer, value) = document.resolve("/components/schemas/Indirect").unwrap();

        assert_eq!(pointer, "/components/schemas/a b");
        assert_eq!(value["type"], "string");
    }

    #[test]
    fn a_node_lists_its_references_in_the_document() {
        let root = json!({
            "openapi": "3.0.3",
            "components": { "schemas": {
                "One": { "$ref": "#/components/schemas/a%20b" },
                "Many": { "discriminator": { "propertyName": "kind", "mapping": {
                    "name": "One",
                    "reference": "#/components/schemas/One",
                    "external": "other.yaml#/a"
                } } }
            } }
        });
        let document = Document::new("a", root).unwrap();
        let references = |name: &str| {
            let node = document.nodes().into_iter().find(|node| node.name == name).unwrap();
            document.references(&node)
        };

        assert_eq!(references("One"), ["/components/schemas/a b"]);
        assert_eq!(references("Many"), ["/components/schemas/One"; 2]);
    }

    #[test]
    fn cycles_and_references_without_a_target_do_not_resolve() {
        for name in ["Cycle", "Dangling", "External"] {
            assert!(document().resolve(&format!("/components/schemas/{name}")).is_none(), "{name}");
        }
    }
}
