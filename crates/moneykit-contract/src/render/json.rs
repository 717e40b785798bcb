//! The JSON report of a diff.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::change::{Change, Unclassified, Use};
use crate::diff::Diff;
use crate::escape::is_control;

/// A diff as JSON, for programs.
///
/// An object with `compatibility` (`breaking`, `compatible`, `editorial`, or null if nothing changed), `changes`,
/// `uses`, `unclassified` and `unsupported`.
///
/// - A change has `compatibility`, `rule`, `document`, `pointer`, `message` and `remedy`; the nearest location that it
///   affects, in `operation`, `part`, `path` and `direction`; and in `uses` the index of a list in the field `uses` of
///   the report, or null for a change of the document as a whole.
/// - Each list in `uses` has all parts of operations that a change affects, each with `operation` and `part`.
/// - An unclassified change has `document`, `pointer` and `message`.
/// - An unsupported part, which was not compared and is the same in both documents, has `pointer`, `keyword` and
///   `reason`.
#[derive(Debug, Clone, Copy)]
pub struct Json<'a>(&'a Diff);

impl<'a> Json<'a> {
    /// Creates a JSON report of a diff.
    pub fn new(diff: &'a Diff) -> Self {
        Self(diff)
    }

    /// Returns the report as a JSON value.
    pub fn to_value(self) -> Value {
        let mut lists: Vec<Value> = Vec::new();
        let mut indexes: HashMap<*const Use, usize> = HashMap::new();
        let mut index = |uses: &Arc<[Use]>| {
            if uses.is_empty() {
                return Value::Null;
            }
            // Changes with the same uses share the list.
            let index = *indexes.entry(uses.as_ptr()).or_insert_with(|| {
                lists.push(
                    uses.iter()
                        .map(|used| json!({ "operation": *used.operation, "part": *used.part }))
                        .collect(),
                );
                lists.len() - 1
            });
            json!(index)
        };
        let changes: Vec<Value> = self.0.changes().iter().map(|it| change(it, &index(&it.uses))).collect();
        let unsupported =
            self.0.unsupported().iter().map(
                |part| json!({ "pointer": part.pointer, "keyword": part.keyword, "reason": part.reason }),
            );
        json!({
            "compatibility": self.0.compatibility().map(crate::Compatibility::name),
            "changes": changes,
            "uses": lists,
            "unclassified": self.0.unclassified().iter().map(unclassified).collect::<Vec<_>>(),
            "unsupported": unsupported.collect::<Vec<_>>(),
        })
    }

    /// Returns a JSON value as text that no terminal misreads: JSON allows control characters above ASCII in strings.
    pub fn to_text(value: &Value) -> String {
        let mut text = String::new();
        for character in format!("{value:#}").chars() {
            if is_control(character) && character != '\n' {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    // Writing to a string does not fail.
                    let _ = write!(text, "\\u{unit:04x}");
                }
            } else {
                text.push(character);
            }
        }
        text
    }
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", Self::to_text(&self.to_value()))
    }
}

fn change(change: &Change, uses: &Value) -> Value {
    json!({
        "compatibility": change.compatibility.name(),
        "rule": change.rule.id,
        "operation": change.location.operation,
        "part": change.location.part,
        "path": change.location.path,
        "direction": change.location.direction.map(crate::Direction::name),
        "uses": uses,
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
