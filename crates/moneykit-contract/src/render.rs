//! Renders a [`Diff`](crate::Diff) as text, Markdown and JSON.

mod json;
mod markdown;
mod text;

pub use json::Json;
pub use markdown::Markdown;
pub use text::Text;

use crate::change::{Change, Compatibility, Location, Use};
use crate::diff::Diff;
use crate::escape::Escaped;
use crate::subject::Subject;

/// The changes of one subject.
struct Group<'a> {
    subject: Subject,
    changes: Vec<Entry<'a>>,
}

/// A change, or several editorial ones that read the same.
struct Entry<'a> {
    change: &'a Change,
    /// The number of others that read the same.
    others: usize,
    /// True if the next entry asks for the same action.
    is_same_action_next: bool,
}

/// The number of operations that the heading of a group names.
const MAX_OPERATIONS: usize = 5;

/// Groups changes by subject; changes of the document as a whole come first.
fn groups(diff: &Diff) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for change in diff.changes() {
        let subject = Subject::of(change);
        let is_same = |group: &&mut Group<'_>| {
            let has_same_uses = group.changes.first().is_some_and(|first| first.change.uses == change.uses);
            group.subject == subject && (has_same_uses || !matches!(subject, Subject::Shared { .. }))
        };
        let entry = Entry { change, others: 0, is_same_action_next: false };
        match groups.last_mut().filter(is_same) {
            Some(group) => group.add(entry),
            None => groups.push(Group { subject, changes: vec![entry] }),
        }
    }
    groups
}

impl<'a> Group<'a> {
    fn add(&mut self, entry: Entry<'a>) {
        let is_same = |known: &&mut Entry<'a>| {
            known.change.compatibility == Compatibility::Editorial
                && entry.change.compatibility == Compatibility::Editorial
                && known.change.rule == entry.change.rule
                && known.change.message == entry.change.message
        };
        if let Some(known) = self.changes.iter_mut().find(is_same) {
            known.others += 1;
            return;
        }
        if let Some(last) = self.changes.last_mut() {
            last.is_same_action_next =
                last.change.rule == entry.change.rule && last.change.remedy() == entry.change.remedy();
        }
        self.changes.push(entry);
    }

    /// Returns the heading, and a second line for parts that several operations share.
    fn heading(&self) -> (String, Option<String>) {
        let (title, direction) = match &self.subject {
            Subject::Document => return ("Document".to_owned(), None),
            Subject::Operation(name) => return (Escaped(name).to_string(), None),
            Subject::Shared { title, direction, .. } => (title, direction),
        };
        let Some(first) = self.changes.first().map(|entry| entry.change) else {
            return (title.clone(), None);
        };
        let operations = operations(&first.uses);
        let direction = direction.map_or("used", |direction| direction.name());
        let heading = format!("{}, {direction} by {} operations", Escaped(title), operations.len());
        let mut names = operations.iter().take(MAX_OPERATIONS).copied().collect::<Vec<_>>().join(", ");
        if operations.len() > MAX_OPERATIONS {
            names = format!("{names} and {} others", operations.len() - MAX_OPERATIONS);
        }
        (heading, Some(Escaped(format!("in {names}")).to_string()))
    }
}

impl Entry<'_> {
    /// Returns the place of the change: where in an operation, or where a shared part is nearest to one.
    fn place(&self, subject: &Subject) -> Option<String> {
        let place = inside(&self.change.location)?;
        match (subject, &self.change.location.operation) {
            (Subject::Shared { .. }, Some(operation)) => Some(format!("{operation}, {place}")),
            (Subject::Shared { .. } | Subject::Document, _) => None,
            (Subject::Operation(_), _) => Some(place),
        }
    }

    /// Returns the other parts of the only operation that the change affects.
    fn other_parts(&self, subject: &Subject) -> Vec<&str> {
        let parts = self.change.uses.iter().map(|used| &*used.part);
        match subject {
            Subject::Operation(_) => parts.filter(|part| *part != self.change.location.part).collect(),
            _ => Vec::new(),
        }
    }
}

/// Returns the operations in a list of uses, each once.
fn operations(uses: &[Use]) -> Vec<&str> {
    let mut operations: Vec<&str> = uses.iter().map(|used| &*used.operation).collect();
    // The uses of an operation are next to each other.
    operations.dedup();
    operations
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
