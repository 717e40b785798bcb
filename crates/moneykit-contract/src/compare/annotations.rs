//! Compares annotations: fields for people, which do not affect the wire format.

use super::{Comparison, Pair};
use crate::change::Location;
use crate::rules::ANNOTATION_CHANGED;

/// The annotations that any object can have.
pub(super) const ANNOTATIONS: [&str; 6] =
    ["summary", "description", "title", "example", "examples", "externalDocs"];

impl<'a> Comparison<'a> {
    /// Compares the annotations in `fields`.
    pub(super) fn annotations(&mut self, pair: &Pair<'a>, fields: &[&str]) {
        for field in fields {
            if let Some(node) = pair.get(field).differing() {
                let message = format!("`{field}` changed");
                self.report(&ANNOTATION_CHANGED, &Location::default(), &node, message);
            }
        }
    }
}
