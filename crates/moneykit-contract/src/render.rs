//! Renders a [`Diff`](crate::Diff) as text, Markdown and JSON.

mod json;
mod markdown;
mod text;

pub use json::Json;
pub use markdown::Markdown;
pub use text::Text;

use crate::change::{Change, Compatibility, Location};
use crate::diff::Diff;

/// Groups changes by operation; changes of the document as a whole come first.
fn groups(diff: &Diff) -> Vec<(Option<&str>, Vec<&Change>)> {
    let mut groups: Vec<(Option<&str>, Vec<&Change>)> = Vec::new();
    for change in diff.changes() {
        let operation = change.location.operation.as_deref();
        match groups.last_mut() {
            Some((known, changes)) if *known == operation => changes.push(change),
            _ => groups.push((operation, vec![change])),
        }
    }
    groups
}

/// Returns the name of a location inside an operation, or `None` for the operation itself.
fn inside(location: &Location) -> Option<String> {
    match (location.part.as_str(), location.path.as_str()) {
        ("", _) => None,
        (part, "") => Some(part.to_owned()),
        (part, path) => Some(format!("{part}: {path}")),
    }
}

/// Returns the number of changes of each compatibility, and of unclassified ones.
fn summary(diff: &Diff) -> String {
    let count = |compatibility: Compatibility| format!("{} {compatibility}", diff.count(compatibility));
    let mut summary =
        [Compatibility::Breaking, Compatibility::Compatible, Compatibility::Editorial].map(count).join(", ");
    if !diff.unclassified().is_empty() {
        summary = format!("{summary}, {} unclassified", diff.unclassified().len());
    }
    summary
}
