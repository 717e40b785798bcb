//! `moneykit contract coverage`: how many operations of a vendor's document become a client, and why the others do not.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use moneykit_codegen::{Coverage, FailureGroup, VendorOperation, group_failures};
use moneykit_contract::{Document, Escaped};
use serde_json::{Value, json};

use super::read;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::terminal::Terminal;

/// Report how many operations of a vendor's document become a client, and why the others do not
///
/// Cuts out each operation as an author of a contract would, and runs the checks and the generator. The generated code is
/// not compiled. Exits with 0 unless the document can't be read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  moneykit contract coverage vendor.yaml
  moneykit contract coverage vendor.yaml --operation /links --json")]
pub(crate) struct CoverageArgs {
    /// The vendor's document: OpenAPI 3.0 or 3.1, YAML or JSON
    document: PathBuf,
    /// Consider only operations whose method, path or id contains this text
    #[arg(long, value_name = "TEXT")]
    operation: Option<String>,
    /// Print an object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &CoverageArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let vendor = read(&args.document)?;
    let mut operations = VendorOperation::all(&vendor);
    if let Some(text) = &args.operation {
        operations.retain(|operation| operation.name.contains(text) || operation.id.contains(text));
    }
    let chosen: Vec<_> = operations.iter().collect();
    let coverage = Coverage::of(&vendor, &chosen, &mut |sentence| terminal.hint(sentence));
    let failures = operations.iter().zip(&coverage.failures).filter_map(|(operation, failure)| {
        let (stage, reason) = failure.as_ref()?.describe();
        Some((operation, stage, reason))
    });
    let report = Report {
        version: version(&vendor),
        operations: operations.len(),
        generated: coverage.failures.iter().filter(|failure| failure.is_none()).count(),
        reasons: group_failures(failures),
    };
    let text = if args.json { report.json() } else { report.text() };
    output::print(text.as_bytes())?;
    Ok(Exit::Success)
}

/// Returns the version of the API.
fn version(vendor: &Document) -> String {
    match &vendor.root()["info"]["version"] {
        Value::String(version) => version.clone(),
        other => other.to_string(),
    }
}

struct Report {
    version: String,
    operations: usize,
    generated: usize,
    reasons: Vec<FailureGroup>,
}

impl Report {
    fn text(&self) -> String {
        let Self { version, operations, generated, reasons } = self;
        let mut text =
            format!("version {}: {generated} of {operations} operations generate\n", Escaped(version));
        for reason in reasons {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "\n{reason}");
        }
        text
    }

    fn json(&self) -> String {
        let reasons: Vec<_> = self.reasons.iter().map(FailureGroup::to_json).collect();
        let report = json!({
            "version": self.version,
            "operations": self.operations,
            "generate": self.generated,
            "reasons": reasons,
        });
        format!("{report:#}\n")
    }
}
