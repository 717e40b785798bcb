//! The comparison of two documents. Each submodule compares one part of a document, and reports what it finds
//! to the same [`Comparison`].

mod annotations;
mod components;
mod contents;
mod equivalence;
mod operations;
mod parameters;
mod responses;
mod schemas;
mod security;
mod servers;
mod side;

use std::cell::RefCell;
use std::collections::HashSet;
use std::io;
use std::rc::Rc;

use serde_json::Value;

use crate::change::{Change, Compatibility, Direction, Location, Revision, Unclassified};
use crate::rules::{EXTENSION_CHANGED, Rule, VERSION_CHANGED};
use crate::stack::with_stack_size;
use equivalence::EquivalenceCache;
pub(crate) use side::Node;
use side::Side;

/// A comparison of two documents, with the changes found so far.
pub(crate) struct Comparison<'a> {
    old: Side<'a>,
    new: Side<'a>,
    changes: Vec<Change>,
    unclassified: Vec<Unclassified>,
    /// Editorial changes reported so far, by rule and pointer. They are reported once, not for every
    /// location.
    reported: HashSet<(&'static str, String)>,
    /// The pairs of schemas compared so far at the current location. Recursion into cyclic schemas ends here.
    visited: HashSet<(String, String, Direction)>,
    /// Known results of equivalence checks, shared by all nested checks.
    equivalence: Rc<RefCell<EquivalenceCache>>,
    /// The current nesting depth of schema comparisons.
    depth: usize,
    /// True if the comparison only determines whether there is a difference.
    is_equivalence_check: bool,
}

/// The old and the new version of a value, either of which may be missing.
#[derive(Clone)]
pub(crate) struct Pair<'a> {
    old: Option<Node<'a>>,
    new: Option<Node<'a>>,
}

/// The stack size of the comparing thread, in bytes. References make schemas deeper than the nesting of the
/// document, and an unoptimized build uses tens of kilobytes of stack for each level.
const STACK: usize = 256 << 20;

/// Returns true if two schemas accept the same values, regardless of their names and of how they are written.
/// Each schema is identified by the root of its document and a JSON pointer.
pub(crate) fn is_same_schema((old, old_pointer): (&Value, &str), (new, new_pointer): (&Value, &str)) -> bool {
    let compare = || {
        let old_node = Node::find(Revision::Old, old, old_pointer)?;
        let new_node = Node::find(Revision::New, new, new_pointer)?;
        let comparison = Comparison::new(Side::new(Revision::Old, old), Side::new(Revision::New, new));
        Some(comparison.is_equivalent(&vec![old_node], &vec![new_node]))
    };
    // Schemas that cannot be compared are not known to be the same.
    with_stack_size(STACK, compare).ok().flatten().unwrap_or(false)
}

impl<'a> Comparison<'a> {
    /// Compares two documents, on a thread with a large stack.
    ///
    /// # Errors
    ///
    /// Returns an error if the thread cannot be started.
    pub(crate) fn run(old: &'a Value, new: &'a Value) -> io::Result<(Vec<Change>, Vec<Unclassified>)> {
        with_stack_size(STACK, || Self::compare_documents(old, new))
    }

    fn compare_documents(old: &'a Value, new: &'a Value) -> (Vec<Change>, Vec<Unclassified>) {
        let mut comparison = Self::new(Side::new(Revision::Old, old), Side::new(Revision::New, new));
        comparison.document();
        for (document, side) in [(Revision::Old, &comparison.old), (Revision::New, &comparison.new)] {
            let unresolved = side.unresolved().into_iter().map(|(pointer, target)| Unclassified {
                document,
                pointer,
                message: unresolved_message(&target),
            });
            comparison.unclassified.extend(unresolved);
        }
        (comparison.changes, comparison.unclassified)
    }

    fn new(old: Side<'a>, new: Side<'a>) -> Self {
        Self {
            old,
            new,
            changes: Vec::new(),
            unclassified: Vec::new(),
            reported: HashSet::new(),
            visited: HashSet::new(),
            equivalence: Rc::default(),
            depth: 0,
            is_equivalence_check: false,
        }
    }

    fn document(&mut self) {
        let location = Location::default();
        let (old, new) = (self.old.root(), self.new.root());
        let version = |root: &Node<'a>| root.at(&["info", "version"]);
        if let (Some(old), Some(new)) = (version(&old), version(&new))
            && old.value != new.value
        {
            let message = format!("API version changed from {} to {}", old.display(), new.display());
            self.report(&VERSION_CHANGED, &location, &new, message);
        }
        self.servers(old.get("servers"), new.get("servers"), &location);
        self.operations();
        self.security_schemes();
        self.components();
        let infos = Pair { old: old.get("info"), new: new.get("info") };
        self.annotations(&infos, &["title", "description", "termsOfService", "contact", "license"]);
        self.annotations(&Pair { old: Some(old), new: Some(new) }, &["tags", "externalDocs"]);
    }

