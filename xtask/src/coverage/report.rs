//! The numbers and the reasons, as text or JSON.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use serde_json::json;

use super::operation::{Operation, Outcome};

pub(super) struct Report {
    document: String,
    operations: usize,
    generated: usize,
    /// `None` if nothing was compiled.
    compiled: Option<usize>,
    /// The operations by the stage and the reason at which they end.
    reasons: Vec<Reason>,
}

struct Reason {
    stage: &'static str,
    text: String,
    operations: Vec<String>,
    example: String,
}

impl Report {
    pub(super) fn new(document: &Path, operations: &[Operation], is_compiled: bool) -> Self {
        let mut by_reason: BTreeMap<(&'static str, String), (Vec<String>, String)> = BTreeMap::new();
        for operation in operations {
            if let Some((stage, reason)) = operation.outcome.reason() {
                let key = (stage, general(reason, operation));
                let entry = by_reason.entry(key).or_insert_with(|| (Vec::new(), reason.to_owned()));
                entry.0.push(operation.name.clone());
            }
        }
        let mut reasons: Vec<Reason> = by_reason
            .into_iter()
            .map(|((stage, text), (operations, example))| Reason { stage, text, operations, example })
            .collect();
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.operations.len()));
        let count = |is: &dyn Fn(&Outcome) -> bool| operations.iter().filter(|one| is(&one.outcome)).count();
        Self {
            document: document.display().to_string(),
            operations: operations.len(),
            generated: count(&|outcome| outcome.is_good() || matches!(outcome, Outcome::Uncompiled(_))),
            compiled: is_compiled.then(|| count(&|outcome| *outcome == Outcome::Compiled)),
            reasons,
        }
    }

    pub(super) fn print(&self) {
        println!("{}: {} operations", self.document, self.operations);
        println!("  generate: {} ({})", self.generated, self.share(self.generated));
        if let Some(compiled) = self.compiled {
            println!("  compile:  {compiled} ({})", self.share(compiled));
        }
        for reason in &self.reasons {
            let count = reason.operations.len();
            println!("\n{count:>5}  {}: {}", reason.stage, reason.text);
            println!("       such as {}: {}", reason.operations[0], shortened(&reason.example));
        }
    }

    pub(super) fn print_json(&self) -> Result<()> {
        let reasons: Vec<_> = self
            .reasons
            .iter()
            .map(|reason| {
                json!({
                    "stage": reason.stage,
                    "reason": reason.text,
                    "example": reason.example,
                    "operations": reason.operations,
                })
            })
            .collect();
        let report = json!({
            "document": self.document,
            "operations": self.operations,
            "generate": self.generated,
            "compile": self.compiled,
            "reasons": reasons,
        });
        println!("{}", serde_json::to_string_pretty(&report)?);
        Ok(())
    }

    fn share(&self, part: usize) -> String {
        #[expect(clippy::cast_precision_loss, reason = "no document has 2^52 operations")]
        let share = if self.operations == 0 { 100.0 } else { part as f64 * 100.0 / self.operations as f64 };
        format!("{share:.1} %")
    }
}

/// Returns a reason without the names that differ from one operation to the next.
fn general(reason: &str, operation: &Operation) -> String {
    let reason = reason.replace(&operation.name, "…").replace(&operation.path, "…");
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
    // A pointer names the place.
    let words = general.split(' ').map(|word| if word.starts_with('/') { "…" } else { word });
    shortened(&words.collect::<Vec<_>>().join(" "))
}

fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(200).collect()
}
