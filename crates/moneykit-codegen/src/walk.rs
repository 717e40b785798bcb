use crate::tree::{Entry, Node, child};

/// What stands where in a contract: every schema, parameter and reference that OpenAPI 3.0.3 gives a place to.
///
/// Examples, defaults and extensions are data of the contract's author and never visited, whatever their keys
/// are called; a property may have any name, `$ref` and `default` among them.
pub(crate) struct Survey<'a> {
    tree: &'a Node,
    /// Every schema that is written out, named or inline.
    pub(crate) schemas: Vec<&'a Node>,
    /// Every parameter that is written out.
    pub(crate) parameters: Vec<&'a Node>,
    pub(crate) references: Vec<Reference<'a>>,
    /// Every operation below `paths`, in the order of the text.
    pub(crate) operations: Vec<Operation<'a>>,
}

/// A `$ref`, and what may stand in its place.
#[derive(Clone, Copy)]
pub(crate) struct Reference<'a> {
    pub(crate) kind: Kind,
    pub(crate) node: &'a Node,
    pub(crate) target: &'a str,
}

/// An operation, with what it shares with the others of its path.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'a> {
    pub(crate) path: &'a str,
    /// The method and what stands below it.
    pub(crate) entry: &'a Entry,
    pub(crate) item: &'a Node,
}

/// What an object is, by where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
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

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

impl<'a> Survey<'a> {
    pub(crate) fn new(tree: &'a Node) -> Self {
        let mut survey = Self::of(tree, tree, Kind::Document);
        survey.operations = operations(tree);
        survey
    }

    /// Surveys one part of the tree alone.
    pub(crate) fn of(tree: &'a Node, part: &'a Node, kind: Kind) -> Self {
        let mut survey = Self {
            tree,
            schemas: Vec::new(),
            parameters: Vec::new(),
            references: Vec::new(),
            operations: Vec::new(),
        };
        survey.visit(part, kind);
        survey
    }

    pub(crate) fn tree(&self) -> &'a Node {
        self.tree
    }

    /// Lists the components of a kind.
    pub(crate) fn components(&self, kind: Kind) -> &'a [Entry] {
        let section = kind.section().unwrap_or_default();
        self.tree.at(&child("/components", section)).map(Node::entries).unwrap_or_default()
    }

    /// Follows references from a node to what is written out; nothing for those that lead nowhere.
    pub(crate) fn resolve(&self, node: &'a Node) -> Option<&'a Node> {
        let mut node = node;
        // More hops than this is a circle, which has a rule of its own.
        for _ in 0..100 {
            match target(node) {
                None => return Some(node),
                Some(target) => node = self.tree.at(target.strip_prefix('#')?)?,
            }
        }
        None
    }

    fn visit(&mut self, node: &'a Node, kind: Kind) {
        // `additionalProperties` may be a boolean; whatever else is no object, the reader refuses.
        if !node.is_mapping() {
            return;
        }
        if let (Some(target), Some(node)) = (target(node), node.get("$ref")) {
            self.references.push(Reference { kind, node, target });
            return;
        }
        match kind {
            Kind::Schema => self.schemas.push(node),
            Kind::Parameter => self.parameters.push(node),
            Kind::Callback => return self.visit_fields(node, Kind::PathItem),
            _ => {}
        }
        for entry in node.entries() {
            match kind.field(&entry.key) {
                None => {}
                Some(Shape::One(kind)) => self.visit(&entry.value, kind),
                Some(Shape::List(kind)) => entry.value.items().iter().for_each(|item| self.visit(item, kind)),
                Some(Shape::Map(kind)) => {
                    entry.value.entries().iter().for_each(|entry| self.visit(&entry.value, kind));
                }
                Some(Shape::Fields(kind)) => self.visit_fields(&entry.value, kind),
            }
        }
    }

    fn visit_fields(&mut self, node: &'a Node, kind: Kind) {
        for entry in node.entries().iter().filter(|entry| !entry.key.starts_with("x-")) {
            self.visit(&entry.value, kind);
        }
    }
}

impl<'a> Operation<'a> {
    pub(crate) fn node(self) -> &'a Node {
        &self.entry.value
    }

    pub(crate) fn method(self) -> &'a str {
        &self.entry.key
    }

    /// Names the operation for people.
    pub(crate) fn name(self) -> String {
        format!("{} {}", self.method().to_uppercase(), self.path)
    }

    pub(crate) fn id(self) -> Option<&'a Node> {
        self.node().get("operationId")
    }

    /// Lists the parameters that the operation takes, those of its path first, as they are written there.
    pub(crate) fn parameters(self) -> impl Iterator<Item = &'a Node> {
        let lists = [self.item, self.node()].into_iter().filter_map(|owner| owner.get("parameters"));
        lists.flat_map(Node::items)
    }
}

