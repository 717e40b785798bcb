use std::fmt;

use serde_json::{Value, json};

use crate::change::{Change, Unclassified};
use crate::diff::Diff;

/// A diff for machines.
///
/// An object with `verdict` (`breaking`, `compatible`, `editorial`, or null when nothing changed), `changes` and
/// `unclassified`. A change has `verdict`, `rule`, `operation`, `part`, `trail`, `direction`, `document`, `pointer`,
/// `words` and `remedy`.
#[derive(Debug, Clone, Copy)]
pub struct Json<'a>(&'a Diff);

impl<'a> Json<'a> {
    /// Shows a diff as JSON.
    pub fn new(diff: &'a Diff) -> Self {
        Self(diff)
    }

    /// Returns the diff as a JSON value.
    pub fn to_value(self) -> Value {
        json!({
            "verdict": self.0.verdict().map(crate::Compatibility::name),
            "changes": self.0.changes().iter().map(change).collect::<Vec<_>>(),
            "unclassified": self.0.unclassified().iter().map(unclassified).collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:#}", self.to_value())
    }
}

fn change(change: &Change) -> Value {
    json!({
        "verdict": change.verdict.name(),
        "rule": change.rule.id,
        "operation": change.place.operation,
        "part": change.place.part,
        "trail": change.place.trail,
        "direction": change.place.direction.map(crate::Direction::name),
        "document": change.side.name(),
        "pointer": change.pointer,
        "words": change.words,
        "remedy": change.remedy(),
    })
}

fn unclassified(unclassified: &Unclassified) -> Value {
    json!({
        "document": unclassified.side.name(),
        "pointer": unclassified.pointer,
        "words": unclassified.words,
    })
}
