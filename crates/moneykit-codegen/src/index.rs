//! An index of the objects in a contract, for the checks and the generator.

use std::collections::HashMap;

use moneykit_contract::{Document, Kind, NodeRef, Position};
use serde_json::Value;

/// The nodes of a document, in the order of the text.
pub(crate) struct ContractIndex<'a> {
    document: &'a Document,
    /// The document as its author wrote it, which has the positions.
    source: &'a Document,
    nodes: Vec<NodeRef<'a>>,
    by_pointer: HashMap<String, usize>,
    operations: Vec<Operation<'a>>,
}

/// An operation below `paths`.
#[derive(Clone)]
pub(crate) struct Operation<'a> {
    pub(crate) node: NodeRef<'a>,
    /// The path item of the operation.
    pub(crate) item: NodeRef<'a>,
}

impl<'a> ContractIndex<'a> {
    pub(crate) fn new(document: &'a Document, source: &'a Document) -> Self {
        let nodes = document.nodes();
        let by_pointer = nodes.iter().enumerate().map(|(i, node)| (node.pointer.clone(), i)).collect();
        let items = nodes.iter().filter(|node| is_path_item(node));
        let operations = items.flat_map(|item| {
            let children = item.children().into_iter().filter(|child| child.kind == Kind::Operation);
            children.map(|node| Operation { node, item: item.clone() })
        });
        let operations = operations.collect();
        Self { document, source, nodes, by_pointer, operations }
    }

    pub(crate) fn root(&self) -> &'a Value {
        self.document.root()
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = &NodeRef<'a>> {
        self.nodes.iter()
    }

    /// Returns every operation below `paths`, in the order of the text.
    pub(crate) fn operations(&self) -> &[Operation<'a>] {
        &self.operations
    }

    /// Lists the objects of a kind that are no references, named and inline.
    pub(crate) fn definitions(&self, kind: Kind) -> impl Iterator<Item = &NodeRef<'a>> {
        self.nodes().filter(move |node| node.kind == kind && node.target().is_none())
    }

    /// Lists the references, each with the kind that its target must have.
    pub(crate) fn references(&self) -> impl Iterator<Item = (&NodeRef<'a>, &'a str)> {
        self.nodes().filter_map(|node| Some((node, node.target()?)))
    }

    /// Lists the components of a kind.
    pub(crate) fn components(&self, kind: Kind) -> impl Iterator<Item = &NodeRef<'a>> {
        self.nodes().filter(move |node| node.kind == kind && node.is_component())
    }

    /// Returns the node that a reference names. The node may be a reference itself.
    pub(crate) fn target(&self, reference: &str) -> Option<NodeRef<'a>> {
        let (pointer, _) = self.document.target(reference)?;
        self.get(&pointer)
    }

    /// Follows references from a node to a definition. Returns `None` if there is none.
    pub(crate) fn resolve(&self, node: &NodeRef<'a>) -> Option<NodeRef<'a>> {
        if node.target().is_none() {
            return Some(node.clone());
        }
        let (pointer, _) = self.document.resolve(&node.pointer)?;
        self.get(&pointer)
    }

    /// Returns the position of the key at a JSON pointer, or of the value if it has no key.
    pub(crate) fn position(&self, pointer: &str) -> Option<Position> {
        located(pointer, |pointer| self.source.position(pointer))
    }

    /// Returns the position of the value at a JSON pointer.
    pub(crate) fn value_position(&self, pointer: &str) -> Option<Position> {
        located(pointer, |pointer| self.source.value_position(pointer))
    }

    /// Returns the position of the target if the node is a reference, and of the node itself otherwise.
    pub(crate) fn target_position(&self, node: &NodeRef<'_>) -> Option<Position> {
        match node.target() {
            Some(_) => self.value_position(&format!("{}/$ref", node.pointer)),
            None => self.value_position(&node.pointer),
        }
    }

    fn get(&self, pointer: &str) -> Option<NodeRef<'a>> {
        self.by_pointer.get(pointer).map(|index| self.nodes[*index].clone())
    }
}

impl<'a> Operation<'a> {
    pub(crate) fn path(&self) -> &str {
        &self.item.name
    }