    /// Reports a change at a node. Does nothing without a node: a value that neither document has did not
    /// change.
    fn report<'n>(
        &mut self,
        rule: &'static Rule,
        location: &Location,
        node: impl Into<Option<&'n Node<'a>>>,
        message: impl Into<String>,
    ) where
        'a: 'n,
    {
        let Some(node) = node.into() else { return };
        let compatibility = rule.classification(location.direction).compatibility;
        // An editorial change is the same at every location, and the pointer identifies it.
        let location =
            if compatibility == Compatibility::Editorial { Location::default() } else { location.clone() };
        if compatibility == Compatibility::Editorial
            && !self.reported.insert((rule.id, node.pointer.to_string()))
        {
            return;
        }
        self.changes.push(Change {
            rule,
            compatibility,
            location,
            document: node.revision,
            pointer: node.pointer.to_string(),
            message: message.into(),
        });
    }

    /// Reports a change that no rule covers.
    fn report_unclassified(&mut self, node: &Node<'a>, message: impl Into<String>) {
        self.unclassified.push(Unclassified {
            document: node.revision,
            pointer: node.pointer.to_string(),
            message: message.into(),
        });
    }

    /// Compares fields that no rule covers. Any difference is unclassified.
    fn uncovered_fields(&mut self, pair: &Pair<'a>, fields: &[&str]) {
        for field in fields {
            let pair = pair.get(field);
            let node = pair.differing().or_else(|| self.reference_to_change(&pair));
            if let Some(node) = node {
                self.report_unclassified(&node, uncovered_message(field));
            }
        }
    }

    /// Returns a reference inside an unchanged value whose target changed.
    fn reference_to_change(&self, pair: &Pair<'a>) -> Option<Node<'a>> {
        let (mut open, mut seen) = (vec![pair.clone()], HashSet::new());
        while let Some(pair) = open.pop() {
            let Some(new) = pair.new.clone() else { continue };
            if new.target().is_some() {
                let target = self.resolved(&pair);
                if target.differing().is_some() {
                    return Some(new);
                }
                let is_new = target.new.as_ref().is_some_and(|node| seen.insert(node.pointer.to_string()));
                open.extend(is_new.then_some(target));
                continue;
            }
            open.extend(pair.fields().into_iter().map(|(_, pair)| pair));
            let items = |node: &Option<Node<'a>>| node.as_ref().map(Node::items).unwrap_or_default();
            let items = items(&pair.old).into_iter().zip(items(&pair.new));
            open.extend(items.map(|(old, new)| Pair { old: Some(old), new: Some(new) }));
        }
        None
    }

    /// Compares the extensions of an object.
    fn extensions(&mut self, pair: &Pair<'a>) {
        for (key, pair) in pair.fields() {
            if key.starts_with("x-")
                && let Some(node) = pair.differing()
            {
                let message = format!("`{key}` changed");
                self.report(&EXTENSION_CHANGED, &Location::default(), &node, message);
            }
        }
    }

    /// Compares the `deprecated` field of an object.
    fn deprecation(
        &mut self,
        pair: &Pair<'a>,
        location: &Location,
        subject: &str,
        [deprecated, undeprecated]: [&'static Rule; 2],
    ) {
        let (Some(old), Some(new)) = (&pair.old, &pair.new) else { return };
        match (old.flag("deprecated"), new.flag("deprecated")) {
            (false, true) => self.report(deprecated, location, new, format!("{subject} became deprecated")),
            (true, false) => {
                self.report(undeprecated, location, new, format!("{subject} is no longer deprecated"));
            }
            _ => {}
        }
    }
}

/// The end of every message about a reference that does not resolve.
const UNRESOLVED: &str = "does not resolve in this document";

fn unresolved_message(target: &str) -> String {
    format!("changes here are not classified, because the reference `{target}` {UNRESOLVED}")
}

fn uncovered_message(field: &str) -> String {
    format!("`{field}` changed, and is not classified because no rule covers this field")
}

impl<'a> Pair<'a> {
    /// Returns a field of both values.
    fn get(&self, key: &str) -> Self {
        Self {
            old: self.old.as_ref().and_then(|node| node.get(key)),
            new: self.new.as_ref().and_then(|node| node.get(key)),
        }
    }

    /// Returns the new node if the values differ, or the old one if there is no new one.
    fn differing(&self) -> Option<Node<'a>> {
        let value = |node: &Option<Node<'a>>| node.as_ref().map(|node| node.value);
        if value(&self.old) == value(&self.new) {
            return None;
        }
        self.new.clone().or_else(|| self.old.clone())
    }

    /// Returns the node that exists, if the other one does not.
    fn only(&self) -> Option<&Node<'a>> {
        match (&self.old, &self.new) {
            (Some(node), None) | (None, Some(node)) => Some(node),
            _ => None,
        }
    }

    /// Returns the fields of both values, those of the new value first.
    fn fields(&self) -> Vec<(&'a str, Self)> {
        let keys = |node: &Option<Node<'a>>| node.as_ref().map(Node::entries).unwrap_or_default();
        let mut fields = Vec::new();
        for (key, new) in keys(&self.new) {
            fields.push((key, Self { old: self.old.as_ref().and_then(|old| old.get(key)), new: Some(new) }));
        }
        for (key, old) in keys(&self.old) {
            if self.new.as_ref().is_none_or(|new| new.get(key).is_none()) {
                fields.push((key, Self { old: Some(old), new: None }));
            }
        }
        fields
    }
}
