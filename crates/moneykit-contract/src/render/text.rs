use std::fmt;

use super::{groups, inside, summary};
use crate::change::Compatibility;
use crate::diff::Diff;

/// A diff for a terminal, grouped by operation, with what a caller must do.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    diff: &'a Diff,
    color: bool,
}

impl<'a> Text<'a> {
    /// Shows a diff without colors.
    pub fn new(diff: &'a Diff) -> Self {
        Self { diff, color: false }
    }

    /// Colors the verdicts by ANSI escapes, for terminals.
    pub fn colored(self) -> Self {
        Self { color: true, ..self }
    }

    fn paint(&self, verdict: Compatibility) -> (&'static str, &'static str) {
        let color = match verdict {
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
            writeln!(f, "{}", operation.unwrap_or("The document"))?;
            for change in changes {
                let (on, off) = self.paint(change.verdict);
                write!(f, "  {on}{:10}{off}  ", change.verdict)?;
                if let Some(inside) = inside(&change.place) {
                    write!(f, "{inside}: ")?;
                }
                writeln!(f, "{}  [{}]", change.words, change.rule.id)?;
                writeln!(f, "              at {}#{}", change.side.name(), change.pointer)?;
                if change.remedy() != "nothing" {
                    writeln!(f, "              callers: {}", change.remedy())?;
                }
            }
            writeln!(f)?;
        }
        if !self.diff.unclassified().is_empty() {
            writeln!(f, "No verdict")?;
            for unclassified in self.diff.unclassified() {
                writeln!(
                    f,
                    "  {}\n              at {}#{}",
                    unclassified.words,
                    unclassified.side.name(),
                    unclassified.pointer
                )?;
            }
            writeln!(f)?;
        }
        writeln!(f, "{}", summary(self.diff))
    }
}
