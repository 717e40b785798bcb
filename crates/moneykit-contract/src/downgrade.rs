//! Converts OpenAPI 3.1 documents to OpenAPI 3.0.3.

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
use crate::escape::Escaped;
use crate::grammar::{Kind, Shape};
use crate::pointer::{child, names};
use crate::references::{Hoist, follow, is_bare, references_of};
use keywords::is_annotation;
pub use keywords::is_schema_keyword;

/// A document converted to OpenAPI 3.0.3.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Downgraded {
    /// The document. Its `openapi` is `3.0.3`, or unchanged if it was a 3.0 document already.
    pub document: Document,
    /// The parts that OpenAPI 3.0 cannot express, and that were therefore dropped or changed.
    pub unsupported: Vec<Unsupported>,
}

/// A keyword or field that OpenAPI 3.0 does not support.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Unsupported {
    /// The JSON pointer (RFC 6901) to it, in the OpenAPI 3.1 document.
    pub pointer: String,
    /// The name of the keyword or field.
    pub keyword: String,
    /// The reason, and the effect on the converted document.
    pub reason: String,
}

/// Converts a document from OpenAPI 3.1 to OpenAPI 3.0.3, as far as the conversion is mechanical.
///
/// An OpenAPI 3.0 document is returned unchanged.
///
/// `nullable` in the result has the meaning of OpenAPI 3.0.3: beside `type`, it adds null to the allowed
/// types, and all other keywords apply to null as well. OpenAPI 3.0.3 does not define `nullable` in a schema
/// without a `type`. There it allows null regardless of all other keywords, which is how tools interpret
/// `allOf: [$ref]` with `nullable`.
///
/// A `$ref` with siblings becomes `allOf: [$ref]` with those siblings. A title or a description that only
/// repeats the target's is dropped, and a `$ref` without other siblings stays unchanged. A reference into a
/// schema, such as to one in its `$defs`, becomes a reference to a new component.
///
/// One level of a schema can become up to five levels, so the result may be nested deeper than
/// [`Document::new`] accepts.
pub fn downgrade(document: Document) -> Downgraded {
    if !document.is_3_1() {
        return Downgraded { document, unsupported: Vec::new() };
    }
    let mut root = document.root().clone();
    let hoist = hoist_inner_schemas(&document);
    hoist.apply(document.root(), &mut root);
    let mut downgrader = Downgrader {
        root: &root,
        hoist: &hoist,
        unsupported: Vec::new(),
        open_path_items: Vec::new(),
        path_item_count: 0,
    };
    let root = downgrader.node(&root, Kind::Document, "");
    let unsupported = deduplicated(downgrader.unsupported);
    Downgraded { document: document.with_root(root), unsupported }
}

struct Downgrader<'a> {
    /// The OpenAPI 3.1 document, with referenced inner schemas moved to components.
    root: &'a Value,
    hoist: &'a Hoist,
    unsupported: Vec<Unsupported>,
    /// The pointers of the path items that are currently being inlined, outermost first.
    open_path_items: Vec<String>,
    /// The number of path items inlined so far.
    path_item_count: usize,
}

impl Downgrader<'_> {
    /// Returns a converted copy of an object.
    ///
    /// The recursion is as deep as the nesting of the document, which [`Document::new`] limits.
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
                self.report_unsupported(
                    at,
                    "responses",
                    "the operation has no responses, but OpenAPI 3.0 requires them",
                );
            }
            Kind::SecurityScheme if fields.get("type").is_some_and(|kind| kind == "mutualTLS") => {
                self.report_unsupported(
                    at,
                    "type",
                    "OpenAPI 3.0 does not support `mutualTLS`; the value is kept",
                );
            }
            _ => {}
        }
        Value::Object(fields)
    }

    fn fields(&mut self, fields: &Map<String, Value>, kind: Kind, at: &str) -> Map<String, Value> {
        let mut downgraded = Map::new();
        for (name, value) in fields {
            let value = match kind.field(name) {
                None => value.clone(),
                Some(shape) => self.shaped(value, shape, kind, &child(at, name)),
            };
            downgraded.insert(name.clone(), value);
        }
        downgraded
    }

    fn shaped(&mut self, value: &Value, shape: Shape, owner: Kind, at: &str) -> Value {
        match (shape, value) {
            (Shape::Map(kind), Value::Object(map)) => {
                let mut downgraded = Map::new();
                for (name, value) in map {
                    let origin = match owner {
                        Kind::Components => {
                            kind.section().and_then(|section| self.hoist.origin(section, name))
                        }
                        _ => None,
                    };
                    let at = origin.map_or_else(|| child(at, name), str::to_owned);
                    downgraded.insert(name.clone(), self.node(value, kind, &at));
                }
                Value::Object(downgraded)
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
        follow(self.root, text).map(|(_, target)| target)
    }

    fn report_unsupported(&mut self, at: &str, keyword: &str, reason: impl Into<String>) {
        self.unsupported.push(Unsupported {
            pointer: child(at, keyword),
            keyword: keyword.to_owned(),
            reason: reason.into(),
        });
    }
}

/// Returns the inner schemas that references point to. The conversion moves inner schemas, which would break
/// those references.
fn hoist_inner_schemas(document: &Document) -> Hoist {
    let root = document.root();
    let mut hoist = Hoist::default();
    let mut open = vec![(String::new(), root, Kind::Document)];
    while let Some((at, node, kind)) = open.pop() {
        for reference in references_of(node, kind, &at, root).into_iter().filter(|it| it.kind == Kind::Schema)
        {
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
            open.extend(
                kind.children(node, &at).into_iter().map(|child| (child.pointer, child.value, child.kind)),
            );
        }
    }
    hoist
}

/// Removes duplicates, and entries inside of an object that has an entry itself.
fn deduplicated(unsupported: Vec<Unsupported>) -> Vec<Unsupported> {
    let pointers: HashSet<String> = unsupported.iter().map(|entry| entry.pointer.clone()).collect();
    let is_inside = |entry: &Unsupported| {
        entry.pointer.match_indices('/').any(|(end, _)| pointers.contains(&entry.pointer[..end]))
    };
    let mut seen = HashSet::new();
    unsupported.into_iter().filter(|entry| !is_inside(entry) && seen.insert(entry.clone())).collect()
}

impl Unsupported {
    /// Returns true if the keyword is for people or for tools, and does not affect the wire format.
    pub fn is_editorial(&self) -> bool {
        const OTHERS: [&str; 6] =
            ["summary", "identifier", "jsonSchemaDialect", "$schema", "$comment", "$vocabulary"];
        is_annotation(&self.keyword) || OTHERS.contains(&self.keyword.as_str())
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Escaped(&self.pointer), Escaped(&self.reason))
    }
}
