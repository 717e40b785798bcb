//! Compares schemas, in the direction of the value that they describe.

mod alternatives;
mod bounds;
mod discriminators;
mod flattened;
mod objects;
mod values;

use std::rc::Rc;

use super::side::Side;
use super::{Comparison, Node, Pair, UNRESOLVED, uncovered_message, unresolved_message};
use crate::change::{Compatibility, Direction, Location};
use crate::compare::annotations::ANNOTATIONS;
use crate::rules::SCHEMA_RENAMED;
use flattened::FlattenedSchema;

/// A schema: the conjunction of its nodes. A schema without nodes accepts any value.
pub(super) type Schema<'a> = Vec<Node<'a>>;

/// The maximum nesting depth of equivalence checks. References can make schemas deeper than the nesting of the
/// document, but no real contract reaches this depth.
const MAX_DEPTH: usize = 2_000;

impl<'a> Comparison<'a> {
    /// Compares the schemas of a body, a parameter or a header.
    pub(super) fn root_schema(&mut self, pair: &Pair<'a>, location: &Location) {
        let schema = |node: &Option<Node<'a>>| node.iter().cloned().collect();
        self.schema(&schema(&pair.old), &schema(&pair.new), location);
        while let Some(id) = self.pairs.next() {
            let pair = self.pairs.get(id);
            let ((old, new), direction) = (pair.schemas.clone(), pair.direction);
            self.current = Some(id);
            self.compare(&old, &new, &Location { direction: Some(direction), ..Location::default() });
        }
        self.current = None;
    }

    /// Compares two schemas and their subschemas, unless they have been compared before.
    pub(super) fn schema(&mut self, old: &Schema<'a>, new: &Schema<'a>, location: &Location) {
        // Bodies, parameters and headers all have a direction, so the fallback is never used.
        let direction = location.direction.unwrap_or(Direction::Sent);
        if self.is_equivalence_check {
            // The first difference decides.
            self.has_inner_difference = self.has_difference() || !self.is_equivalent_in(old, new, direction);
            return;
        }
        self.schema_name(old, new);
        if self.is_unchanged(old, new) {
            return;
        }
        let keys = (self.old.key(old), self.new.key(new));
        let id = self.pairs.add(keys, (old, new), direction);
        match self.current {
            Some(outer) => self.pairs.push_inner(outer, location.path.clone(), id),
            None => self.pairs.roots.push((location.clone(), id)),
        }
    }

    /// Returns true if both schemas are the same component, and nothing changed in it.
    fn is_unchanged(&self, old: &Schema<'a>, new: &Schema<'a>) -> bool {
        let ([old], [new]) = (&old[..], &new[..]) else { return false };
        let component = |side: &Side<'a>, node: &Node<'a>| side.resolve(node).map(|node| node.pointer);
        match (component(&self.old, old), component(&self.new, new)) {
            (Some(old), Some(new)) => old == new && self.unchanged.contains(&old),
            _ => false,
        }
    }

    fn compare(&mut self, old_schema: &Schema<'a>, new_schema: &Schema<'a>, location: &Location) {
        let mut old = FlattenedSchema::new(&self.old, old_schema);
        let mut new = FlattenedSchema::new(&self.new, new_schema);
        if let Some(unresolved) = old.unresolved.as_ref().or(new.unresolved.as_ref()) {
            let message = unresolved_message(unresolved.target().unwrap_or_default());
            return self.report_unclassified(unresolved, message);
        }
        // Equal conflicts in both schemas are not a change.
        if old.conflicts != new.conflicts {
            for schema in [&old, &new] {
                if let (Some(conflict), Some(node)) = (schema.conflict(), schema.nodes.first()) {
                    return self.report_unclassified(node, conflict);
                }
            }
        }
        if old.groups.is_empty() && new.groups.is_empty() {
            self.keywords(&old, &new, location);
            self.subtypes(&old, &new, location);
        } else {
            // A type that all variants have may be written beside them or not.
            if old.types.is_none() && new.is_type_implied_in(&old, &self.old) {
                old.set_types(&new);
            } else if new.types.is_none() && old.is_type_implied_in(&new, &self.new) {
                new.set_types(&old);
            }
            self.alternative_groups((old_schema, &old), (new_schema, &new), location);
        }
    }

