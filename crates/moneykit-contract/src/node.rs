//! The located node of a document, and the walk that lists every node.

use serde_json::Value;

use crate::grammar::Kind;
use crate::references::target_of;
use crate::{Direction, Document};

/// An object that OpenAPI defines, with its location in the document.
#[derive(Debug, Clone)]
pub struct NodeRef<'a> {
    /// The JSON pointer (RFC 6901) to the object. [`Document::position`] turns it into a line and a column.
    pub pointer: String,
    /// The kind of object that OpenAPI expects at this location.
    pub kind: Kind,
    /// The field of the owner that holds the object: `properties` for a property, `schema` for the schema of a
    /// body.
    pub field: &'a str,
    /// The key of the object in a map, or its index in a list; equal to `field` if the field holds one object.
    pub name: String,
    /// The object itself.
    pub value: &'a Value,
    /// The direction in which the described value is sent. `None` if both are possible, as for a component,
    /// whose direction depends on each use.
    pub direction: Option<Direction>,
}

impl Document {
    /// Lists every object that the specification defines, each owner before the objects in it.
    ///
    /// A `$ref` is listed where it is written and not followed. The values of examples, defaults and extensions
    /// are the author's data and not searched, regardless of their keys.
    pub fn nodes(&self) -> Vec<NodeRef<'_>> {
        let mut nodes = Vec::new();
        visit(NodeRef::new(String::new(), Kind::Document, self.root()), &mut nodes);
        nodes
    }
}

impl<'a> NodeRef<'a> {
    /// Returns a node that no owner holds: the root of a walk.
    pub(crate) fn new(pointer: String, kind: Kind, value: &'a Value) -> Self {
        Self { pointer, kind, field: "", name: String::new(), value, direction: kind.direction() }
    }

    /// Returns the target if the node is a `$ref`: `#/components/schemas/Problem`.
    pub fn target(&self) -> Option<&'a str> {
        target_of(self.value)
    }

    /// Returns true if the node is an entry in a section of `components`.
    pub fn is_component(&self) -> bool {
        self.pointer.starts_with("/components/") && self.pointer.matches('/').count() == 3
    }

    /// Lists the objects directly below, in the order of the document.
    pub fn children(&self) -> Vec<NodeRef<'a>> {
        let mut children = self.kind.children(self.value, &self.pointer);
        for child in &mut children {
            child.direction = child.direction.or(self.direction);
        }
        // `additionalProperties` may be a boolean.
        children.retain(|child| child.value.is_object());
        children
    }

    /// Returns the object in a field that holds a single object, such as the `schema` of a parameter.
    pub fn child(&self, field: &str) -> Option<NodeRef<'a>> {
        self.children().into_iter().find(|child| child.field == field && child.name == field)
    }
}

/// Visits a node and everything below it. The recursion is bounded, since [`Document::new`] bounds the depth.
fn visit<'a>(node: NodeRef<'a>, nodes: &mut Vec<NodeRef<'a>>) {
    let children = match node.target() {
        Some(_) => Vec::new(),
        None => node.children(),
    };
    nodes.push(node);
    for child in children {
        visit(child, nodes);
    }
}

impl Kind {
    /// Returns the direction of everything below an object of this kind, if the kind determines it.
    fn direction(self) -> Option<Direction> {
        match self {
            Self::Parameter | Self::RequestBody => Some(Direction::Sent),
            Self::Response => Some(Direction::Received),
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
  schemas: { Three: { type: array, items: { type: string }, additionalProperties: false } }
x-internal: { schema: { $ref: data } }
";

    fn document() -> Document {
        Document::parse("a", DOCUMENT).unwrap()
    }

    #[test]
    fn references_are_found_and_data_is_skipped() {
        let document = document();
        let nodes = document.nodes();

        let found: Vec<_> = nodes.iter().filter_map(|node| Some((node.kind, node.target()?))).collect();
        assert_eq!(found, [(Kind::Schema, "#/one"), (Kind::Response, "#/two"), (Kind::Schema, "#/three")]);
    }

    #[test]
    fn a_node_has_its_pointer_name_and_direction() {
        let document = document();
        let nodes = document.nodes();

        for node in &nodes {
            assert_eq!(document.root().pointer(&node.pointer), Some(node.value), "{}", node.pointer);
        }
        let at = |pointer: &str| nodes.iter().find(|node| node.pointer == pointer).unwrap();
        let property = at("/paths/~1a/get/responses/200/content/application~1json/schema/properties/default");
        assert_eq!(
            (property.field, property.name.as_str(), property.direction),
            ("properties", "default", Some(Direction::Received))
        );
        assert_eq!(at("/paths/~1a/parameters/0/schema").direction, Some(Direction::Sent));
        assert_eq!(at("/components/schemas/Three/items").direction, None);
        assert!(at("/components/schemas/Three").is_component());
        assert!(!at("/components/schemas/Three/items").is_component());
    }

    #[test]
    fn a_child_is_found_by_the_field_that_holds_it_alone() {
        let document = document();
        let nodes = document.nodes();
        let at = |pointer: &str| nodes.iter().find(|node| node.pointer == pointer).unwrap();

        assert_eq!(at("/paths/~1a").child("get").unwrap().pointer, "/paths/~1a/get");
        assert!(at("/paths/~1a").child("parameters").is_none(), "a list holds many");
        let three = at("/components/schemas/Three");
        assert_eq!(three.child("items").unwrap().value["type"], "string");
        assert!(three.child("additionalProperties").is_none(), "a boolean is no object");
    }
}
