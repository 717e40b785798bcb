//! The comparison itself. Each file compares one kind of thing; all of them report to the same [`Comparison`].

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

use crate::change::{Change, Compatibility, Direction, Place, Unclassified, Which};
use crate::rules::{EXTENSION_CHANGED, Rule, VERSION_CHANGED};
use crate::stack::on_a_stack_of;
use equivalence::EquivalenceCache;
pub(crate) use side::Node;
use side::Side;

/// Two documents, and what was found so far.
pub(crate) struct Comparison<'a> {
    old: Side<'a>,
    new: Side<'a>,
    changes: Vec<Change>,
    unclassified: Vec<Unclassified>,
    /// What was told already and need not be told for every place: by rule and pointer.
    told: HashSet<(&'static str, String)>,
    /// The pairs of schemas that were compared in the place that is being looked at. A circle ends here.
    visited: HashSet<(String, String, Direction)>,
    /// Which schemas allow the same, as far as that was tried; shared by all trials.
    trials: Rc<RefCell<EquivalenceCache>>,
    /// How many schemas are being compared, one inside of the other.
    depth: usize,
    /// Whether all that is asked is whether there is a difference.
    is_trial: bool,
}

/// A thing on both sides, either of which may be missing.
#[derive(Clone)]
pub(crate) struct Pair<'a> {
    old: Option<Node<'a>>,
    new: Option<Node<'a>>,
}

/// The stack for comparing. References make schemas deeper than documents are nested, and a level takes some
/// tens of kilobytes without optimization.
const STACK: usize = 256 << 20;

/// Says whether two schemas allow the same, whatever they are called and however they are written. Each is named by
/// the root of its document and a pointer.
pub(crate) fn is_same_schema((old, at_old): (&Value, &str), (new, at_new): (&Value, &str)) -> bool {
    let compare = || {
        let (was, is) = (Node::find(Which::Old, old, at_old)?, Node::find(Which::New, new, at_new)?);
        let comparison = Comparison::new(Side::new(Which::Old, old), Side::new(Which::New, new));
        Some(comparison.is_same(&vec![was], &vec![is]))
    };
    // Where nothing can be compared, nothing is known to be the same.
    on_a_stack_of(STACK, compare).ok().flatten().unwrap_or(false)
}

impl<'a> Comparison<'a> {
    /// Compares two documents.
    ///
    /// # Errors
    ///
    /// When there is no thread to be had for it.
    pub(crate) fn of(old: &'a Value, new: &'a Value) -> io::Result<(Vec<Change>, Vec<Unclassified>)> {
        on_a_stack_of(STACK, || Self::of_documents(old, new))
    }

    fn of_documents(old: &'a Value, new: &'a Value) -> (Vec<Change>, Vec<Unclassified>) {
        let mut comparison = Self::new(Side::new(Which::Old, old), Side::new(Which::New, new));
        comparison.document();
        for (side, broken) in [(Which::Old, &comparison.old), (Which::New, &comparison.new)] {
            let broken = broken.broken().into_iter().map(|(pointer, target)| Unclassified {
                side,
                pointer,
                words: broken_words(&target),
            });
            comparison.unclassified.extend(broken);
        }
        (comparison.changes, comparison.unclassified)
    }

    fn new(old: Side<'a>, new: Side<'a>) -> Self {
        Self {
            old,
            new,
            changes: Vec::new(),
            unclassified: Vec::new(),
            told: HashSet::new(),
            visited: HashSet::new(),
            trials: Rc::default(),
            depth: 0,
            is_trial: false,
        }
    }

    fn document(&mut self) {
        let place = Place::default();
        let (old, new) = (self.old.root(), self.new.root());
        let version = |root: &Node<'a>| root.at(&["info", "version"]);
        if let (Some(was), Some(is)) = (version(&old), version(&new))
            && was.value != is.value
        {
            self.report(&VERSION_CHANGED, &place, &is, format!("{} is {} now", was.shown(), is.shown()));
        }
        self.servers(old.get("servers"), new.get("servers"), &place);
        self.operations();
        self.security_schemes();
        self.components();
        let infos = Pair { old: old.get("info"), new: new.get("info") };
        self.texts(&infos, &["title", "description", "termsOfService", "contact", "license"]);
        self.texts(&Pair { old: Some(old), new: Some(new) }, &["tags", "externalDocs"]);
    }

