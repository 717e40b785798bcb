use serde_json::Value;

use crate::Document;
use crate::pointer::child;

/// An object that OpenAPI gives a meaning to, and where it stands.
#[derive(Debug, Clone)]
pub struct Site<'a> {
    /// The JSON pointer (RFC 6901) to it.
    pub pointer: String,
    /// What it is.
    pub kind: Kind,
    /// The field of its owner that holds it: `properties` for a property, `schema` for a body's schema.
    pub field: &'a str,
    /// What it is called there, or its number in a list; its field where that holds it alone.
    pub name: String,
    /// The object itself.
    pub value: &'a Value,
    /// Where what it says is sent.
    pub way: Way,
}

/// What an object is, by where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is called what the specification calls it")]
pub enum Kind {
    Document,
    Components,
    PathItem,
    Operation,
    Parameter,
    RequestBody,
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

/// The way that a value takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// In a request alone, where `readOnly` properties have no place.
    Request,
    /// In a response alone, where `writeOnly` properties have no place.
    Response,
    /// One of them: a component is used where it is referred to.
    Either,
}

impl Document {
    /// Lists every object that the specification gives a place to, each owner before what it holds.
    ///
    /// A `$ref` is listed where it stands, and not followed. Examples' values, defaults and extensions are
    /// data of the author and not looked into, whatever their keys are called.
    pub fn places(&self) -> Vec<Site<'_>> {
        let mut places = Vec::new();
        let root = Site {
            pointer: String::new(),
            kind: Kind::Document,
            field: "",
            name: String::new(),
            value: self.root(),
            way: Way::Either,
        };
        visit(root, &mut places);
        places
    }
}

impl<'a> Site<'a> {
    /// Returns what it refers to, when it is a `$ref`: `#/components/schemas/Problem`.
    pub fn target(&self) -> Option<&'a str> {
        self.value.get("$ref").and_then(Value::as_str)
    }

    /// Says whether it stands in a section of `components`.
    pub fn is_component(&self) -> bool {
        self.pointer.starts_with("/components/") && self.pointer.matches('/').count() == 3
    }
}

fn visit<'a>(place: Site<'a>, places: &mut Vec<Site<'a>>) {
    // `additionalProperties` may be a boolean.
    let Some(fields) = place.value.as_object() else { return };
    let (pointer, kind, way) = (place.pointer.clone(), place.kind, place.way);
    let is_reference = place.target().is_some();
    places.push(place);
    for (field, value) in fields.iter().filter(|_| !is_reference) {
        let Some(shape) = kind.field(field) else { continue };
        let field_pointer = child(&pointer, field);
        for (kind, key, value) in shape.held(value) {
            let (name, pointer) = match key {
                Some(key) => (key.clone(), child(&field_pointer, &key)),
                None => (field.clone(), field_pointer.clone()),
            };
            visit(Site { pointer, kind, field, name, value, way: kind.way().unwrap_or(way) }, places);
        }
    }
}

/// How a field holds what stands below it.
enum Shape {
    One(Kind),
    List(Kind),
    /// Under names of the author's choice.
    Map(Kind),
    /// Under names that OpenAPI gives, so that those with `x-` are extensions.
    Fields(Kind),
}

impl Shape {
    /// Lists what a field holds, with the keys or numbers below it.
    fn held(self, value: &Value) -> Vec<(Kind, Option<String>, &Value)> {
        let entries = || value.as_object().into_iter().flatten();
        match self {
            Self::One(kind) => vec![(kind, None, value)],
            Self::List(kind) => {
                let items = value.as_array().into_iter().flatten().enumerate();
                items.map(|(number, item)| (kind, Some(number.to_string()), item)).collect()
            }
            Self::Map(kind) => entries().map(|(key, value)| (kind, Some(key.clone()), value)).collect(),
            Self::Fields(kind) => entries()
                .filter(|(key, _)| !key.starts_with("x-"))
                .map(|(key, value)| (kind, Some(key.clone()), value))
                .collect(),
        }
    }
}

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

