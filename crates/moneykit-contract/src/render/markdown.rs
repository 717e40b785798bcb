//! The Markdown report of a diff.

use std::fmt;

use super::{groups, inside, summary};
use crate::change::Compatibility;
use crate::diff::Diff;

/// A diff as Markdown, for a pull request: one table for each operation.
#[derive(Debug, Clone, Copy)]
pub struct Markdown<'a>(&'a Diff);

impl<'a> Markdown<'a> {
    /// Creates a Markdown report of a diff.
    pub fn new(diff: &'a Diff) -> Self {
        Self(diff)
    }
}

impl fmt::Display for Markdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "**{}**", summary(self.0))?;
        for (operation, changes) in groups(self.0) {
            writeln!(f, "\n### {}\n", operation.unwrap_or("Document"))?;
            writeln!(f, "| Compatibility | Location | Change | Client action |\n|---|---|---|---|")?;
            for change in changes {
                let compatibility = match change.compatibility {
                    Compatibility::Breaking => "**breaking**",
                    compatibility => compatibility.name(),
                };
                let inside = inside(&change.location).unwrap_or_default();
                writeln!(
                    f,
                    "| {compatibility} | {} | {} | {} |",
                    cell(&inside),
                    cell(&format!("{} (`{}`, `{}`)", change.message, change.rule.id, change.pointer)),
                    cell(change.remedy()),
                )?;
            }
        }
        if !self.0.unclassified().is_empty() {
            writeln!(f, "\n### Unclassified\n")?;
            for unclassified in self.0.unclassified() {
                writeln!(
                    f,
                    "- {} (`{}`, {})",
                    unclassified.message,
                    unclassified.pointer,
                    unclassified.document.name()
                )?;
            }
        }
        Ok(())
    }
}

/// Escapes text for a table cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
