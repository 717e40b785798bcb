//! One side of a comparison: a document, its nodes, and the references resolved in it.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use serde_json::Value;

use crate::change::Revision;
use crate::pointer::{child, last};
use crate::references::{follow, target_of, targets};

/// One of the two documents, with a record of the references resolved in it.
#[derive(Clone)]
pub(super) struct Side<'a> {
    revision: Revision,
    root: &'a Value,
    resolutions: Rc<RefCell<Resolutions<'a>>>,
}

#[derive(Default)]
struct Resolutions<'a> {
    /// The targets of the references followed so far.
    known: HashMap<&'a str, Option<Node<'a>>>,
    /// The JSON pointers of all targets that references resolved to.
    reached: HashSet<String>,
    /// The references that do not resolve: the JSON pointer of the referring object, and the reference.
    unresolved: BTreeSet<(String, String)>,
}

/// A value in a document, and its JSON pointer.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    pub(super) revision: Revision,
    pub(super) value: &'a Value,
    pub(super) pointer: Rc<str>,
    /// True if `oneOf`, `anyOf` and `discriminator` of the schema are left out: it is what a variant adds to.
    pub(super) is_base: bool,
}

impl<'a> Side<'a> {
    pub(super) fn new(revision: Revision, root: &'a Value) -> Self {
        Self { revision, root, resolutions: Rc::default() }
    }

    pub(super) fn root(&self) -> Node<'a> {
        Node::new(self.revision, self.root, "")
    }

    /// Follows references from a node to an object that is not a reference. Returns `None` if one does not
    /// resolve.
    pub(super) fn resolve(&self, node: &Node<'a>) -> Option<Node<'a>> {
        let Some(reference) = node.target() else { return Some(node.clone()) };
        let known = self.resolutions.borrow().known.get(reference).cloned();
        let end = known.unwrap_or_else(|| {
            let end = self.follow(node);
            self.resolutions.borrow_mut().known.insert(reference, end.clone());
            end
        });
        let Some(end) = end else {
            // The first reference that has no target is reported where it is.
            return self.follow(node);
        };
        Some(Node { is_base: node.is_base, ..end })
    }

    fn follow(&self, node: &Node<'a>) -> Option<Node<'a>> {
        let chain = targets(self.root, node.value).map(|target| self.reach(target));
        let end = chain.last().unwrap_or_else(|| node.clone());
        let Some(reference) = end.target() else { return Some(end) };
        let unresolved = (end.pointer.to_string(), reference.to_owned());
        self.resolutions.borrow_mut().unresolved.insert(unresolved);
        None
    }

    /// Returns the node at a JSON pointer.
    pub(super) fn at(&self, pointer: &str) -> Option<Node<'a>> {
        Some(Node::new(self.revision, self.root.pointer(pointer)?, pointer))
    }

    /// Returns a key of a schema: its nodes, with references resolved.
    pub(super) fn key(&self, schema: &[Node<'a>]) -> Vec<(usize, bool)> {
        schema.iter().map(|node| self.resolve(node).unwrap_or_else(|| node.clone()).key()).collect()
    }

    /// Returns the target of a reference.
    pub(super) fn find(&self, reference: &str) -> Option<Node<'a>> {
        follow(self.root, reference).map(|target| self.reach(target))
    }

    /// Records the target of a reference, and returns it as a node.
    fn reach(&self, (pointer, value): (String, &'a Value)) -> Node<'a> {
        let node = Node::new(self.revision, value, &pointer);
        self.resolutions.borrow_mut().reached.insert(pointer);
        node
    }

    /// Returns true if a reference resolved to a pointer.
    pub(super) fn has_reached(&self, pointer: &str) -> bool {
        self.resolutions.borrow().reached.contains(pointer)
    }

    /// Returns the references that do not resolve, with the pointers of the objects that hold them.
    pub(super) fn unresolved(&self) -> Vec<(String, String)> {
        self.resolutions.borrow().unresolved.iter().cloned().collect()
    }
}

impl<'a> Node<'a> {
    fn new(revision: Revision, value: &'a Value, pointer: &str) -> Self {
        Self { revision, value, pointer: pointer.into(), is_base: false }
    }

    /// Returns the schema without its alternatives.
    pub(super) fn base(&self) -> Self {
        Self { is_base: true, ..self.clone() }
    }

    /// Returns a key of the node within its document.
    pub(super) fn key(&self) -> (usize, bool) {
        (std::ptr::from_ref(self.value).addr(), self.is_base)
    }

    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.as_object()?.get(key)?;
        Some(self.child(key, value))
    }

    pub(super) fn at(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self.clone(), |node, key| node.get(key))
    }

    /// Returns the entries of an object; empty for any other value.
    pub(super) fn entries(&self) -> Vec<(&'a str, Self)> {
        let entries = self.value.as_object().into_iter().flatten();
        entries.map(|(key, value)| (key.as_str(), self.child(key, value))).collect()
    }

    /// Returns the items of an array; empty for any other value.
    pub(super) fn items(&self) -> Vec<Self> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, value)| self.child(&index.to_string(), value)).collect()
    }

    /// Returns the value of a boolean field; false if the field is missing.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.get(key).is_some_and(|node| node.value == &Value::Bool(true))
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key).and_then(Value::as_str)
    }

    /// Returns the reference that the node holds in `$ref`.
    pub(super) fn target(&self) -> Option<&'a str> {
        target_of(self.value)
    }

    /// Returns the last token of the node's pointer.
    pub(super) fn name(&self) -> String {
        last(&self.pointer)
    }

    /// Returns the value as text for messages.
    pub(super) fn display(&self) -> String {
        display(self.value)
    }

    fn child(&self, key: &str, value: &'a Value) -> Self {
        Self::new(self.revision, value, &child(&self.pointer, key))
    }
}

/// Returns a value as text for messages: numbers as they are, and other values as code.
pub(super) fn display(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("`{text}`"),
        value => format!("`{value}`"),
    }
}
