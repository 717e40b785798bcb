//! What a [`Diff`](crate::Diff) looks like to people and to machines.

mod json;
mod markdown;
mod text;

pub use json::Json;
pub use markdown::Markdown;
pub use text::Text;

use crate::change::{Change, Compatibility, Place};
use crate::diff::Diff;

/// Groups changes by operation, those of the document as a whole first.
fn groups(diff: &Diff) -> Vec<(Option<&str>, Vec<&Change>)> {
    let mut groups: Vec<(Option<&str>, Vec<&Change>)> = Vec::new();
    for change in diff.changes() {
        let operation = change.place.operation.as_deref();
        match groups.last_mut() {
            Some((known, changes)) if *known == operation => changes.push(change),
            _ => groups.push((operation, vec![change])),
        }
    }
    groups
}

/// Names a place inside an operation; nothing for the operation itself.
fn inside(place: &Place) -> Option<String> {
    match (place.part.as_str(), place.trail.as_str()) {
        ("", _) => None,
        (part, "") => Some(part.to_owned()),
        (part, trail) => Some(format!("{part}: {trail}")),
    }
}

/// Counts what there is of each verdict.
fn summary(diff: &Diff) -> String {
    let count = |verdict: Compatibility| format!("{} {verdict}", diff.count(verdict));
    let mut summary =
        [Compatibility::Breaking, Compatibility::Compatible, Compatibility::Editorial].map(count).join(", ");
    if !diff.unclassified().is_empty() {
        summary = format!("{summary}, {} that no rule covers", diff.unclassified().len());
    }
    summary
}
