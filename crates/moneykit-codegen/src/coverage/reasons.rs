//! The reasons why operations fail: those that differ in names only are one.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use moneykit_contract::Escaped;
use serde_json::{Value, json};

use super::VendorOperation;

/// Operations that fail in the same way for the same reason.
///
/// Its `Display` output is two lines for people, in which control characters of the document are escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailureGroup {
    /// The name of the failure, such as `not generated`.
    pub stage: &'static str,
    /// The reason, without the names that differ from one operation to the next.
    pub reason: String,
    /// The names of the operations. There is always at least one.
    pub operations: Vec<String>,
    /// The reason of the first operation, as it was reported.
    pub example: String,
}

/// Groups failures by their reasons; groups with more operations come first.
///
/// A failure is an operation, the name of the failure and the reason, as
/// [`CoverageFailure::describe`](super::CoverageFailure::describe) returns them.
pub fn group_failures<'a>(
    failures: impl IntoIterator<Item = (&'a VendorOperation, &'static str, &'a str)>,
) -> Vec<FailureGroup> {
    let mut groups: BTreeMap<(&'static str, String), FailureGroup> = BTreeMap::new();
    for (operation, stage, reason) in failures {
        let general = general(reason, operation);
        let group = groups.entry((stage, general.clone())).or_insert_with(|| FailureGroup {
            stage,
            reason: general,
            operations: Vec::new(),
            example: reason.to_owned(),
        });
        group.operations.push(operation.name.clone());
    }
    let mut groups: Vec<FailureGroup> = groups.into_values().collect();
    groups.sort_by_key(|group| Reverse(group.operations.len()));
    groups
}

impl FailureGroup {
    /// Returns the group as JSON, with the fields `stage`, `reason`, `example` and `operations`.
    pub fn to_json(&self) -> Value {
        json!({
            "stage": self.stage,
            "reason": self.reason,
            "example": self.example,
            "operations": self.operations,
        })
    }
}

impl fmt::Display for FailureGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>5}  {}: {}", self.operations.len(), self.stage, Escaped(&self.reason))?;
        let first = self.operations.first().map(String::as_str).unwrap_or_default();
        write!(f, "       such as {}: {}", Escaped(first), Escaped(shortened(&self.example)))
    }
}

/// Returns a reason without the names that differ from one operation to the next.
fn general(reason: &str, operation: &VendorOperation) -> String {
    let reason = reason.replace(&operation.name, "…");
    let mut general = String::new();
    let mut is_quoted = false;
    for part in reason.split('`') {
        if is_quoted {
            general.push_str("`…`");
        } else {
            general.push_str(part);
        }
        is_quoted = !is_quoted;
    }
    let general: String = general.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect();
    // A path or a pointer names the place.
    let words = general.split(' ').map(|word| if word.starts_with('/') { "…" } else { word });
    shortened(&words.collect::<Vec<_>>().join(" "))
}

fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(200).collect()
}