    /// Compares all keywords of two schemas except `oneOf` and `anyOf`.
    fn keywords(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, location: &Location) {
        self.schema_annotations(old, new);
        self.null(old, new, location);
        if !self.types(old, new, location) {
            // The keywords of different types are not comparable.
            return;
        }
        self.formats(old, new, location);
        self.enums(old, new, location);
        self.defaults(old, new, location);
        self.bounds(old, new, location);
        self.object(old, new, location);
        self.items(old, new, location);
        self.not(old, new, location);
        for key in old.uncovered.keys().chain(new.uncovered.keys()) {
            let (old_value, new_value) = (old.uncovered.get(key), new.uncovered.get(key));
            let pair = Pair { old: old_value.cloned(), new: new_value.cloned() };
            if let Some(node) = pair.differing() {
                self.report_unclassified(&node, uncovered_message(key));
            }
        }
    }

    /// Compares the annotations and extensions of a schema.
    fn schema_annotations(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>) {
        if let (Some(old), Some(new)) = (old.nodes.first(), new.nodes.first()) {
            let pair = Pair { old: Some(old.clone()), new: Some(new.clone()) };
            self.annotations(&pair, &ANNOTATIONS);
            self.extensions(&pair);
        }
    }

    /// Reports a schema as renamed if the old name no longer exists in the new document.
    fn schema_name(&mut self, old: &Schema<'a>, new: &Schema<'a>) {
        let ([old], [new]) = (&old[..], &new[..]) else { return };
        let (Some(old_target), Some(new_target)) = (old.target(), new.target()) else { return };
        if old_target != new_target
            && let Some(node) = self.new.resolve(new)
            && crate::references::follow(self.new.root().value, old_target).is_none()
        {
            let name = |target: &str| crate::pointer::last(target);
            let message = format!("schema `{}` renamed to `{}`", name(old_target), name(new_target));
            self.report(&SCHEMA_RENAMED, &Location::default(), &node, message);
        }
    }

    fn items(&mut self, old: &FlattenedSchema<'a>, new: &FlattenedSchema<'a>, location: &Location) {
        if !(old.items.is_empty() && new.items.is_empty()) {
            self.schema(&old.items, &new.items, &location.inside("[]"));
        }
    }

    /// Returns true if two schemas accept the same values, regardless of their names.
    pub(super) fn is_equivalent(&self, old: &Schema<'a>, new: &Schema<'a>) -> bool {
        [Direction::Sent, Direction::Received].into_iter().all(|it| self.is_equivalent_in(old, new, it))
    }

    /// Returns true if the keywords that apply to the property with a schema are the same.
    pub(super) fn has_same_usage(&self, old: &Schema<'a>, new: &Schema<'a>) -> bool {
        let flags = |side: &Side<'a>, schema: &Schema<'a>| {
            let nodes = FlattenedSchema::new(side, schema).nodes;
            ["readOnly", "writeOnly", "deprecated"].map(|keyword| nodes.iter().any(|node| node.flag(keyword)))
        };
        flags(&self.old, old) == flags(&self.new, new)
    }

    fn is_equivalent_in(&self, old: &Schema<'a>, new: &Schema<'a>, direction: Direction) -> bool {
        if self.is_unchanged(old, new) {
            return true;
        }
        // A schema that is nested this deeply is not known to be equivalent.
        if self.depth >= MAX_DEPTH {
            return false;
        }
        let pair = (self.old.key(old), self.new.key(new), direction);
        let known = self.equivalence.borrow_mut().get(&pair);
        if let Some(known) = known {
            return known;
        }
        let number = self.equivalence.borrow_mut().begin(pair);
        let mut check = Comparison::new(self.old.clone(), self.new.clone());
        check.equivalence = Rc::clone(&self.equivalence);
        check.unchanged = Rc::clone(&self.unchanged);
        check.depth = self.depth + 1;
        check.is_equivalence_check = true;
        check.compare(old, new, &Location { direction: Some(direction), ..Location::default() });
        let has_equal_values = old.iter().map(|node| node.value).eq(new.iter().map(|node| node.value));
        // Equal schemas with an unresolved reference do not differ; the comparison reports the reference
        // itself.
        let is_equivalent =
            !check.has_difference() || (has_equal_values && check.has_only_unresolved_references());
        self.equivalence.borrow_mut().end(number, is_equivalent);
        is_equivalent
    }

    /// Returns true if unresolved references are the only difference on the wire found so far.
    fn has_only_unresolved_references(&self) -> bool {
        let mut unclassified = self.unclassified.iter();
        !self.has_inner_difference
            && unclassified.all(|it| it.message.ends_with(UNRESOLVED))
            && self.changes.iter().all(|change| change.compatibility == Compatibility::Editorial)
    }

    /// Returns true if a difference was found that affects, or could affect, the wire format.
    fn has_difference(&self) -> bool {
        self.has_inner_difference
            || !self.unclassified.is_empty()
            || self.changes.iter().any(|change| change.compatibility != Compatibility::Editorial)
    }
}