    /// Returns the method in lower case.
    pub(crate) fn method(&self) -> &'a str {
        self.node.field
    }

    /// Returns the name of the operation in messages, such as `GET /pets`.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method().to_uppercase(), self.path())
    }

    /// Returns the `operationId`, if it is text.
    pub(crate) fn id(&self) -> Option<&'a str> {
        self.node.value.get("operationId").and_then(Value::as_str)
    }

    /// Returns the parameters of the path and those of the operation, as written: some may be references.
    pub(crate) fn parameters(&self) -> (Vec<NodeRef<'a>>, Vec<NodeRef<'a>>) {
        let parameters = |owner: &NodeRef<'a>| {
            let mut children = owner.children();
            children.retain(|child| child.kind == Kind::Parameter);
            children
        };
        (parameters(&self.item), parameters(&self.node))
    }

    /// Returns the responses of the operation, as written: some may be references.
    pub(crate) fn responses(&self) -> Vec<NodeRef<'a>> {
        self.node.child("responses").map(|responses| responses.children()).unwrap_or_default()
    }
}

/// Returns the position of a JSON pointer, or of the closest owner that the author wrote.
fn located(pointer: &str, position: impl Fn(&str) -> Option<Position>) -> Option<Position> {
    let mut pointer = pointer;
    loop {
        if let Some(found) = position(pointer) {
            return Some(found);
        }
        pointer = pointer.rsplit_once('/')?.0;
    }
}

/// Returns true for a path item in `paths`. Callbacks contain path items as well.
fn is_path_item(node: &NodeRef<'_>) -> bool {
    node.kind == Kind::PathItem
        && node.pointer.starts_with("/paths/")
        && node.pointer.matches('/').count() == 2
}

/// Lists the schemas that a schema is composed of.
pub(crate) fn parts<'a>(schema: &NodeRef<'a>) -> impl Iterator<Item = NodeRef<'a>> + use<'a> {
    let children = schema.children().into_iter();
    children.filter(|child| ["allOf", "oneOf", "anyOf", "not"].contains(&child.field))
}

/// Lists the properties of a schema.
pub(crate) fn properties<'a>(schema: &NodeRef<'a>) -> impl Iterator<Item = NodeRef<'a>> + use<'a> {
    schema.children().into_iter().filter(|child| child.field == "properties")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRACT: &str = "
openapi: 3.0.3
paths:
  x-note: { get: { $ref: data } }
  /a:
    parameters: [{ name: p, in: query, schema: { $ref: '#/components/schemas/One' } }]
    get:
      responses:
        default: { description: d }
      callbacks:
        event: { '{$request.body#/url}': { post: {} } }
components:
  schemas:
    One: { $ref: '#/components/schemas/Two' }
    Two: { type: object, properties: { $ref: { type: string } }, not: { type: integer } }
";

    #[test]
    fn operations_are_those_below_paths_with_the_parameters_of_their_path() {
        let document = Document::parse_with_positions("a", CONTRACT).unwrap();
        let index = ContractIndex::new(&document, &document);
        let [operation] = index.operations() else { panic!("one operation") };

        assert_eq!(operation.name(), "GET /a");
        let (shared, own) = operation.parameters();
        assert_eq!((shared.len(), own.len(), operation.responses().len()), (1, 0, 1));
        assert_eq!(index.position(&operation.node.pointer).unwrap().to_string(), "7:5");
    }

    #[test]
    fn references_resolve_to_a_definition() {
        let document = Document::parse_with_positions("a", CONTRACT).unwrap();
        let index = ContractIndex::new(&document, &document);
        let (reference, target) = index.references().next().unwrap();

        assert_eq!((reference.kind, target), (Kind::Schema, "#/components/schemas/One"));
        assert_eq!(index.target(target).unwrap().pointer, "/components/schemas/One");
        let schema = index.resolve(reference).unwrap();
        assert_eq!(schema.pointer, "/components/schemas/Two");
        assert_eq!(parts(&schema).count(), 1);
        assert_eq!(properties(&schema).map(|property| property.name).collect::<Vec<_>>(), ["$ref"]);
        assert_eq!(index.components(Kind::Schema).count(), 2);
    }
}
