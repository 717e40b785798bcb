//! Marks secrets that are named like secrets.

use std::collections::{HashMap, HashSet};

use moneykit_contract::{Document, Kind, NodeRef};
use serde_json::{Value, json};

use crate::secret_names::Search;

/// Adds `format: password` to the strings that are named like secrets. Returns the content of the document, and the JSON
/// pointers of these strings.
///
/// Left out is what the generator would refuse or what is more than that secret: a list of values, an alternative, a part
/// of a parameter, and a schema that other properties refer to as well.
pub(super) fn mark(document: &Document) -> (Value, Vec<String>) {
    let mut root = document.root().clone();
    let search = Search::of(document);
    let nodes = document.nodes();
    let kept = unmarkable(document, &nodes, &search.visited);
    let mut marked = Vec::new();
    for pointer in search.unmarked.into_iter().map(|secret| secret.pointer) {
        let Some(schema) = root.pointer_mut(&pointer).and_then(Value::as_object_mut) else { continue };
        if kept.contains(&pointer) || schema.contains_key("enum") || marked.contains(&pointer) {
            continue;
        }
        schema.insert("format".to_owned(), json!("password"));
        marked.push(pointer);
    }
    (root, marked)
}

/// Returns the JSON pointers of the schemas that must stay as they are.
fn unmarkable(document: &Document, nodes: &[NodeRef<'_>], visited: &HashSet<String>) -> HashSet<String> {
    let mut kept = HashSet::new();
    let schemas = nodes.iter().filter(|node| node.kind == Kind::Schema);
    for node in schemas.clone() {
        if is_alternative(document, node) || (node.target().is_some() && !visited.contains(&node.pointer)) {
            kept.extend(document.resolve(&node.pointer).map(|(pointer, _)| pointer));
        }
    }
    let parameters = nodes.iter().filter(|node| [Kind::Parameter, Kind::Header].contains(&node.kind));
    let mut open: Vec<String> = parameters.map(|parameter| parameter.pointer.clone()).collect();
    let mut seen = HashSet::new();
    let by_pointer: HashMap<&str, &NodeRef<'_>> =
        nodes.iter().map(|node| (node.pointer.as_str(), node)).collect();
    while let Some(pointer) = open.pop() {
        let Some((pointer, _)) = document.resolve(&pointer) else { continue };
        if !seen.insert(pointer.clone()) {
            continue;
        }
        if let Some(node) = by_pointer.get(pointer.as_str()) {
            open.extend(node.children().into_iter().map(|child| child.pointer));
        }
    }
    kept.extend(seen);
    kept
}

/// Returns true for a part of a composition that is more than a reference with a description of its own.
fn is_alternative(document: &Document, node: &NodeRef<'_>) -> bool {
    if !["allOf", "oneOf", "anyOf", "not"].contains(&node.field) {
        return false;
    }
    let owner = node.pointer.rsplitn(3, '/').nth(2).and_then(|owner| document.root().pointer(owner));
    let is_only_part =
        |owner: &Value| owner.get(node.field).and_then(Value::as_array).is_some_and(|parts| parts.len() == 1);
    !owner.is_some_and(|owner| is_only_part(owner) && owner.get("nullable").is_none())
}
