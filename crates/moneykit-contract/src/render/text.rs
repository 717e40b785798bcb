//! The plain-text report of a diff.

use std::fmt;

use super::{groups, inside, summary};
use crate::change::Compatibility;
use crate::diff::Diff;

/// A diff as text, for a terminal: grouped by operation, with the action that client developers have to take.
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
        for (operation, changes) in groups(self.diff) {
            writeln!(f, "{}", operation.unwrap_or("Document"))?;
            for change in changes {
                let (on, off) = self.paint(change.compatibility);
                write!(f, "  {on}{:10}{off}  ", change.compatibility)?;
                if let Some(inside) = inside(&change.location) {
                    write!(f, "{inside}: ")?;
                }
                writeln!(f, "{}  [{}]", change.message, change.rule.id)?;
                writeln!(f, "              at {}#{}", change.document.name(), change.pointer)?;
                if change.remedy() != "none" {
                    writeln!(f, "              action: {}", change.remedy())?;
                }
            }
            writeln!(f)?;
        }
        if !self.diff.unclassified().is_empty() {
            writeln!(f, "Unclassified")?;
            for unclassified in self.diff.unclassified() {
                writeln!(
                    f,
                    "  {}\n              at {}#{}",
                    unclassified.message,
                    unclassified.document.name(),
                    unclassified.pointer
                )?;
            }
            writeln!(f)?;
        }
        writeln!(f, "{}", summary(self.diff))
    }
}
