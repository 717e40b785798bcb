//! The Markdown report of a diff.

use std::fmt;

use super::{groups, summary};
use crate::change::Compatibility;
use crate::diff::Diff;
use crate::escape::Escaped;

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
        for group in groups(self.0) {
            let (heading, operations) = group.heading();
            writeln!(f, "\n### {heading}\n")?;
            if let Some(operations) = operations {
                writeln!(f, "{operations}\n")?;
            }
            writeln!(f, "| Compatibility | Location | Change | Client action |\n|---|---|---|---|")?;
            for entry in &group.changes {
                let change = entry.change;
                let compatibility = match change.compatibility {
                    Compatibility::Breaking => "**breaking**",
                    compatibility => compatibility.name(),
                };
                let mut place = entry.place(&group.subject).unwrap_or_default();
                let other_parts = entry.other_parts(&group.subject);
                if !other_parts.is_empty() {
                    place = format!("{place}; and in {}", other_parts.join("; "));
                }
                let others = match entry.others {
                    0 => String::new(),
                    others => format!(" and {others} others"),
                };
                writeln!(
                    f,
                    "| {compatibility} | {} | {} | {} |",
                    cell(&place),
                    cell(&format!("{} (`{}`, `{}`{others})", change.message, change.rule.id, change.pointer)),
                    cell(change.remedy()),
                )?;
            }
        }
        if !self.0.unclassified().is_empty() {
            writeln!(f, "\n### Unclassified\n")?;
            for unclassified in self.0.unclassified() {
                let (message, pointer) = (Escaped(&unclassified.message), Escaped(&unclassified.pointer));
                writeln!(f, "- {message} (`{pointer}`, {})", unclassified.document.name())?;
            }
        }
        if !self.0.unsupported().is_empty() {
            writeln!(f, "\n### Not compared\n")?;
            for unsupported in self.0.unsupported() {
                writeln!(f, "- {unsupported}")?;
            }
        }
        Ok(())
    }
}

/// Escapes text for a table cell.
fn cell(text: &str) -> String {
    Escaped(text.replace('|', "\\|").replace('\n', " ")).to_string()
}
