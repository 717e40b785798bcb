//! The grammar of OpenAPI documents: which field of which object holds objects of which kind.

use serde_json::Value;

use crate::node::NodeRef;
use crate::pointer::child;

/// The kind of an object, which its location in the document determines.
///
/// Examples, defaults, enum values and extensions are data of the document's author and have no kind,
/// regardless of their keys. A property may have any name, including `$ref` and `example`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the specification")]
pub enum Kind {
    Document,
    Components,
    Paths,
    PathItem,
    Operation,
    Parameter,
    RequestBody,
    Responses,
    Response,
    Header,
    MediaType,
    Encoding,
    Schema,
    Example,
    Link,
    Callback,
    SecurityScheme,
}

/// The arrangement of the objects in a field.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// One object, or a list of them for keywords where older drafts of JSON Schema allow a list.
    One(Kind),
    List(Kind),
    /// Objects by key, where the document's author chooses the keys.
    Map(Kind),
}

/// The HTTP methods that a path item may have, as its fields are named.
pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The sections of `components`, including those of OpenAPI 3.1.
const SECTIONS: [(&str, Kind); 10] = [
    ("schemas", Kind::Schema),
    ("responses", Kind::Response),
    ("parameters", Kind::Parameter),
    ("examples", Kind::Example),
    ("requestBodies", Kind::RequestBody),
    ("headers", Kind::Header),
    ("securitySchemes", Kind::SecurityScheme),
    ("links", Kind::Link),
    ("callbacks", Kind::Callback),
    ("pathItems", Kind::PathItem),
];

impl Kind {
    /// Returns the section of `components` that holds objects of this kind, if there is one.
    pub fn section(self) -> Option<&'static str> {
        SECTIONS.iter().find(|(_, kind)| *kind == self).map(|(name, _)| *name)
    }

    /// Returns the kind of object that a section of `components` holds.
    pub(crate) fn of_section(name: &str) -> Option<Self> {
        SECTIONS.iter().find(|(section, _)| *section == name).map(|(_, kind)| *kind)
    }

    /// Returns true if a `$ref` may replace an object of this kind.
    pub(crate) fn is_referable(self) -> bool {
        self.section().is_some()
    }

    /// Returns the shape and the kind of the objects below a field; `None` if it holds none that OpenAPI defines.
    pub(crate) fn field(self, name: &str) -> Option<Shape> {
        use Shape::{List, Map, One};
        Some(match (self, name) {
            (Self::Document, "components") => One(Self::Components),
            (Self::Document, "paths") => One(Self::Paths),
            (Self::Document, "webhooks") => Map(Self::PathItem),
            (Self::Components, section) => Map(Self::of_section(section)?),
            (Self::Paths | Self::Callback, name) if !name.starts_with("x-") => One(Self::PathItem),
            (Self::Responses, name) if !name.starts_with("x-") => One(Self::Response),
            (Self::PathItem, method) if METHODS.contains(&method) => One(Self::Operation),
            (Self::PathItem | Self::Operation, "parameters") => List(Self::Parameter),
            (Self::Operation, "requestBody") => One(Self::RequestBody),
            (Self::Operation, "responses") => One(Self::Responses),
            (Self::Operation, "callbacks") => Map(Self::Callback),
            (Self::Parameter | Self::Header | Self::RequestBody | Self::Response, "content") => {
                Map(Self::MediaType)
            }
            (Self::Parameter | Self::Header | Self::MediaType, "schema") => One(Self::Schema),
            (Self::Parameter | Self::Header | Self::MediaType, "examples") => Map(Self::Example),
            (Self::Response | Self::Encoding, "headers") => Map(Self::Header),
            (Self::Response, "links") => Map(Self::Link),
            (Self::MediaType, "encoding") => Map(Self::Encoding),
            (Self::Schema, keyword) => return subschemas(keyword),
            _ => return None,
        })
    }

    /// Lists the objects directly below one, with their direction only where their own kind determines it.
    ///
    /// In a malformed document, a child may be a value other than an object.
    pub(crate) fn children<'a>(self, value: &'a Value, pointer: &str) -> Vec<NodeRef<'a>> {
        let mut children = Vec::new();
        for (field, value) in value.as_object().into_iter().flatten() {
            let Some(shape) = self.field(field) else { continue };
            let pointer = child(pointer, field);
            let node = |pointer, kind, name: String, value| NodeRef {
                field,
                name,
                ..NodeRef::new(pointer, kind, value)
            };
            match (shape, value) {
                (Shape::Map(kind), Value::Object(map)) => {
                    let entries = map.iter();
                    children.extend(
                        entries.map(|(name, value)| node(child(&pointer, name), kind, name.clone(), value)),
                    );
                }
                (Shape::One(kind) | Shape::List(kind), Value::Array(items)) => {
                    let items = items.iter().enumerate();
                    children.extend(
                        items.map(|(i, value)| node(format!("{pointer}/{i}"), kind, i.to_string(), value)),
                    );
                }
                (Shape::One(kind), value) => children.push(node(pointer, kind, field.clone(), value)),
                _ => {}
            }
        }
        children
    }

    /// Lists the objects directly below one, mutably.
    pub fn children_mut(self, node: &mut Value) -> Vec<(&mut Value, Self)> {
        let mut children = Vec::new();
        for (name, value) in node.as_object_mut().into_iter().flatten() {
            match (self.field(name), value) {
                (Some(Shape::Map(kind)), Value::Object(map)) => {
                    children.extend(map.values_mut().map(|node| (node, kind)));
                }
                (Some(Shape::One(kind) | Shape::List(kind)), Value::Array(items)) => {
                    children.extend(items.iter_mut().map(|node| (node, kind)));
                }
                (Some(Shape::One(kind)), node) => children.push((node, kind)),
                _ => {}
            }
        }
        children
    }
}

/// Returns the shape of the schemas below a keyword, in any draft of JSON Schema that is in use.
fn subschemas(keyword: &str) -> Option<Shape> {
    match keyword {
        "items"
        | "not"
        | "additionalProperties"
        | "additionalItems"
        | "contains"
        | "propertyNames"
        | "unevaluatedItems"
        | "unevaluatedProperties"
        | "if"
        | "then"
        | "else"
        | "contentSchema" => Some(Shape::One(Kind::Schema)),
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => Some(Shape::List(Kind::Schema)),
        "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas"
        | "dependencies" => Some(Shape::Map(Kind::Schema)),
        _ => None,
    }
}
