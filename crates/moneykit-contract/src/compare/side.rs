use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use serde_json::Value;

use crate::change::Which;
use crate::pointer::{child, follow, last};

/// One of the two documents, and where references led in it.
#[derive(Clone)]
pub(super) struct Side<'a> {
    which: Which,
    root: &'a Value,
    steps: Rc<RefCell<Steps>>,
}

#[derive(Default)]
struct Steps {
    /// What was reached by a reference.
    reached: HashSet<String>,
    /// References that lead nowhere: where they stand, and what they name.
    broken: BTreeSet<(String, String)>,
}

/// A value in a document, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    pub(super) side: Which,
    pub(super) value: &'a Value,
    pub(super) pointer: Rc<str>,
}

impl<'a> Side<'a> {
    pub(super) fn new(which: Which, root: &'a Value) -> Self {
        Self { which, root, steps: Rc::default() }
    }

    pub(super) fn root(&self) -> Node<'a> {
        Node { side: self.which, value: self.root, pointer: "".into() }
    }

    /// Follows references from a node to what is written out; nothing where they lead nowhere.
    pub(super) fn resolve(&self, node: &Node<'a>) -> Option<Node<'a>> {
        let mut node = node.clone();
        // More hops than this are a circle of references to references.
        for _ in 0..100 {
            let Some(target) = node.target() else { return Some(node) };
            match follow(self.root, target) {
                Some((value, pointer)) => {
                    self.steps.borrow_mut().reached.insert(pointer.clone());
                    node = Node { side: self.which, value, pointer: pointer.into() };
                }
                None => break,
            }
        }
        let broken = (node.pointer.to_string(), node.target().unwrap_or_default().to_owned());
        self.steps.borrow_mut().broken.insert(broken);
        None
    }

    /// Finds what a reference names.
    pub(super) fn find(&self, reference: &str) -> Option<Node<'a>> {
        let (value, pointer) = follow(self.root, reference)?;
        self.steps.borrow_mut().reached.insert(pointer.clone());
        Some(Node { side: self.which, value, pointer: pointer.into() })
    }

    /// Says whether a reference led to a pointer.
    pub(super) fn has_reached(&self, pointer: &str) -> bool {
        self.steps.borrow().reached.contains(pointer)
    }

    /// Lists the references that lead nowhere.
    pub(super) fn broken(&self) -> Vec<(String, String)> {
        self.steps.borrow().broken.iter().cloned().collect()
    }
}

impl<'a> Node<'a> {
    pub(super) fn find(side: Which, root: &'a Value, pointer: &str) -> Option<Self> {
        Some(Self { side, value: root.pointer(pointer)?, pointer: pointer.into() })
    }

    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.as_object()?.get(key)?;
        Some(self.step(key, value))
    }

    pub(super) fn at(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self.clone(), |node, key| node.get(key))
    }

    /// Lists the entries of an object; none for anything else.
    pub(super) fn entries(&self) -> Vec<(&'a str, Self)> {
        let entries = self.value.as_object().into_iter().flatten();
        entries.map(|(key, value)| (key.as_str(), self.step(key, value))).collect()
    }

    /// Lists the items of an array; none for anything else.
    pub(super) fn items(&self) -> Vec<Self> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, value)| self.step(&index.to_string(), value)).collect()
    }

    /// Reads a flag; one that is not there is off.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.get(key).is_some_and(|node| node.value == &Value::Bool(true))
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key).and_then(Value::as_str)
    }

    /// Returns what the node refers to, if it is a reference.
    pub(super) fn target(&self) -> Option<&'a str> {
        self.value.as_object()?.get("$ref").and_then(Value::as_str)
    }

    /// Returns the name that the node has where it stands.
    pub(super) fn name(&self) -> String {
        last(&self.pointer)
    }

    /// Writes the value for people.
    pub(super) fn shown(&self) -> String {
        shown(self.value)
    }

    fn step(&self, key: &str, value: &'a Value) -> Self {
        Self { side: self.side, value, pointer: child(&self.pointer, key).into() }
    }
}

/// Writes a value for people.
pub(super) fn shown(value: &Value) -> String {
    format!("`{}`", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}
