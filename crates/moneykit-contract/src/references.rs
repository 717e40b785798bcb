use std::collections::{BTreeMap, HashMap};

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::grammar::Kind;
use crate::pointer::{child, names};

/// A reference that an object makes by itself, and what its target is to be.
pub(crate) struct Reference<'a> {
    /// Where the reference is written: a JSON pointer.
    pub(crate) at: String,
    pub(crate) text: &'a str,
    /// The JSON pointer of the target, if that is in the same document.
    pub(crate) target: Option<String>,
    pub(crate) kind: Kind,
}

/// Lists the references that an object makes by itself, those of a discriminator's mapping among them.
pub(crate) fn made_by<'a>(node: &'a Value, kind: Kind, at: &str, root: &Value) -> Vec<Reference<'a>> {
    let field = |name: &str, kind: Kind| {
        let text = node.get(name)?.as_str()?;
        Some(Reference { at: child(at, name), text, target: pointer(text), kind })
    };
    let mut made = Vec::new();
    if kind.is_referable() {
        made.extend(field("$ref", kind));
    }
    if kind == Kind::Link {
        made.extend(field("operationRef", Kind::Operation));
    }
    if kind == Kind::Schema {
        made.extend(field("$dynamicRef", kind));
        for (name, target) in mapping(node).into_iter().flatten() {
            let at = child(&format!("{at}/discriminator/mapping"), name);
            made.extend(target.as_str().map(|text| Reference { at, text, target: mapped(text, root), kind }));
        }
    }
    made
}

/// Says whether an object is nothing but its reference, so that what stands beside `$ref` has no meaning.
pub(crate) fn is_bare(node: &Value, kind: Kind, is_3_1: bool) -> bool {
    let has_meaning = kind == Kind::PathItem || (kind == Kind::Schema && is_3_1);
    kind.is_referable() && !has_meaning && node.get("$ref").is_some_and(Value::is_string)
}

/// Returns the JSON pointer that a reference into its own document holds.
pub(crate) fn pointer(text: &str) -> Option<String> {
    let pointer = percent_decode_str(text.strip_prefix('#')?).decode_utf8().ok()?.into_owned();
    (pointer.is_empty() || pointer.starts_with('/')).then_some(pointer)
}

/// Returns the JSON pointer that stands in a discriminator's mapping, where the name of a schema may stand as
/// well.
fn mapped(text: &str, root: &Value) -> Option<String> {
    let is_name = text.chars().all(|c| c.is_ascii_alphanumeric() || ['.', '_', '-'].contains(&c));
    let named = child("/components/schemas", text);
    // What has a dot may be the name of a file.
    if is_name && (!text.contains('.') || root.pointer(&named).is_some()) {
        return Some(named);
    }
    pointer(text)
}

/// Parts of a document that are to become components, since what refers to them will not find them.
#[derive(Default)]
pub(crate) struct Hoist {
    /// By the JSON pointer where the part stands: the section of `components`, and the name in it.
    names: BTreeMap<String, (&'static str, String)>,
    /// The same the other way around.
    origins: HashMap<&'static str, HashMap<String, String>>,
}

impl Hoist {
    /// Gives a part a name that is free among the components; nothing when no section can hold it.
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

    /// Returns where the part stood that has a name now.
    pub(crate) fn origin(&self, section: &str, name: &str) -> Option<&str> {
        self.origins.get(section)?.get(name).map(String::as_str)
    }

    /// Copies the parts from `source` into the components of `root`, and turns what refers to them there.
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
                    self.turn(text);
                }
            }
            if kind == Kind::Schema
                && let Some(mapping) =
                    node.pointer_mut("/discriminator/mapping").and_then(Value::as_object_mut)
            {
                mapping.values_mut().for_each(|target| {
                    if let Value::String(text) = target {
                        self.turn(text);
                    }
                });
            }
            open.extend(kind.children_mut(node));
        }
    }

    fn turn(&self, text: &mut String) {
        if let Some((section, name)) = pointer(text).and_then(|pointer| self.names.get(&pointer)) {
            *text = format!("#/components/{section}/{name}");
        }
    }
}

fn section_mut<'a>(root: &'a mut Value, section: &str) -> Option<&'a mut Map<String, Value>> {
    let components = root.as_object_mut()?.entry("components").or_insert_with(|| json!({}));
    components.as_object_mut()?.entry(section).or_insert_with(|| json!({})).as_object_mut()
}

/// Makes a name for a component of the place where it stood.
fn name_for(pointer: &str) -> String {
    const SILENT: [&str; 5] = ["components", "schemas", "$defs", "definitions", "properties"];
    let is_legal = |c: char| c.is_ascii_alphanumeric() || ['.', '_', '-'].contains(&c);
    let names = names(pointer).into_iter().filter(|name| !SILENT.contains(&name.as_str()));
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