impl Kind {
    /// Says what stands in a field of an object; nothing for fields that hold no objects of the contract.
    fn field(self, name: &str) -> Option<Shape> {
        use Shape::{Fields, List, Map, One};
        Some(match (self, name) {
            (Self::Document, "components") => One(Self::Components),
            (Self::Document, "paths") => Fields(Self::PathItem),
            (Self::Components, "schemas")
            | (Self::Schema, "properties" | "patternProperties" | "dependentSchemas" | "$defs") => {
                Map(Self::Schema)
            }
            (Self::Components, "responses") => Map(Self::Response),
            (Self::Components, "parameters") => Map(Self::Parameter),
            (Self::Components | Self::Parameter | Self::Header | Self::MediaType, "examples") => {
                Map(Self::Example)
            }
            (Self::Components, "requestBodies") => Map(Self::RequestBody),
            (Self::Components | Self::Response | Self::Encoding, "headers") => Map(Self::Header),
            (Self::Components, "securitySchemes") => Map(Self::SecurityScheme),
            (Self::Components | Self::Response, "links") => Map(Self::Link),
            (Self::Components | Self::Operation, "callbacks") => Map(Self::Callback),
            (Self::Callback, url) if !url.starts_with("x-") => One(Self::PathItem),
            (Self::Components, "pathItems") | (Self::Document, "webhooks") => Map(Self::PathItem),
            (Self::PathItem, method) if METHODS.contains(&method) => One(Self::Operation),
            (Self::PathItem | Self::Operation, "parameters") => List(Self::Parameter),
            (Self::Operation, "requestBody") => One(Self::RequestBody),
            (Self::Operation, "responses") => Fields(Self::Response),
            (Self::Parameter | Self::Header | Self::RequestBody | Self::Response, "content") => {
                Map(Self::MediaType)
            }
            (Self::Parameter | Self::Header | Self::MediaType, "schema")
            | (
                Self::Schema,
                "items"
                | "not"
                | "additionalProperties"
                | "propertyNames"
                | "contains"
                | "if"
                | "then"
                | "else",
            ) => One(Self::Schema),
            (Self::MediaType, "encoding") => Map(Self::Encoding),
            (Self::Schema, "allOf" | "oneOf" | "anyOf" | "prefixItems") => List(Self::Schema),
            _ => return None,
        })
    }

    /// Returns the way of what is below it, where it decides that.
    fn way(self) -> Option<Way> {
        match self {
            Self::Parameter | Self::RequestBody => Some(Way::Request),
            Self::Response => Some(Way::Response),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "
openapi: 3.0.3
paths:
  x-note: { get: { $ref: data } }
  /a:
    parameters: [{ name: p, in: query, schema: { $ref: '#/one' } }]
    get:
      responses:
        default: { $ref: '#/two' }
        '200':
          headers: { x-rate: { schema: { type: integer } } }
          content:
            application/json:
              schema: { type: object, properties: { default: { $ref: '#/three' }, $ref: { type: string } } }
              example: { $ref: data }
              examples: { e: { value: { $ref: data } } }
components:
  schemas: { Three: { type: array, items: { type: string } } }
x-internal: { schema: { $ref: data } }
";

    fn document() -> Document {
        Document::parse("a", DOCUMENT).unwrap()
    }

    #[test]
    fn references_are_found_by_their_place_and_data_is_left_alone() {
        let document = document();
        let places = document.places();

        let found: Vec<_> = places.iter().filter_map(|place| Some((place.kind, place.target()?))).collect();
        assert_eq!(found, [(Kind::Schema, "#/one"), (Kind::Response, "#/two"), (Kind::Schema, "#/three")]);
    }

    #[test]
    fn a_place_knows_its_pointer_its_name_and_its_way() {
        let document = document();
        let places = document.places();

        for place in &places {
            assert_eq!(document.root().pointer(&place.pointer), Some(place.value), "{}", place.pointer);
        }
        let at = |pointer: &str| places.iter().find(|place| place.pointer == pointer).unwrap();
        let property = at("/paths/~1a/get/responses/200/content/application~1json/schema/properties/default");
        assert_eq!(
            (property.field, property.name.as_str(), property.way),
            ("properties", "default", Way::Response)
        );
        assert_eq!(at("/paths/~1a/parameters/0/schema").way, Way::Request);
        assert_eq!(at("/components/schemas/Three/items").way, Way::Either);
        assert!(at("/components/schemas/Three").is_component());
        assert!(!at("/components/schemas/Three/items").is_component());
    }
}
