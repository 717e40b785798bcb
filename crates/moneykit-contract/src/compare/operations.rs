//! Compares operations, matched by path and method, or by `operationId` if they moved.

use std::collections::HashSet;

use super::side::Side;
use super::{Comparison, Node, Pair};
use crate::change::Location;
use crate::compare::annotations::ANNOTATIONS;
use crate::grammar::METHODS;
use crate::paths::{self, Endpoint};
use crate::rules::{
    OPERATION_ADDED, OPERATION_DEPRECATED, OPERATION_MOVED, OPERATION_REMOVED, OPERATION_RENAMED,
    OPERATION_UNDEPRECATED, PATH_PARAMETER_RENAMED,
};

/// An operation, with its path and its path item.
#[derive(Clone)]
pub(super) struct Operation<'a> {
    pub(super) path: &'a str,
    pub(super) item: Node<'a>,
    pub(super) method: &'a str,
    pub(super) node: Node<'a>,
}

impl<'a> Comparison<'a> {
    /// Compares all operations: first by path and method, then the remaining ones by `operationId`.
    pub(super) fn operations(&mut self) {
        let old_operations = operations(&self.old);
        let new_operations = operations(&self.new);
        self.external_paths();
        let matches = paths::matches(&endpoints(&old_operations), &endpoints(&new_operations));
        let mut is_matched = vec![false; new_operations.len()];
        matches.iter().flatten().for_each(|index| is_matched[*index] = true);
        for (old, index) in old_operations.iter().zip(matches) {
            if let Some(index) = index {
                self.operation(old, &new_operations[index]);
                continue;
            }
            let has_same_id = |new: &Operation<'a>, index: usize| {
                old.id().is_some() && old.id() == new.id() && !is_matched[index]
            };
            let moved = new_operations.iter().enumerate().find(|(index, new)| has_same_id(new, *index));
            if let Some((index, new)) = moved {
                is_matched[index] = true;
                let message = format!("{} moved to {}", old.name(), new.name());
                self.report(&OPERATION_MOVED, &Location::operation(&new.name()), &new.node, message);
                self.operation(old, new);
            } else {
                let message = format!("removed {}", old.name());
                self.report(&OPERATION_REMOVED, &Location::operation(&old.name()), &old.node, message);
            }
        }
        for (new, _) in new_operations.iter().zip(is_matched).filter(|(_, is_matched)| !is_matched) {
            let message = format!("added {}", new.name());
            self.report(&OPERATION_ADDED, &Location::operation(&new.name()), &new.node, message);
        }
    }

    fn operation(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let location = Location::operation(&new.name());
        let pair = Pair { old: Some(old.node.clone()), new: Some(new.node.clone()) };

        if old.id() != new.id() {
            let id = |id: Option<&str>| id.map_or("none".to_owned(), |id| format!("`{id}`"));
            let message = format!("`operationId` changed from {} to {}", id(old.id()), id(new.id()));
            let node = new.node.get("operationId").unwrap_or_else(|| new.node.clone());
            self.report(&OPERATION_RENAMED, &location, &node, message);
        }
        self.deprecation(&pair, &location, "operation", [&OPERATION_DEPRECATED, &OPERATION_UNDEPRECATED]);
        let parameters = old.path_parameters().zip(new.path_parameters());
        for (old_name, new_name) in parameters.filter(|(old_name, new_name)| old_name != new_name) {
            let message = format!("path parameter `{old_name}` renamed to `{new_name}`");
            self.report(&PATH_PARAMETER_RENAMED, &location, &new.item, message);
        }
        self.parameters(old, new, &location);
        self.request_body(&pair.get("requestBody"), &location);
        self.responses(&pair.get("responses"), &location);
        self.security(old, new, &location);
        let servers = |operation: &Operation<'a>| {
            operation.node.get("servers").or_else(|| operation.item.get("servers"))
        };
        match (servers(old), servers(new)) {
            (None, None) => {}
            (old_servers, new_servers) => {
                let old_servers = old_servers.or_else(|| self.old.root().get("servers"));
                let new_servers = new_servers.or_else(|| self.new.root().get("servers"));
                self.servers(old_servers, new_servers, &location);
            }
        }
        self.uncovered_fields(&pair, &["callbacks"]);
        self.annotations(&pair, &ANNOTATIONS);
        self.annotations(&pair, &["tags"]);
        self.extensions(&pair);
        let items = Pair { old: Some(old.item.clone()), new: Some(new.item.clone()) };
        self.annotations(&items, &["summary", "description"]);
        self.extensions(&items);
    }

    /// Reports changed path items that refer to another document, which is not read.
    fn external_paths(&mut self) {
        let pair = Pair { old: self.old.root().get("paths"), new: self.new.root().get("paths") };
        for (_, pair) in pair.fields() {
            let is_external = |node: &Node<'a>| node.target().is_some_and(|target| !target.starts_with('#'));
            if let Some(node) = pair.get("$ref").differing()
                && (pair.old.as_ref().is_some_and(is_external) || pair.new.as_ref().is_some_and(is_external))
            {
                let message =
                    "`$ref` of the path changed, and is not classified because it refers to another document";
                self.report_unclassified(&node, message);
            }
        }
    }
}

impl<'a> Operation<'a> {
    /// Returns the method and path, such as `POST /auth/token`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }

    pub(super) fn id(&self) -> Option<&'a str> {
        self.node.text("operationId")
    }

    /// Returns the names of the path parameters, in the order of the path.
    pub(super) fn path_parameters(&self) -> impl Iterator<Item = &'a str> {
        paths::parameters(self.path)
    }
}

fn endpoints<'a>(operations: &[Operation<'a>]) -> Vec<Endpoint<'a>> {
    let endpoint = |operation: &Operation<'a>| Endpoint {
        path: operation.path,
        method: operation.method,
        id: operation.id(),
    };
    operations.iter().map(endpoint).collect()
}

/// Returns all operations, with path items resolved. Fields beside a path item's `$ref` take precedence over
/// those of its target.
fn operations<'a>(side: &Side<'a>) -> Vec<Operation<'a>> {
    let items = side.root().get("paths").map(|paths| paths.entries()).unwrap_or_default();
    let mut operations = Vec::new();
    for (path, item) in items.into_iter().filter(|(path, _)| !path.starts_with("x-")) {
        let is_local = item.target().is_some_and(|target| target.starts_with('#'));
        let target = is_local.then(|| side.resolve(&item)).flatten();
        let mut known = HashSet::new();
        for item in [Some(item), target].into_iter().flatten() {
            for (method, node) in item.entries() {
                if METHODS.contains(&method) && known.insert(method) {
                    operations.push(Operation { path, item: item.clone(), method, node });
                }
            }
        }
    }
    operations
}