    /// Reports a change. What is on neither side has no place, and did not change.
    fn report<'n>(
        &mut self,
        rule: &'static Rule,
        place: &Place,
        at: impl Into<Option<&'n Node<'a>>>,
        words: impl Into<String>,
    ) where
        'a: 'n,
    {
        let Some(at) = at.into() else { return };
        let verdict = rule.classification(place.direction).verdict;
        // Words are the same wherever they are read; what they are about is told by the pointer.
        let place = if verdict == Compatibility::Editorial { Place::default() } else { place.clone() };
        if verdict == Compatibility::Editorial && !self.told.insert((rule.id, at.pointer.to_string())) {
            return;
        }
        self.changes.push(Change {
            rule,
            verdict,
            place,
            side: at.side,
            pointer: at.pointer.to_string(),
            words: words.into(),
        });
    }

    /// Notes that no rule covers what is at a place.
    fn leave(&mut self, at: &Node<'a>, words: impl Into<String>) {
        self.unclassified.push(Unclassified {
            side: at.side,
            pointer: at.pointer.to_string(),
            words: words.into(),
        });
    }

    /// Compares the values of a field for which there is no rule: the same, or there is no verdict.
    fn same(&mut self, pair: &Pair<'a>, fields: &[&str]) {
        for field in fields {
            let pair = pair.get(field);
            let at = pair.differing().or_else(|| self.referring_to_change(&pair));
            if let Some(at) = at {
                self.leave(&at, format!("`{field}` changed, and no rule says what that does to callers"));
            }
        }
    }

    /// Returns where, in what is the same on both sides, a reference leads to what is not.
    fn referring_to_change(&self, pair: &Pair<'a>) -> Option<Node<'a>> {
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
                && let Some(differing) = pair.differing()
            {
                let words = format!("`{key}` is another");
                self.report(&EXTENSION_CHANGED, &Place::default(), &differing, words);
            }
        }
    }

    /// Compares the flag `deprecated`.
    fn deprecation(
        &mut self,
        pair: &Pair<'a>,
        place: &Place,
        what: &str,
        [deprecated, undeprecated]: [&'static Rule; 2],
    ) {
        let (Some(old), Some(new)) = (&pair.old, &pair.new) else { return };
        match (old.flag("deprecated"), new.flag("deprecated")) {
            (false, true) => self.report(deprecated, place, new, format!("{what} is deprecated now")),
            (true, false) => {
                self.report(undeprecated, place, new, format!("{what} is no longer deprecated"));
            }
            _ => {}
        }
    }
}

/// How the words end about a reference that leads nowhere.
const NOWHERE: &str = "leads nowhere in this document";

fn broken_words(target: &str) -> String {
    format!("the reference `{target}` {NOWHERE}")
}

impl<'a> Pair<'a> {
    /// Goes one step further in on both sides.
    fn get(&self, key: &str) -> Self {
        Self {
            old: self.old.as_ref().and_then(|node| node.get(key)),
            new: self.new.as_ref().and_then(|node| node.get(key)),
        }
    }

    /// Returns a side on which the value is not what it is on the other: the new one, if it is there.
    fn differing(&self) -> Option<Node<'a>> {
        let value = |node: &Option<Node<'a>>| node.as_ref().map(|node| node.value);
        if value(&self.old) == value(&self.new) {
            return None;
        }
        self.new.clone().or_else(|| self.old.clone())
    }

    /// Returns the side that is there when the other is not.
    fn only(&self) -> Option<&Node<'a>> {
        match (&self.old, &self.new) {
            (Some(one), None) | (None, Some(one)) => Some(one),
            _ => None,
        }
    }

    /// Lists the fields of either side, those of the new one first.
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
