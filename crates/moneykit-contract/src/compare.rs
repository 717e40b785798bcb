//! The comparison of two documents. Each submodule compares one part of a document, and reports what it finds
//! to the same [`Comparison`].

mod annotations;
mod components;
mod contents;
mod equivalence;
mod operations;
mod pairs;
mod parameters;
mod reach;
mod responses;
mod schemas;
mod security;
mod servers;
mod side;
mod unchanged;

use std::cell::RefCell;
use std::collections::HashSet;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value;

use crate::change::{Change, Compatibility, Location, Revision, Unclassified};
use crate::decimal::is_same_value;
use crate::rules::{EXTENSION_CHANGED, Rule, VERSION_CHANGED};
use crate::stack::with_stack_size;
use equivalence::EquivalenceCache;
use pairs::{PairId, Pairs};
pub(crate) use security::wire_fields;
pub(crate) use side::Node;
use side::Side;
use unchanged::Unchanged;

/// A comparison of two documents, with the changes found so far.
pub(crate) struct Comparison<'a> {
    old: Side<'a>,
    new: Side<'a>,
    /// The changes of everything but schemas.
    changes: Vec<Change>,
    unclassified: Vec<Unclassified>,
    /// Editorial changes reported so far, by rule and pointer. They are reported once, not for every
    /// location.
    reported: HashSet<(&'static str, String)>,
    /// The pairs of schemas, with their changes.
    pairs: Pairs<'a>,
    /// The pair that is being compared.
    current: Option<PairId>,
    /// The schemas that need no comparison.
    unchanged: Rc<Unchanged>,
    /// Known results of equivalence checks, shared by all nested checks.
    equivalence: Rc<RefCell<EquivalenceCache>>,
    /// The current nesting depth of equivalence checks.
    depth: usize,
    /// True if the comparison only determines whether there is a difference.
    is_equivalence_check: bool,
    /// True if an equivalence check found a difference in an inner schema.
    has_inner_difference: bool,
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

/// Finds out which schemas of two documents accept the same values, regardless of their names and of how they are
/// written.
pub(crate) struct SchemaEquivalence<'a>(Comparison<'a>);

impl<'a> SchemaEquivalence<'a> {
    /// Runs `work` with the equivalence of two documents, on a thread with a large stack.
    ///
    /// # Errors
    ///
    /// Returns an error if the thread cannot be started.
    pub(crate) fn run<T: Send>(
        old: &'a Value,
        new: &'a Value,
        work: impl FnOnce(&SchemaEquivalence<'a>) -> T + Send,
    ) -> io::Result<T> {
        with_stack_size(STACK, || {
            let mut comparison =
                Comparison::new(Side::new(Revision::Old, old), Side::new(Revision::New, new));
            comparison.unchanged = Rc::new(Unchanged::new(old, new));
            work(&SchemaEquivalence(comparison))
        })
    }

    /// Returns true if the schemas at two JSON pointers accept the same values, and are used in the same way: both or
    /// neither are deprecated, only sent, or only received.
    pub(crate) fn is_same(&self, old: &str, new: &str) -> bool {
        let Self(comparison) = self;
        let find = |side: &Side<'a>, pointer: &str| Some(vec![side.at(pointer)?]);
        let (Some(old), Some(new)) = (find(&comparison.old, old), find(&comparison.new, new)) else {
            return false;
        };
        comparison.has_same_usage(&old, &new) && comparison.is_equivalent(&old, &new)
    }
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
        comparison.unchanged = Rc::new(Unchanged::new(old, new));
        comparison.document();
        for (document, side) in [(Revision::Old, &comparison.old), (Revision::New, &comparison.new)] {
            let unresolved = side.unresolved().into_iter().map(|(pointer, target)| Unclassified {
                document,
                pointer,
                message: unresolved_message(&target),
            });
            comparison.unclassified.extend(unresolved);
        }
        (reach::changes(comparison.changes, comparison.pairs), comparison.unclassified)
    }

    fn new(old: Side<'a>, new: Side<'a>) -> Self {
        Self {
            old,
            new,
            changes: Vec::new(),
            unclassified: Vec::new(),
            reported: HashSet::new(),
            pairs: Pairs::default(),
            current: None,
            unchanged: Rc::default(),
            equivalence: Rc::default(),
            depth: 0,
            is_equivalence_check: false,
            has_inner_difference: false,
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
        let change = Change {
            rule,
            compatibility,
            location,
            uses: Arc::default(),
            document: node.revision,
            pointer: node.pointer.to_string(),
            message: message.into(),
        };
        match self.current.filter(|_| compatibility != Compatibility::Editorial) {
            Some(id) => self.pairs.push_change(id, change),
            None => self.changes.push(change),
        }
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
    match field {
        "type" => "`type` changed, and is not classified because OpenAPI 3.0 allows a single type only: if the document \
                   is OpenAPI 3.1, declare `openapi: 3.1.0`"
            .to_owned(),
        "callbacks" => "`callbacks` changed, and is not classified because no rule covers the requests that the server \
                        sends: compare them by hand"
            .to_owned(),
        _ => format!("`{field}` changed, and is not classified because no rule covers this field: compare it by hand"),
    }
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
        match (&self.old, &self.new) {
            (Some(old), Some(new)) if is_same_value(old.value, new.value) => None,
            (old, new) => new.as_ref().or(old.as_ref()).cloned(),
        }
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
