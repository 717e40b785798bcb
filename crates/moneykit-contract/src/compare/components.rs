//! Compares components that no operation uses.

use super::{Comparison, Node, Pair};
use crate::change::Location;
use crate::pointer::child;
use crate::rules::UNUSED_COMPONENT_CHANGED;

impl<'a> Comparison<'a> {
    /// Reports changes in unused components. Used components have been compared wherever an operation refers
    /// to them.
    pub(super) fn components(&mut self) {
        let section = |node: Node<'a>| node.get("components");
        let pair = Pair { old: section(self.old.root()), new: section(self.new.root()) };
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
                if let Some(node) = pair.differing() {
                    let message = match (&pair.old, &pair.new) {
                        (Some(_), None) => format!("removed unused component `{name}`"),
                        (None, Some(_)) => format!("added unused component `{name}`"),
                        _ => format!("unused component `{name}` changed"),
                    };
                    self.report(&UNUSED_COMPONENT_CHANGED, &Location::default(), &node, message);
                }
            }
        }
    }
}
