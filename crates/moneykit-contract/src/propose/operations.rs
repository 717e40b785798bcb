//! Proposes the paths of a contract.

use serde_json::{Map, Value};

use super::{At, Proposal};
use crate::extract::path_items;
use crate::grammar::{Kind, METHODS};
use crate::paths::{self, Endpoint};
use crate::pointer::child;

/// An operation of ours, and the same one of theirs.
pub(super) struct Matched<'a> {
    pub(super) method: &'static str,
    pub(super) ours: At<'a>,
    pub(super) theirs: At<'a>,
    /// The path items that contain them.
    pub(super) our_item: At<'a>,
    pub(super) their_item: At<'a>,
    pub(super) our_path: &'a str,
    pub(super) their_path: &'a str,
}

impl<'a> Proposal<'a, '_> {
    /// Writes the paths: people decide about operations that the vendor's document does not have.
    pub(super) fn paths(&mut self, root: &mut Value) {
        let (ours, theirs) = (operations(self.ours), operations(self.theirs));
        let endpoints = |list: &[Operation<'a>]| list.iter().map(|it| it.endpoint).collect::<Vec<_>>();
        let found = paths::matches(&endpoints(&ours), &endpoints(&theirs));
        let mut by_path: Vec<(&'a str, Vec<Matched<'a>>)> = Vec::new();
        for (our, index) in ours.iter().zip(found) {
            let Some(their) = index.map(|index| &theirs[index]) else { continue };
            let matched = Matched {
                method: our.method,
                ours: our.node.clone(),
                theirs: their.node.clone(),
                our_item: our.item.clone(),
                their_item: their.item.clone(),
                our_path: our.endpoint.path,
                their_path: their.endpoint.path,
            };
            match by_path.last_mut().filter(|(path, _)| *path == our.endpoint.path) {
                Some((_, list)) => list.push(matched),
                None => by_path.push((our.endpoint.path, vec![matched])),
            }
        }
        for (path, list) in by_path {
            let item = self.path_item(&list);
            root["paths"][path] = item;
        }
    }

    fn path_item(&mut self, list: &[Matched<'a>]) -> Value {
        let Some(first) = list.first() else { return Value::Null };
        let mut item = first.our_item.value.as_object().cloned().unwrap_or_default();
        for matched in list {
            let operation = self.object(Kind::Operation, Some(matched.ours.clone()), &matched.theirs);
            let mut operation = operation.as_object().cloned().unwrap_or_default();
            self.servers(matched, &mut operation);
            self.security(matched, &mut operation);
            item.insert(matched.method.to_owned(), Value::Object(operation));
        }
        self.parameters(list, &mut item);
        Value::Object(item)
    }

    /// Writes the servers of an operation, unless it inherits the same ones.
    fn servers(&mut self, matched: &Matched<'a>, operation: &mut Map<String, Value>) {
        let own =
            |operation: &At<'a>, item: &At<'a>| operation.get("servers").or_else(|| item.get("servers"));
        let theirs = own(&matched.theirs, &matched.their_item);
        operation.shift_remove("servers");
        match (own(&matched.ours, &matched.our_item), theirs) {
            (Some(ours), Some(theirs)) if ours.value == theirs.value => {
                let is_own = matched.ours.get("servers").is_some();
                operation.extend(is_own.then(|| ("servers".to_owned(), ours.value.clone())));
            }
            (_, Some(theirs)) => {
                operation.insert("servers".to_owned(), theirs.value.clone());
            }
            (Some(_), None) if matched.our_item.get("servers").is_some() => {
                // The servers of the path item do not apply to this operation.
                let servers = self.theirs.get("servers").or_else(|| self.ours.get("servers"));
                operation.extend(servers.map(|servers| ("servers".to_owned(), servers.clone())));
            }
            _ => {}
        }
    }
}

/// An operation of a document, with its path item.
struct Operation<'a> {
    endpoint: Endpoint<'a>,
    method: &'static str,
    node: At<'a>,
    item: At<'a>,
}

/// Lists the operations of a document. References of path items are followed.
fn operations(root: &Value) -> Vec<Operation<'_>> {
    let mut operations = Vec::new();
    for (path, _) in path_items(root) {
        let Some(value) = root.get("paths").and_then(|paths| paths.get(path)) else { continue };
        let item = At { value, pointer: child("/paths", path) };
        let item =
            if METHODS.iter().any(|method| item.get(method).is_some()) { item } else { item.resolved(root) };
        for method in METHODS {
            let Some(node) = item.get(method) else { continue };
            let id = node.value.get("operationId").and_then(Value::as_str);
            operations.push(Operation {
                endpoint: Endpoint { path, method, id },
                method,
                node,
                item: item.clone(),
            });
        }
    }
    operations
}
