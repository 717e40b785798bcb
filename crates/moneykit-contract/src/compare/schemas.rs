mod alternatives;
mod bounds;
mod discriminators;
mod flattened;
mod objects;
mod values;

use std::rc::Rc;

use super::side::Side;
use super::{Comparison, NOWHERE, Node, Pair, broken_words};
use crate::change::{Compatibility, Direction, Place};
use crate::compare::annotations::TEXTS;
use crate::rules::SCHEMA_RENAMED;
use flattened::FlattenedSchema;

/// A schema: all that these nodes say at once. None of them says nothing, and allows anything.
pub(super) type Schema<'a> = Vec<Node<'a>>;

/// How many schemas are looked at one inside of the other. References make documents deeper than they are
/// nested, and more than this is no contract.
const DEEPEST: usize = 2_000;

impl<'a> Comparison<'a> {
    /// Compares two schemas in a place that nothing was compared in yet.
    pub(super) fn fresh_schema(&mut self, pair: &Pair<'a>, place: &Place) {
        self.visited.clear();
        let schema = |node: &Option<Node<'a>>| node.iter().cloned().collect();
        self.schema(&schema(&pair.old), &schema(&pair.new), place);
    }

    /// Compares two schemas, and all that is inside them.
    pub(super) fn schema(&mut self, old: &Schema<'a>, new: &Schema<'a>, place: &Place) {
        // What goes neither way does not occur: schemas are in bodies, parameters and headers.
        let direction = place.direction.unwrap_or(Direction::Sent);
        // One difference settles what a trial is to find out.
        if self.is_trial && self.found_something() {
            return;
        }
        self.renamed(old, new);
        if self.depth >= DEEPEST {
            if let Some(at) = new.first().or(old.first()) {
                self.leave(at, format!("it is more than {DEEPEST} schemas deep, and was not looked at"));
            }
            return;
        }
        self.depth += 1;
        self.compare(old, new, place, direction);
        self.depth -= 1;
    }

    fn compare(&mut self, old: &Schema<'a>, new: &Schema<'a>, place: &Place, direction: Direction) {
        let old = FlattenedSchema::of(&self.old, old);
        let new = FlattenedSchema::of(&self.new, new);
        if !self.visited.insert((old.identity(), new.identity(), direction)) {
            return;
        }
        if let Some(broken) = old.broken.as_ref().or(new.broken.as_ref()) {
            return self.leave(broken, broken_words(broken.target().unwrap_or_default()));
        }
        // What both sides leave open in the same way did not change.
        if old.conflicts != new.conflicts {
            for view in [&old, &new] {
                if let (Some(conflict), Some(at)) = (view.conflict(), view.nodes.first()) {
                    return self.leave(at, conflict);
                }
            }
        }
        if old.groups.is_empty() && new.groups.is_empty() {
            self.plain(&old, &new, place);
            self.family(&old, &new, place);
        } else {
            self.choices(&old, &new, place);
        }
    }

    /// Compares what two schemas say themselves, their alternatives left out.
    fn plain(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, place: &Place) {
        self.described(old, new);
        self.null(old, new, place);
        if !self.types(old, new, place) {
            // Nothing that is said of a string holds for a number.
            return;
        }
        self.formats(old, new, place);
        self.enums(old, new, place);
        self.defaults(old, new, place);
        self.bounds(old, new, place);
        self.object(old, new, place);
        self.items(old, new, place);
        self.exclusions(old, new, place);
        for key in old.others.keys().chain(new.others.keys()) {
            let (was, is) = (old.others.get(key), new.others.get(key));
            if was.map(|node| node.value) != is.map(|node| node.value)
                && let Some(at) = is.or(was)
            {
                let at = at.clone();
                self.leave(&at, format!("`{key}` changed, and no rule says what that does to callers"));
            }
        }
    }

    /// Compares what is written for people, where the schema is described.
    fn described(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>) {
        if let (Some(old), Some(new)) = (old.nodes.first(), new.nodes.first()) {
            let pair = Pair { old: Some(old.clone()), new: Some(new.clone()) };
            self.texts(&pair, &TEXTS);
            self.extensions(&pair);
        }
    }

    /// Tells that a schema has another name, where that is all there is to the name.
    fn renamed(&mut self, old: &Schema<'a>, new: &Schema<'a>) {
        let ([old], [new]) = (&old[..], &new[..]) else { return };
        let (Some(was), Some(is)) = (old.target(), new.target()) else { return };
        if was != is
            && let Some(at) = self.new.resolve(new)
            && crate::pointer::follow(self.new.root().value, was).is_none()
        {
            let name = |target: &str| crate::pointer::last(target);
            let words = format!("`{}` is called `{}` now", name(was), name(is));
            self.report(&SCHEMA_RENAMED, &Place::default(), &at, words);
        }
    }

    fn items(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, place: &Place) {
        if !(old.items.is_empty() && new.items.is_empty()) {
            self.schema(&old.items, &new.items, &place.inside("[]"));
        }
    }

    /// Says whether two schemas allow the same, whatever they are called.
    pub(super) fn is_same(&self, old: &Schema<'a>, new: &Schema<'a>) -> bool {
        let names = |side: &Side<'a>, schema: &Schema<'a>| {
            let resolved = schema.iter().map(|node| side.resolve(node).unwrap_or_else(|| node.clone()));
            resolved.map(|node| node.pointer.to_string()).collect::<Vec<_>>().join(" ")
        };
        let pair = (names(&self.old, old), names(&self.new, new));
        let known = self.trials.borrow().get(&pair);
        if let Some(known) = known {
            return known;
        }
        let number = self.trials.borrow_mut().begin(pair.clone());
        let mut trial = Comparison::new(self.old.clone(), self.new.clone());
        trial.trials = Rc::clone(&self.trials);
        trial.depth = self.depth;
        trial.is_trial = true;
        for direction in [Direction::Sent, Direction::Received] {
            let place = Place { direction: Some(direction), ..Place::default() };
            trial.schema(old, new, &place);
        }
        let is_written_alike = old.iter().map(|node| node.value).eq(new.iter().map(|node| node.value));
        // What refers to nowhere on both sides is told in the end, and is no difference.
        let is_same = !trial.found_something() || (is_written_alike && trial.found_only_broken());
        self.trials.borrow_mut().end(number, pair, is_same);
        is_same
    }

    /// Says whether nothing was found but references that lead nowhere.
    fn found_only_broken(&self) -> bool {
        let mut unclassified = self.unclassified.iter();
        unclassified.all(|it| it.words.ends_with(NOWHERE))
            && self.changes.iter().all(|change| change.verdict == Compatibility::Editorial)
    }

    /// Says whether anything was found that shows on the wire, or may do so.
    fn found_something(&self) -> bool {
        !self.unclassified.is_empty()
            || self.changes.iter().any(|change| change.verdict != Compatibility::Editorial)
    }
}
