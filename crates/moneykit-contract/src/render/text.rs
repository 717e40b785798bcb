//! The plain-text report of a diff.

use std::fmt;

use super::{Entry, groups, summary};
use crate::change::Compatibility;
use crate::diff::Diff;
use crate::escape::Escaped;
use crate::subject::Subject;

/// A diff as text, for a terminal: grouped by operation, or by component where several operations share one, with the
/// action that client developers have to take. Control characters of the documents are escaped.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    diff: &'a Diff,
    color: bool,
}

impl<'a> Text<'a> {
    /// Creates a text report of a diff, without colors.
    pub fn new(diff: &'a Diff) -> Self {
        Self { diff, color: false }
    }

    /// Enables ANSI colors, for terminals.
    pub fn colored(self) -> Self {
        Self { color: true, ..self }
    }

    fn paint(&self, compatibility: Compatibility) -> (&'static str, &'static str) {
        let color = match compatibility {
            Compatibility::Breaking => "\x1b[1;31m",
            Compatibility::Compatible => "\x1b[32m",
            Compatibility::Editorial => "\x1b[2m",
        };
        if self.color { (color, "\x1b[0m") } else { ("", "") }
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for group in groups(self.diff) {
            let (heading, operations) = group.heading();
            writeln!(f, "{heading}")?;
            if let Some(operations) = operations {
                writeln!(f, "  {operations}")?;
            }
            group.changes.iter().try_for_each(|entry| self.entry(f, entry, &group.subject))?;
            writeln!(f)?;
        }
        if !self.diff.unclassified().is_empty() {
            writeln!(f, "Unclassified")?;
            for unclassified in self.diff.unclassified() {
                writeln!(f, "  {}", Escaped(&unclassified.message))?;
                let document = unclassified.document.name();
                writeln!(f, "              at {document}#{}", Escaped(&unclassified.pointer))?;
            }
            writeln!(f)?;
        }
        if !self.diff.unsupported().is_empty() {
            writeln!(
                f,
                "Not compared, because OpenAPI 3.0 cannot express it; it is the same in both documents"
            )?;
            for unsupported in self.diff.unsupported() {
                writeln!(f, "  {unsupported}")?;
            }
            writeln!(f)?;
        }
        writeln!(f, "{}", summary(self.diff))
    }
}

impl Text<'_> {
    fn entry(&self, f: &mut fmt::Formatter<'_>, entry: &Entry<'_>, subject: &Subject) -> fmt::Result {
        let change = entry.change;
        let (on, off) = self.paint(change.compatibility);
        write!(f, "  {on}{:10}{off}  ", change.compatibility)?;
        let place = entry.place(subject);
        if let Some(place) = place.as_ref().filter(|_| matches!(subject, Subject::Operation(_))) {
            write!(f, "{}: ", Escaped(place))?;
        }
        writeln!(f, "{}  [{}]", Escaped(&change.message), change.rule.id)?;
        if let Some(place) = place.filter(|_| !matches!(subject, Subject::Operation(_))) {
            writeln!(f, "              such as {}", Escaped(place))?;
        }
        let other_parts = entry.other_parts(subject);
        if !other_parts.is_empty() {
            writeln!(f, "              and in {}", Escaped(other_parts.join("; ")))?;
        }
        write!(f, "              at {}#{}", change.document.name(), Escaped(&change.pointer))?;
        match entry.others {
            0 => writeln!(f)?,
            others => writeln!(f, " and {others} others")?,
        }
        if change.remedy() != "none" && !entry.is_same_action_next {
            writeln!(f, "              action: {}", change.remedy())?;
        }
        Ok(())
    }
}
