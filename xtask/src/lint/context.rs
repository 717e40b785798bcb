//! The contract as lint rules read it, and their diagnostics.

use moneykit_contract::{Document, Kind, NodeRef};
use serde_json::Value;

/// A contract whose references were checked: each resolves to a component.
pub(super) struct LintContext<'a> {
    pub(super) document: &'a Document,
    pub(super) nodes: Vec<NodeRef<'a>>,
}

/// A violation of a rule.
pub(super) struct Diagnostic {
    /// The JSON pointer of the violation.
    pub(super) pointer: String,
    pub(super) message: String,
    /// The fix.
    pub(super) help: String,
}

impl<'a> LintContext<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self { document, nodes: document.nodes() }
    }

    /// Returns the nodes of a kind that are not references.
    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = &NodeRef<'a>> {
        self.definitions().filter(move |node| node.kind == kind)
    }

    /// Returns the nodes that are not references. The target of a `$ref` is a separate node.
    pub(super) fn definitions(&self) -> impl Iterator<Item = &NodeRef<'a>> {
        self.nodes.iter().filter(|node| node.target().is_none())
    }

    /// Follows the references that begin at a JSON pointer, and returns the pointer and value of their target.
    pub(super) fn resolve(&self, pointer: &str) -> Option<(String, &'a Value)> {
        self.document.resolve(pointer)
    }
}

impl Diagnostic {
    pub(super) fn new(
        pointer: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { pointer: pointer.into(), message: message.into(), help: help.into() }
    }
}

/// Returns a phrase such as "the property `name`" for a node that has a name.
pub(super) fn name_of(node: &NodeRef<'_>) -> Option<String> {
    let (noun, name) = match node.kind {
        // A property under `not` is a condition that no value meets, and no part of the API.
        Kind::Schema if node.field == "properties" && node.pointer.contains("/not/properties/") => {
            return None;
        }
        Kind::Schema if node.field == "properties" => ("property", node.name.as_str()),
        Kind::Schema if node.is_component() => ("schema", node.name.as_str()),
        Kind::Parameter => ("parameter", node.value.get("name").and_then(Value::as_str).unwrap_or_default()),
        Kind::Header => ("header", node.name.as_str()),
        Kind::Response => ("response", node.name.as_str()),
        _ => return None,
    };
    Some(format!("the {noun} `{name}`"))
}

/// Returns true if a field is text that is not blank.
pub(super) fn has_text(value: &Value, field: &str) -> bool {
    value.get(field).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty())
}