impl Kind {
    /// Returns the section of `components` that holds this kind, where it can be referred to.
    pub(crate) fn section(self) -> Option<&'static str> {
        Some(match self {
            Self::Schema => "schemas",
            Self::Response => "responses",
            Self::Parameter => "parameters",
            Self::Example => "examples",
            Self::RequestBody => "requestBodies",
            Self::Header => "headers",
            Self::SecurityScheme => "securitySchemes",
            Self::Link => "links",
            Self::Callback => "callbacks",
            _ => return None,
        })
    }

    /// Says what stands below a field of an object; nothing for fields that hold no objects of the contract.
    fn field(self, name: &str) -> Option<Shape> {
        use Shape::{Fields, List, Map, One};
        Some(match (self, name) {
            (Self::Document, "components") => One(Self::Components),
            (Self::Document, "paths") => Fields(Self::PathItem),
            (Self::Components, "schemas") | (Self::Schema, "properties") => Map(Self::Schema),
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
            (Self::PathItem, method) if METHODS.contains(&method) => One(Self::Operation),
            (Self::PathItem | Self::Operation, "parameters") => List(Self::Parameter),
            (Self::Operation, "requestBody") => One(Self::RequestBody),
            (Self::Operation, "responses") => Fields(Self::Response),
            (Self::Parameter | Self::Header | Self::RequestBody | Self::Response, "content") => {
                Map(Self::MediaType)
            }
            (Self::Parameter | Self::Header | Self::MediaType, "schema")
            | (Self::Schema, "items" | "not" | "additionalProperties") => One(Self::Schema),
            (Self::MediaType, "encoding") => Map(Self::Encoding),
            (Self::Schema, "allOf" | "oneOf" | "anyOf") => List(Self::Schema),
            _ => return None,
        })
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

/// Lists the parts that a schema is composed of.
pub(crate) fn parts(schema: &Node) -> impl Iterator<Item = &Node> {
    let lists = ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|keyword| schema.get(keyword));
    lists.flat_map(Node::items).chain(schema.get("not"))
}

/// Returns what an object refers to, if it is a reference.
pub(crate) fn target(node: &Node) -> Option<&str> {
    node.get("$ref").and_then(Node::as_str)
}

fn operations(tree: &Node) -> Vec<Operation<'_>> {
    let items = tree.get("paths").map(Node::entries).unwrap_or_default();
    let items = items.iter().filter(|item| !item.key.starts_with("x-"));
    items
        .flat_map(|item| {
            let methods = item.value.entries().iter().filter(|entry| METHODS.contains(&entry.key.as_str()));
            methods.map(|entry| Operation { path: &item.key, entry, item: &item.value })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRACT: &str = "
paths:
  x-note: { get: { $ref: data } }
  /a:
    parameters: [{ name: p, in: query, schema: { $ref: '#/one' } }]
    get:
      responses:
        default: { $ref: '#/two' }
        '200':
          description: d
          headers: { x-rate: { schema: { type: integer } } }
          content:
            application/json:
              schema: { type: object, properties: { default: { $ref: '#/three' }, $ref: { type: string } } }
              example: { $ref: data }
              examples: { e: { value: { $ref: data } } }
x-internal: { schema: { $ref: data } }
";

    #[test]
    fn references_are_found_by_their_place_and_data_is_left_alone() {
        let tree = Node::parse(CONTRACT).unwrap();
        let survey = Survey::new(&tree);

        let found: Vec<_> = survey.references.iter().map(|found| (found.kind, found.target)).collect();
        assert_eq!(found, [(Kind::Schema, "#/one"), (Kind::Response, "#/two"), (Kind::Schema, "#/three")]);
        assert_eq!(survey.schemas.len(), 3, "the header's, the body's, and the property called `$ref`");
    }

    #[test]
    fn an_operation_takes_the_parameters_of_its_path_as_well() {
        let tree = Node::parse(CONTRACT).unwrap();
        let [operation] = Survey::new(&tree).operations[..] else { panic!("one operation") };

        assert_eq!(operation.name(), "GET /a");
        assert_eq!(operation.parameters().count(), 1);
    }
}
