use super::{Comparison, Pair};
use crate::change::Place;
use crate::rules::TEXT_CHANGED;

/// Fields that are for people, in any object that has them.
pub(super) const TEXTS: [&str; 6] =
    ["summary", "description", "title", "example", "examples", "externalDocs"];

impl<'a> Comparison<'a> {
    /// Compares what is written for people.
    pub(super) fn texts(&mut self, pair: &Pair<'a>, fields: &[&str]) {
        for field in fields {
            if let Some(differing) = pair.get(field).differing() {
                let words = format!("`{field}` reads differently");
                self.report(&TEXT_CHANGED, &Place::default(), &differing, words);
            }
        }
    }
}
