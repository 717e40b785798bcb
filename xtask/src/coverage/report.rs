//! The numbers and the reasons, as text or JSON.

use anyhow::Result;
use moneykit_codegen::{FailureGroup, group_failures};
use moneykit_contract::{Document, Escaped};
use serde_json::{Value, json};

use super::operation::{Operation, Stage};

pub(super) struct Report {
    document: String,
    /// The version of the API.
    version: String,
    operations: usize,
    generated: usize,
    /// The number of operations that compile and of those that are proven. `None` if nothing was compiled.
    compiled: Option<(usize, usize)>,
    /// The operations by the stage and the reason at which they end.
    reasons: Vec<FailureGroup>,
}

impl Report {
    pub(super) fn new(document: &Document, operations: &[Operation], is_compiled: bool) -> Self {
        let failures = operations.iter().filter_map(|operation| {
            let (stage, reason) = operation.outcome.failure()?;
            Some((&operation.vendor, stage, reason))
        });
        let reasons = group_failures(failures);
        let count = |stage: Stage| operations.iter().filter(|one| one.outcome.stage() >= stage).count();
        let name = document.name().file_name().unwrap_or(document.name().as_os_str());
        let version = match &document.root()["info"]["version"] {
            Value::String(version) => version.clone(),
            other => other.to_string(),
        };
        Self {
            document: name.to_string_lossy().into_owned(),
            version,
            operations: operations.len(),
            generated: count(Stage::Generated),
            compiled: is_compiled.then(|| (count(Stage::Compiled), count(Stage::Proven))),
            reasons,
        }
    }

    /// Prints the numbers as a table of one row, and the reasons below it.
    pub(super) fn print(&self) {
        let share = |part: usize| format!("{part} ({})", self.share(part));
        let (compiled, proven) = match self.compiled {
            Some((compiled, proven)) => (share(compiled), share(proven)),
            None => ("not run".to_owned(), "not run".to_owned()),
        };
        println!("| document | version | operations | generate | compile | proven |");
        println!("|---|---|---|---|---|---|");
        println!(
            "| {} | {} | {} | {} | {compiled} | {proven} |",
            Escaped(&self.document),
            Escaped(&self.version),
            self.operations,
            share(self.generated)
        );
        for reason in &self.reasons {
            println!("\n{reason}");
        }
    }

    pub(super) fn print_json(&self) -> Result<()> {
        let reasons: Vec<_> = self.reasons.iter().map(FailureGroup::to_json).collect();
        let report = json!({
            "document": self.document,
            "version": self.version,
            "operations": self.operations,
            "generate": self.generated,
            "compile": self.compiled.map(|(compiled, _)| compiled),
            "proven": self.compiled.map(|(_, proven)| proven),
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

#[cfg(test)]
mod tests {
    use super::*;
    use moneykit_codegen::CoverageFailure;

    use crate::coverage::operation::Outcome;

    #[test]
    fn each_stage_counts_the_operations_that_complete_it() {
        let get = json!({ "get": {} });
        let root = json!({
            "openapi": "3.0.3",
            "info": { "title": "Things", "version": "7" },
            "paths": { "/a": get, "/b": get, "/c": get, "/d": get, "/e": get },
        });
        let document = Document::new("things.yaml", root).unwrap();
        let mut operations = Operation::all(&document);
        let loss = |name: &str| Outcome::Unproven(format!("/components/schemas/{name}: removed `{name}`"));
        let outcomes = [
            Outcome::Ungenerated(CoverageFailure::Refused("no id".to_owned())),
            Outcome::Uncompiled("E0428".to_owned()),
            loss("a"),
            loss("b"),
        ];
        for (operation, outcome) in operations.iter_mut().zip(outcomes) {
            operation.outcome = outcome;
        }
        operations[4].outcome = Outcome::Proven;

        let report = Report::new(&document, &operations, true);

        assert_eq!((report.document.as_str(), report.version.as_str()), ("things.yaml", "7"));
        assert_eq!((report.operations, report.generated, report.compiled), (5, 4, Some((3, 1))));
        // Reasons that differ in names only are one.
        assert_eq!(report.reasons[0].reason, "… removed `…`");
        assert_eq!(report.reasons[0].operations, ["GET /c", "GET /d"]);
    }
}
