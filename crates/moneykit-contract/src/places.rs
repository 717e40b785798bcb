use serde_json::Value;

use crate::Document;
use crate::grammar::{Child, Kind};
use crate::pointer::{last, names};

/// An object that OpenAPI gives a meaning to, and where it stands.
#[derive(Debug, Clone)]
pub struct NodeRef<'a> {
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
    pub fn places(&self) -> Vec<NodeRef<'_>> {
        let mut places = Vec::new();
        let root = NodeRef {
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

impl<'a> NodeRef<'a> {
    /// Returns what it refers to, when it is a `$ref`: `#/components/schemas/Problem`.
    pub fn target(&self) -> Option<&'a str> {
        self.value.get("$ref").and_then(Value::as_str)
    }

    /// Says whether it stands in a section of `components`.
    pub fn is_component(&self) -> bool {
        self.pointer.starts_with("/components/") && self.pointer.matches('/').count() == 3
    }
}

fn visit<'a>(site: NodeRef<'a>, sites: &mut Vec<NodeRef<'a>>) {
    // `additionalProperties` may be a boolean.
    if !site.value.is_object() {
        return;
    }
    let (pointer, kind, value, way) = (site.pointer.clone(), site.kind, site.value, site.way);
    let is_reference = site.target().is_some();
    sites.push(site);
    if is_reference {
        return;
    }
    for Child { at, node, kind } in kind.children(value, &pointer) {
        let way = kind.way().unwrap_or(way);
        let steps = names(&at[pointer.len()..]);
        let held_by =
            value.as_object().zip(steps.first()).and_then(|(fields, step)| fields.get_key_value(step));
        let field = held_by.map_or("", |(field, _)| field.as_str());
        visit(NodeRef { name: last(&at), pointer: at, kind, field, value: node, way }, sites);
    }
}

impl Kind {
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
