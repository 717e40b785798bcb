use std::collections::HashSet;

use super::side::Side;
use super::{Comparison, Node, Pair};
use crate::change::Place;
use crate::compare::annotations::TEXTS;
use crate::rules::{
    OPERATION_ADDED, OPERATION_DEPRECATED, OPERATION_MOVED, OPERATION_REMOVED, OPERATION_RENAMED,
    OPERATION_UNDEPRECATED, PATH_PARAMETER_RENAMED,
};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// An operation, and the path that it is under.
#[derive(Clone)]
pub(super) struct Operation<'a> {
    pub(super) path: &'a str,
    pub(super) item: Node<'a>,
    pub(super) method: &'a str,
    pub(super) node: Node<'a>,
}

impl<'a> Comparison<'a> {
    /// Compares all operations: by path and method, then by id those that went elsewhere.
    pub(super) fn operations(&mut self) {
        let old = operations(&self.old);
        let new = operations(&self.new);
        self.unfollowed_paths();
        let mut moved: Vec<usize> = Vec::new();
        for was in &old {
            if let Some(is) = new.iter().find(|is| is.is_at(was)) {
                self.operation(was, is);
                continue;
            }
            let free = |(index, is): &(usize, &Operation<'a>)| {
                let is_called_so = was.id().is_some() && was.id() == is.id();
                is_called_so && !moved.contains(index) && !old.iter().any(|other| is.is_at(other))
            };
            if let Some((index, is)) = new.iter().enumerate().find(free) {
                moved.push(index);
                let words = format!("{} is {} now", was.name(), is.name());
                self.report(&OPERATION_MOVED, &Place::operation(&is.name()), &is.node, words);
                self.operation(was, is);
            } else {
                let words = format!("{} is gone", was.name());
                self.report(&OPERATION_REMOVED, &Place::operation(&was.name()), &was.node, words);
            }
        }
        for (index, is) in new.iter().enumerate() {
            if !moved.contains(&index) && !old.iter().any(|was| was.is_at(is)) {
                let words = format!("{} is new", is.name());
                self.report(&OPERATION_ADDED, &Place::operation(&is.name()), &is.node, words);
            }
        }
    }

    fn operation(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let place = Place::operation(&new.name());
        let pair = Pair { old: Some(old.node.clone()), new: Some(new.node.clone()) };

        if old.id() != new.id() {
            let id = |id: Option<&str>| id.map_or("no id".to_owned(), |id| format!("`{id}`"));
            let words = format!("it was called {} and has {} now", id(old.id()), id(new.id()));
            let at = new.node.get("operationId").unwrap_or_else(|| new.node.clone());
            self.report(&OPERATION_RENAMED, &place, &at, words);
        }
        self.deprecation(&pair, &place, "the operation", [&OPERATION_DEPRECATED, &OPERATION_UNDEPRECATED]);
        for (was, is) in old.blanks().zip(new.blanks()).filter(|(was, is)| was != is) {
            let words = format!("`{{{was}}}` in the path is called `{{{is}}}` now");
            self.report(&PATH_PARAMETER_RENAMED, &place, &new.item, words);
        }
        self.parameters(old, new, &place);
        self.request_body(&pair.get("requestBody"), &place);
        self.responses(&pair.get("responses"), &place);
        self.security(old, new, &place);
        let servers = |operation: &Operation<'a>| {
            operation.node.get("servers").or_else(|| operation.item.get("servers"))
        };
        match (servers(old), servers(new)) {
            (None, None) => {}
            (was, is) => {
                let was = was.or_else(|| self.old.root().get("servers"));
                let is = is.or_else(|| self.new.root().get("servers"));
                self.servers(was, is, &place);
            }
        }
        self.same(&pair, &["callbacks"]);
        self.texts(&pair, &TEXTS);
        self.texts(&pair, &["tags"]);
        self.extensions(&pair);
        let items = Pair { old: Some(old.item.clone()), new: Some(new.item.clone()) };
        self.texts(&items, &["summary", "description"]);
        self.extensions(&items);
    }

    /// Notes the paths whose operations are in another document, on one side at least.
    fn unfollowed_paths(&mut self) {
        let pair = Pair { old: self.old.root().get("paths"), new: self.new.root().get("paths") };
        for (_, pair) in pair.fields() {
            let is_elsewhere = |node: &Node<'a>| node.target().is_some_and(|target| !target.starts_with('#'));
            if let Some(at) = pair.get("$ref").differing()
                && (pair.old.as_ref().is_some_and(is_elsewhere)
                    || pair.new.as_ref().is_some_and(is_elsewhere))
            {
                self.leave(&at, "the path refers to another document, which was not read");
            }
        }
    }
}

impl<'a> Operation<'a> {
    /// Names the operation for people.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }

    pub(super) fn id(&self) -> Option<&'a str> {
        self.node.text("operationId")
    }

    /// Lists what the blanks of the path are called.
    pub(super) fn blanks(&self) -> impl Iterator<Item = &'a str> {
        self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
    }

    /// Says whether two operations are called in the same place, whatever the blanks in their paths are called.
    fn is_at(&self, other: &Self) -> bool {
        self.method == other.method && pattern(self.path) == pattern(other.path)
    }
}

/// Leaves the names out of the blanks of a path.
fn pattern(path: &str) -> String {
    let mut parts = path.split('{');
    let mut pattern = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        pattern.push_str("{}");
        pattern.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    pattern
}

/// Lists all operations, those of a path that refers to another place among them. What is said beside such
/// a reference comes first.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_in_a_path_have_no_name_to_the_server() {
        assert_eq!(pattern("/links/{id}/accounts/{account}"), pattern("/links/{link_id}/accounts/{a}"));
        assert_ne!(pattern("/links/{id}"), pattern("/links/id"));
        assert_ne!(pattern("/links/{id}.json"), pattern("/links/{id}"));
    }
}
