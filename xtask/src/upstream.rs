//! `cargo xtask upstream`: compares the contract with the vendor's OpenAPI document.

mod source;

use std::io::{IsTerminal, Write};

use anyhow::{Context, Result, ensure};
use clap::Args;
use moneykit_contract::{Diff, Document, Downgraded, Subset, downgrade, extract, propose};

use crate::Outcome;
use crate::diff::{Format, outcome, show};
use crate::workspace::{CONTRACT, root};

/// The file that a proposed contract is written to.
const PROPOSAL: &str = "spec/openapi.proposed.yaml";

/// The arguments of `cargo xtask upstream`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The vendor's OpenAPI document, 3.0 or 3.1, JSON or YAML: a file, or an https URL (http for localhost)
    source: String,
    /// Write a contract that agrees with the vendor's document to spec/openapi.proposed.yaml
    #[arg(long)]
    write: bool,
    /// The output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Prints the differences between the contract and the vendor's document.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let contract = Document::read(root().join(CONTRACT))?;
    let vendor = source::read(&arguments.source)?;
    let comparison = Comparison::new(&contract, &vendor)?;
    let out = &mut std::io::stdout();
    let color = out.is_terminal();
    comparison.show(arguments.format, color, out)?;
    if arguments.write {
        let proposal = yaml(&propose(&contract, &comparison.downgraded.document))?;
        let path = root().join(PROPOSAL);
        std::fs::write(&path, proposal).with_context(|| format!("can't write {PROPOSAL}"))?;
        eprintln!(
            "\nwritten  {PROPOSAL}: review `git diff --no-index {CONTRACT} {PROPOSAL}` and adopt what is right"
        );
    }
    comparison.outcome()
}

/// A comparison of the contract with the vendor's document.
struct Comparison {
    subset: Subset,
    downgraded: Downgraded,
    diff: Diff,
}

impl Comparison {
    fn new(contract: &Document, vendor: &Document) -> Result<Self> {
        let subset = extract(vendor, contract);
        let downgraded = downgrade(subset.document.clone());
        let diff = Diff::between(contract, &downgraded.document)?;
        Ok(Self { subset, downgraded, diff })
    }

    /// Writes the differences and, except in JSON, the parts that were not compared.
    fn show(&self, format: Format, color: bool, out: &mut impl Write) -> Result<()> {
        show(&self.diff, format, color, out)?;
        if format == Format::Json {
            return Ok(());
        }
        let lists: [(&str, Vec<String>); 4] = [
            (
                "Missing in the vendor's document",
                self.subset.missing.iter().map(ToString::to_string).collect(),
            ),
            (
                "Paths with other parameter names",
                self.subset.renamed.iter().map(ToString::to_string).collect(),
            ),
            ("Dangling references", self.subset.dangling.iter().map(ToString::to_string).collect()),
            (
                "Not supported in OpenAPI 3.0",
                self.downgraded.unsupported.iter().map(ToString::to_string).collect(),
            ),
        ];
        for (title, lines) in lists.iter().filter(|(_, lines)| !lines.is_empty()) {
            writeln!(out, "\n{title}:")?;
            for line in lines {
                writeln!(out, "  {line}")?;
            }
        }
        Ok(())
    }

    /// Returns the outcome. Parts that are not supported were not compared, which is an error.
    fn outcome(&self) -> Result<Outcome> {
        ensure!(
            self.downgraded.unsupported.is_empty() && self.subset.dangling.is_empty(),
            "a part of the vendor's document could not be compared: review what is listed above"
        );
        let outcome = outcome(&self.diff, false)?;
        Ok(if self.subset.missing.is_empty() { outcome } else { Outcome::Fail })
    }
}

/// Returns a document as YAML that parses to the same document.
fn yaml(document: &Document) -> Result<String> {
    let text = serde_saphyr::to_string(document.root()).context("the proposal can't be written as YAML")?;
    let again = Document::parse("the proposal", &text)?;
    ensure!(
        again.root() == document.root(),
        "the proposal can't be written as YAML: it parses to another document"
    );
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract() -> Document {
        Document::read(root().join(CONTRACT)).unwrap()
    }

    /// Returns the contract as an OpenAPI 3.1 document in JSON with a text replaced.
    fn vendor(from: &str, to: &str) -> Document {
        let mut root = contract().root().clone();
        root["openapi"] = "3.1.0".into();
        let text = root.to_string();
        assert!(text.contains(from), "{from}");
        Document::parse("vendor", &text.replace(from, to)).unwrap()
    }

    fn shown(comparison: &Comparison, format: Format) -> String {
        let mut out = Vec::new();
        comparison.show(format, false, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_equal_document_passes() {
        let comparison = Comparison::new(&contract(), &vendor("3.1.0", "3.1.1")).unwrap();

        assert_eq!(comparison.outcome().unwrap(), Outcome::Pass);
        assert!(shown(&comparison, Format::Text).contains("0 breaking"));
    }

    #[test]
    fn differences_are_changes_from_the_contract_to_the_document() {
        let vendor = vendor(r#""required":["error_message"]"#, r#""required":[]"#);
        let comparison = Comparison::new(&contract(), &vendor).unwrap();

        assert_eq!(comparison.outcome().unwrap(), Outcome::Fail);
        assert!(shown(&comparison, Format::Text).contains("property-optional"));
    }

    #[test]
    fn a_missing_operation_fails() {
        let comparison =
            Comparison::new(&contract(), &vendor(r#""/auth/token":{"#, r#""/oauth/token":{"#)).unwrap();

        assert_eq!(comparison.outcome().unwrap(), Outcome::Fail);
        assert!(shown(&comparison, Format::Text).contains("Missing in the vendor's document:\n  "));
    }

    #[test]
    fn an_unsupported_keyword_is_an_error() {
        let vendor = vendor(r#""minimum":0"#, r#""minimum":0,"if":{"minimum":5}"#);
        let comparison = Comparison::new(&contract(), &vendor).unwrap();

        assert!(comparison.outcome().unwrap_err().to_string().contains("could not be compared"));
        assert!(shown(&comparison, Format::Text).contains("Not supported in OpenAPI 3.0:\n  "));
    }

    #[test]
    fn a_proposal_parses_to_the_same_document() {
        let vendor = vendor(r#""minimum":0"#, r#""minimum":1"#);
        let comparison = Comparison::new(&contract(), &vendor).unwrap();

        let text = yaml(&propose(&contract(), &comparison.downgraded.document)).unwrap();
        let proposed = Document::parse("proposal", &text).unwrap();
        let expires_in =
            proposed.root().pointer("/components/schemas/AccessToken/properties/expires_in").unwrap();
        assert_eq!(expires_in["minimum"], 1);
        assert_eq!(expires_in["example"], 3600);
        moneykit_codegen::Contract::parse("proposal", &text).unwrap();
    }
}
