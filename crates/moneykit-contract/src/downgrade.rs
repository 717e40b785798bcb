mod document;
mod keywords;
mod null;
mod numbers;
mod schema;
mod types;

use std::collections::HashSet;
use std::fmt;

use serde_json::{Map, Value};

use crate::Document;
use crate::grammar::{Kind, Shape};
use crate::pointer::{child, names};
use crate::references::{Hoist, is_bare, made_by, pointer};

/// An OpenAPI 3.1 document brought to OpenAPI 3.0.3.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Downgraded {
    /// The document; its `openapi` is `3.0.3`, or what it was if it was 3.0 already.
    pub document: Document,
    /// What OpenAPI 3.0 has no words for, and the document therefore no longer says.
    pub left: Vec<Unsupported>,
}

/// Something that was not carried over.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Unsupported {
    /// Where it stands in the document of OpenAPI 3.1: a JSON pointer.
    pub pointer: String,
    /// The keyword or the field.
    pub keyword: String,
    /// What was not carried over, in words.
    pub what: String,
}

/// Says in OpenAPI 3.0.3 what a document says in OpenAPI 3.1, as far as that is mechanical.
///
/// A document of OpenAPI 3.0 stays as it is. In the result `nullable` is meant as OpenAPI 3.0.3 has it:
/// beside `type` it adds null to what the type allows, and everything else in the schema applies to null as
/// well. In a schema without a type, where OpenAPI 3.0.3 gives it no meaning, it says that null is allowed
/// whatever the rest says: that is how tools read `allOf: [$ref]` with `nullable`.
///
/// A `$ref` with siblings becomes `allOf: [$ref]` with those siblings. A title or a description that only
/// repeats the target's is left out, and a `$ref` with nothing else beside it stays one. A reference into the
/// inside of a schema, `$defs` among them, becomes one to a component of its own.
///
/// Each level of a schema can become five levels deep, so the result may be deeper than what
/// [`Document::new`] takes.
pub fn downgrade(document: Document) -> Downgraded {
    if !document.is_3_1() {
        return Downgraded { document, left: Vec::new() };
    }
    let mut root = document.root().clone();
    let hoist = hoist_inner_schemas(&document);
    hoist.apply(document.root(), &mut root);
    let mut bridge =
        Bridge { root: &root, hoist: &hoist, left: Vec::new(), open_items: Vec::new(), items: 0 };
    let bridged = bridge.node(&root, Kind::Document, "");
    let left = without_repetition(bridge.left);
    Downgraded { document: document.with_root(bridged), left }
}

struct Bridge<'a> {
    /// The document of OpenAPI 3.1, with the inner schemas that are referred to as components.
    root: &'a Value,
    hoist: &'a Hoist,
    left: Vec<Unsupported>,
    /// The path items that are being written out.
    open_items: Vec<String>,
    /// How many path items were written out.
    items: usize,
}

impl Bridge<'_> {
    /// Returns the bridged copy of an object.
    ///
    /// This recurses as deep as the document is nested, which [`Document::new`] bounds.
    fn node(&mut self, node: &Value, kind: Kind, at: &str) -> Value {
        if kind == Kind::Schema {
            return self.schema(node, at);
        }
        let Some(fields) = node.as_object() else { return node.clone() };
        if kind == Kind::PathItem && fields.contains_key("$ref") {
            return self.path_item(fields, at);
        }
        if is_bare(node, kind, true) {
            return self.reference(fields, at);
        }
        let mut fields = self.fields(fields, kind, at);
        match kind {
            Kind::Document => self.document(&mut fields),
            Kind::Components => self.components(&mut fields),
            Kind::Operation if !fields.contains_key("responses") => {
                self.leave(at, "responses", "there are none, which OpenAPI 3.0 does not allow");
            }
            Kind::SecurityScheme if fields.get("type").is_some_and(|kind| kind == "mutualTLS") => {
                self.leave(at, "type", "OpenAPI 3.0 does not know `mutualTLS`; it is kept as it is");
            }
            _ => {}
        }
        Value::Object(fields)
    }

    fn fields(&mut self, fields: &Map<String, Value>, kind: Kind, at: &str) -> Map<String, Value> {
        let mut bridged = Map::new();
        for (name, value) in fields {
            let value = match kind.field(name) {
                None => value.clone(),
                Some(shape) => self.shaped(value, shape, kind, &child(at, name)),
            };
            bridged.insert(name.clone(), value);
        }
        bridged
    }

    fn shaped(&mut self, value: &Value, shape: Shape, owner: Kind, at: &str) -> Value {
        match (shape, value) {
            (Shape::Map(kind), Value::Object(map)) => {
                let mut bridged = Map::new();
                for (name, value) in map {
                    let origin = match owner {
                        Kind::Components => {
                            kind.section().and_then(|section| self.hoist.origin(section, name))
                        }
                        _ => None,
                    };
                    let at = origin.map_or_else(|| child(at, name), str::to_owned);
                    bridged.insert(name.clone(), self.node(value, kind, &at));
                }
                Value::Object(bridged)
            }
            (Shape::One(kind) | Shape::List(kind), Value::Array(items)) => {
                let items = items.iter().enumerate();
                items.map(|(i, item)| self.node(item, kind, &format!("{at}/{i}"))).collect()
            }
            (Shape::One(kind), value) => self.node(value, kind, at),
            _ => value.clone(),
        }
    }

    fn resolve(&self, text: &str) -> Option<&Value> {
        self.root.pointer(&pointer(text)?)
    }

    fn leave(&mut self, at: &str, keyword: &str, what: impl Into<String>) {
        self.left.push(Unsupported {
            pointer: child(at, keyword),
            keyword: keyword.to_owned(),
            what: what.into(),
        });
    }
}

/// Finds the schemas inside of schemas that are referred to: bridging moves what is inside.
fn hoist_inner_schemas(document: &Document) -> Hoist {
    let root = document.root();
    let mut hoist = Hoist::default();
    let mut open = vec![(String::new(), root, Kind::Document)];
    while let Some((at, node, kind)) = open.pop() {
        for reference in made_by(node, kind, &at, root).into_iter().filter(|made| made.kind == Kind::Schema) {
            let Some(target) = reference.target else { continue };
            let names = names(&target);
            let is_component = names.len() == 3 && target.starts_with("/components/schemas/");
            if let Some(node) = root.pointer(&target)
                && !is_component
                && !hoist.contains(&target)
                && hoist.add(root, &target, Kind::Schema).is_some()
            {
                open.push((target, node, Kind::Schema));
            }
        }
        if !is_bare(node, kind, true) {
            open.extend(kind.children(node, &at).into_iter().map(|child| (child.at, child.node, child.kind)));
        }
    }
    hoist
}

/// Takes out what was found twice, and what is gone with something around it.
fn without_repetition(left: Vec<Unsupported>) -> Vec<Unsupported> {
    let gone: HashSet<String> = left.iter().map(|left| left.pointer.clone()).collect();
    let is_within = |left: &Unsupported| {
        left.pointer.match_indices('/').any(|(end, _)| gone.contains(&left.pointer[..end]))
    };
    let mut seen = HashSet::new();
    left.into_iter().filter(|left| !is_within(left) && seen.insert(left.clone())).collect()
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.what)
    }
}
