//! The JSON report of a diff.

use std::fmt;

use serde_json::{Value, json};

use crate::change::{Change, Unclassified};
use crate::diff::Diff;

/// A diff as JSON, for programs.
///
/// An object with `compatibility` (`breaking`, `compatible`, `editorial`, or null if nothing changed),
/// `changes` and `unclassified`. A change has `compatibility`, `rule`, `operation`, `part`, `path`,
/// `direction`, `document`, `pointer`, `message` and `remedy`; an unclassified change has `document`,
/// `pointer` and `message`.
#[derive(Debug, Clone, Copy)]
pub struct Json<'a>(&'a Diff);

impl<'a> Json<'a> {
    /// Creates a JSON report of a diff.
    pub fn new(diff: &'a Diff) -> Self {
        Self(diff)
    }

    /// Returns the report as a JSON value.
    pub fn to_value(self) -> Value {
        json!({
            "compatibility": self.0.compatibility().map(crate::Compatibility::name),
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
        "compatibility": change.compatibility.name(),
        "rule": change.rule.id,
        "operation": change.location.operation,
        "part": change.location.part,
        "path": change.location.path,
        "direction": change.location.direction.map(crate::Direction::name),
        "document": change.document.name(),
        "pointer": change.pointer,
        "message": change.message,
        "remedy": change.remedy(),
    })
}

fn unclassified(unclassified: &Unclassified) -> Value {
    json!({
        "document": unclassified.document.name(),
        "pointer": unclassified.pointer,
        "message": unclassified.message,
    })
}
