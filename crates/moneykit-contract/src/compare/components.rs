//! Compares components that no operation uses.

use super::{Comparison, Node, Pair};
use crate::change::Location;
use crate::grammar::Kind;
use crate::pointer::child;
use crate::references::used;
use crate::rules::UNUSED_COMPONENT_CHANGED;

/// The kinds of objects that are not compared by what they refer to.
const UNCOMPARED: [Kind; 2] = [Kind::Example, Kind::Link];

impl<'a> Comparison<'a> {
    /// Reports changes in unused components. Used components have been compared wherever an operation refers
    /// to them.
    pub(super) fn components(&mut self) {
        let section = |node: Node<'a>| node.get("components");
        let pair = Pair { old: section(self.old.root()), new: section(self.new.root()) };
        let (used_in_old, used_in_new) =
            (used(self.old.root().value, &UNCOMPARED), used(self.new.root().value, &UNCOMPARED));
        for (section, pair) in pair.fields() {
            // Operations use security schemes by name, not by reference; those have rules of their own.
            if section == "securitySchemes" || section.starts_with("x-") {
                continue;
            }
            for (name, pair) in pair.fields() {
                let pointer = child(&child("/components", section), name);
                if self.old.has_reached(&pointer) || self.new.has_reached(&pointer) {
                    continue;
                }
                let message = match (&pair.old, &pair.new) {
                    // What uses it was removed or added as well, and is reported.
                    (Some(_), None) if used_in_old.contains(&pointer) => continue,
                    (None, Some(_)) if used_in_new.contains(&pointer) => continue,
                    (Some(_), None) => format!("removed unused component `{name}`"),
                    (None, Some(_)) => format!("added unused component `{name}`"),
                    _ => format!("component `{name}` changed, which no operation of both documents uses"),
                };
                if let Some(node) = pair.differing() {
                    self.report(&UNUSED_COMPONENT_CHANGED, &Location::default(), &node, message);
                }
            }
        }
    }
}
