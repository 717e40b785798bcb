use serde_json::Value;

use crate::pointer::child;

/// What an object is, by where it stands.
///
/// Examples, defaults, enum values and extensions are data of the document's author and have no kind,
/// whatever their keys are called; a property may have any name, `$ref` and `example` among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is called what the specification calls it")]
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

/// How a field holds what stands below it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// One object; a list of them where older drafts of JSON Schema allow one.
    One(Kind),
    List(Kind),
    /// Under names of the author's choice.
    Map(Kind),
}

/// An object below another one, and its JSON pointer.
pub(crate) struct Child<'a> {
    pub(crate) at: String,
    pub(crate) node: &'a Value,
    pub(crate) kind: Kind,
}

pub(crate) const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The sections of `components`, those of OpenAPI 3.1 among them.
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
    /// Returns the section of `components` that holds this kind, where there is one.
    pub(crate) fn section(self) -> Option<&'static str> {
        SECTIONS.iter().find(|(_, kind)| *kind == self).map(|(name, _)| *name)
    }

    /// Returns what a section of `components` holds.
    pub(crate) fn of_section(name: &str) -> Option<Self> {
        SECTIONS.iter().find(|(section, _)| *section == name).map(|(_, kind)| *kind)
    }

    /// Says whether `$ref` may stand in place of an object of this kind.
    pub(crate) fn is_referable(self) -> bool {
        self.section().is_some()
    }

    /// Says what stands below a field; nothing for fields that hold no objects of the contract.
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

    /// Lists the objects right below one.
    pub(crate) fn children<'a>(self, node: &'a Value, at: &str) -> Vec<Child<'a>> {
        let mut children = Vec::new();
        for (field, value) in node.as_object().into_iter().flatten() {
            let Some(shape) = self.field(field) else { continue };
            let at = child(at, field);
            match (shape, value) {
                (Shape::Map(kind), Value::Object(map)) => {
                    children.extend(map.iter().map(|(name, node)| Child {
                        at: child(&at, name),
                        node,
                        kind,
                    }));
                }
                (Shape::One(kind) | Shape::List(kind), Value::Array(items)) => {
                    let items = items.iter().enumerate();
                    children.extend(items.map(|(i, node)| Child { at: format!("{at}/{i}"), node, kind }));
                }
                (Shape::One(kind), node) => children.push(Child { at, node, kind }),
                _ => {}
            }
        }
        children
    }

    /// Lists the objects right below one, to be changed.
    pub(crate) fn children_mut(self, node: &mut Value) -> Vec<(&mut Value, Self)> {
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

/// Says which schemas stand below a keyword, in any draft of JSON Schema that is around.
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
