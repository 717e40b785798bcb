mod source;

use std::io::{IsTerminal, Write};

use anyhow::{Context, Result, ensure};
use clap::Args;
use moneykit_contract::{Diff, Document, Downgraded, Subset, downgrade, extract, propose};

use crate::Outcome;
use crate::diff::{Format, show, verdict};
use crate::workspace::{CONTRACT, root};

/// Where a proposal is written, for people to compare with the contract.
const PROPOSAL: &str = "spec/openapi.proposed.yaml";

/// What the contract is compared with, and how that is shown.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The vendor's OpenAPI document, 3.0 or 3.1, JSON or YAML: a file, or an https URL (http on this machine)
    source: String,
    /// Write what the contract would be if it said the same to spec/openapi.proposed.yaml
    #[arg(long)]
    write: bool,
    /// How to show what differs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Says where the vendor's document and the contract disagree.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let contract = Document::read(root().join(CONTRACT))?;
    let vendor = source::read(&arguments.source)?;
    let found = Found::new(&contract, &vendor)?;
    let out = &mut std::io::stdout();
    let color = out.is_terminal();
    found.show(arguments.format, color, out)?;
    if arguments.write {
        let proposal = yaml(&propose(&contract, &found.bridged.document))?;
        let path = root().join(PROPOSAL);
        std::fs::write(&path, proposal).with_context(|| format!("can't write {PROPOSAL}"))?;
        eprintln!(
            "\nwritten  {PROPOSAL}: read `git diff --no-index {CONTRACT} {PROPOSAL}`, and take over what is right"
        );
    }
    found.verdict()
}

/// What came of the comparison.
struct Found {
    slice: Subset,
    bridged: Downgraded,
    diff: Diff,
}

impl Found {
    fn new(contract: &Document, vendor: &Document) -> Result<Self> {
        let slice = extract(vendor, contract);
        let bridged = downgrade(slice.document.clone());
        let diff = Diff::between(contract, &bridged.document)?;
        Ok(Self { slice, bridged, diff })
    }

    /// Shows what differs; for people also what the comparison could not take in.
    fn show(&self, format: Format, color: bool, out: &mut impl Write) -> Result<()> {
        show(&self.diff, format, color, out)?;
        if format == Format::Json {
            return Ok(());
        }
        let lists: [(&str, Vec<String>); 4] = [
            ("The vendor does not have", self.slice.missing.iter().map(ToString::to_string).collect()),
            (
                "The vendor's paths have other names",
                self.slice.renamed.iter().map(ToString::to_string).collect(),
            ),
            ("References that lead nowhere", self.slice.dangling.iter().map(ToString::to_string).collect()),
            (
                "Not carried over from OpenAPI 3.1",
                self.bridged.unsupported.iter().map(ToString::to_string).collect(),
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

    /// What was not carried over was not compared either.
    fn verdict(&self) -> Result<Outcome> {
        ensure!(
            self.bridged.unsupported.is_empty() && self.slice.dangling.is_empty(),
            "a part of the vendor's document could not be compared: it is listed above, and for people to judge"
        );
        let found = verdict(&self.diff, false)?;
        Ok(if self.slice.missing.is_empty() { found } else { Outcome::Fail })
    }
}

/// Writes a document as YAML that reads back as the same.
fn yaml(document: &Document) -> Result<String> {
    let text = serde_saphyr::to_string(document.root()).context("the proposal can't be written as YAML")?;
    let again = Document::parse("the proposal", &text)?;
    ensure!(
        again.root() == document.root(),
        "the proposal can't be written as YAML: it reads back as another"
    );
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract() -> Document {
        Document::read(root().join(CONTRACT)).unwrap()
    }

    /// The contract as a vendor would have it who writes OpenAPI 3.1 in JSON, with one thing exchanged.
    fn vendor(from: &str, to: &str) -> Document {
        let mut root = contract().root().clone();
        root["openapi"] = "3.1.0".into();
        let text = root.to_string();
        assert!(text.contains(from), "{from}");
        Document::parse("vendor", &text.replace(from, to)).unwrap()
    }

    fn shown(found: &Found, format: Format) -> String {
        let mut out = Vec::new();
        found.show(format, false, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_vendor_who_says_the_same_is_fine() {
        let found = Found::new(&contract(), &vendor("3.1.0", "3.1.1")).unwrap();

        assert_eq!(found.verdict().unwrap(), Outcome::Pass);
        assert!(shown(&found, Format::Text).contains("0 breaking"));
    }

    #[test]
    fn what_differs_is_judged_as_a_change_from_ours_to_theirs() {
        let vendor = vendor(r#""required":["error_message"]"#, r#""required":[]"#);
        let found = Found::new(&contract(), &vendor).unwrap();

        assert_eq!(found.verdict().unwrap(), Outcome::Fail);
        assert!(shown(&found, Format::Text).contains("property-optional"));
    }

    #[test]
    fn an_operation_that_the_vendor_lacks_is_an_objection() {
        let found = Found::new(&contract(), &vendor(r#""/auth/token":{"#, r#""/oauth/token":{"#)).unwrap();

        assert_eq!(found.verdict().unwrap(), Outcome::Fail);
        assert!(shown(&found, Format::Text).contains("The vendor does not have:\n  "));
    }

    #[test]
    fn what_is_not_carried_over_leaves_no_verdict() {
        let vendor = vendor(r#""minimum":0"#, r#""minimum":0,"if":{"minimum":5}"#);
        let found = Found::new(&contract(), &vendor).unwrap();

        assert!(found.verdict().unwrap_err().to_string().contains("could not be compared"));
        assert!(shown(&found, Format::Text).contains("Not carried over from OpenAPI 3.1:\n  "));
    }

    #[test]
    fn a_proposal_reads_back_as_what_it_is() {
        let vendor = vendor(r#""minimum":0"#, r#""minimum":1"#);
        let found = Found::new(&contract(), &vendor).unwrap();

        let text = yaml(&propose(&contract(), &found.bridged.document)).unwrap();
        let proposed = Document::parse("proposal", &text).unwrap();
        let expires_in =
            proposed.root().pointer("/components/schemas/AccessToken/properties/expires_in").unwrap();
        assert_eq!(expires_in["minimum"], 1);
        assert_eq!(expires_in["example"], 3600);
        moneykit_codegen::Contract::parse("proposal", &text).unwrap();
    }
}
