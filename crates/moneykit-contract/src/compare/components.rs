use super::{Comparison, Node, Pair};
use crate::change::Place;
use crate::pointer::child;
use crate::rules::UNUSED_CHANGED;

impl<'a> Comparison<'a> {
    /// Tells what changed in components that no operation uses. Those that are used were compared where they are.
    pub(super) fn components(&mut self) {
        let section = |node: Node<'a>| node.get("components");
        let pair = Pair { old: section(self.old.root()), new: section(self.new.root()) };
        for (kind, pair) in pair.fields() {
            // Which scheme is used is told by name, not by reference; those have rules of their own.
            if kind == "securitySchemes" {
                continue;
            }
            if kind.starts_with("x-") {
                continue;
            }
            for (name, pair) in pair.fields() {
                let pointer = child(&child("/components", kind), name);
                if self.old.has_reached(&pointer) || self.new.has_reached(&pointer) {
                    continue;
                }
                let what = match (&pair.old, &pair.new) {
                    (Some(_), None) => "is gone",
                    (None, Some(_)) => "is new",
                    _ => "changed",
                };
                if let Some(at) = pair.differing() {
                    let words = format!("`{name}`, which nothing uses, {what}");
                    self.report(&UNUSED_CHANGED, &Place::default(), &at, words);
                }
            }
        }
    }
}
