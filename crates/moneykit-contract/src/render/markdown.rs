use std::fmt;

use super::{groups, inside, summary};
use crate::change::Compatibility;
use crate::diff::Diff;

/// A diff for a pull request: a table for each operation.
#[derive(Debug, Clone, Copy)]
pub struct Markdown<'a>(&'a Diff);

impl<'a> Markdown<'a> {
    /// Shows a diff as Markdown.
    pub fn new(diff: &'a Diff) -> Self {
        Self(diff)
    }
}

impl fmt::Display for Markdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "**{}**", summary(self.0))?;
        for (operation, changes) in groups(self.0) {
            writeln!(f, "\n### {}\n", operation.unwrap_or("The document"))?;
            writeln!(f, "| | where | what | what callers do |\n|---|---|---|---|")?;
            for change in changes {
                let verdict = match change.verdict {
                    Compatibility::Breaking => "**breaking**",
                    verdict => verdict.name(),
                };
                let inside = inside(&change.place).unwrap_or_default();
                writeln!(
                    f,
                    "| {verdict} | {} | {} | {} |",
                    cell(&inside),
                    cell(&format!("{} (`{}`, `{}`)", change.words, change.rule.id, change.pointer)),
                    cell(change.remedy()),
                )?;
            }
        }
        if !self.0.unclassified().is_empty() {
            writeln!(f, "\n### No verdict\n")?;
            for unclassified in self.0.unclassified() {
                writeln!(
                    f,
                    "- {} (`{}`, {})",
                    unclassified.words,
                    unclassified.pointer,
                    unclassified.side.name()
                )?;
            }
        }
        Ok(())
    }
}

/// Keeps a text within its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
