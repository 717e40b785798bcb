//! `cargo xtask upstream`: compares the contract with the vendor's OpenAPI document.

mod accepted;
mod source;

use std::io::Write;

use anyhow::{Context, Result, ensure};
use clap::Args;
use moneykit_contract::{Document, Escaped, Json, Upstream};
use serde_json::{Value, json};

use self::accepted::{ACCEPTED, Accepted};
use crate::Outcome;
use crate::diff::{Format, outcome, show};
use crate::terminal;
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
    let report = Report::new(&contract, &vendor, &accepted::read(&root().join(ACCEPTED))?)?;
    let mut out = terminal::stdout();
    let color = out.is_terminal();
    report.show(arguments.format, color, &mut out)?;
    out.flush()?;
    if arguments.write {
        let proposal = report.upstream.proposal(&contract)?.to_yaml()?;
        let path = root().join(PROPOSAL);
        std::fs::write(&path, proposal).with_context(|| format!("can't write {PROPOSAL}"))?;
        eprintln!(
            "\nwritten  {PROPOSAL}: review `git diff --no-index {CONTRACT} {PROPOSAL}` and adopt what is right"
        );
    }
    report.outcome()
}

/// A comparison of the contract with the vendor's document, and what was accepted of the rest.
struct Report {
    upstream: Upstream,
    /// The parts that were not compared.
    uncompared: Vec<Uncompared>,
    /// The entries of the reviewed list that no longer apply.
    stale: Vec<Accepted>,
}

/// A part of the vendor's document that was not compared.
struct Uncompared {
    pointer: String,
    /// The part and the reason, for people.
    message: String,
    kind: &'static str,
    /// The reason why this was accepted.
    accepted: Option<String>,
}

const DANGLING: &str = "Dangling references";
const UNSUPPORTED: &str = "Not supported in OpenAPI 3.0";

impl Report {
    fn new(contract: &Document, vendor: &Document, accepted: &[Accepted]) -> Result<Self> {
        let upstream = Upstream::compare(contract, vendor)?;
        let document = &upstream.subset.document;
        let part = |kind, pointer: &str, message: String| {
            let entry = accepted.iter().find(|entry| entry.accepts(document, pointer));
            let accepted = entry.map(|entry| entry.reason.clone());
            Uncompared { pointer: pointer.to_owned(), message, kind, accepted }
        };
        let dangling = upstream.subset.dangling.iter().map(|it| part(DANGLING, &it.pointer, it.to_string()));
        let unsupported =
            upstream.unsupported.iter().map(|it| part(UNSUPPORTED, &it.pointer, it.to_string()));
        let uncompared: Vec<Uncompared> = dangling.chain(unsupported).collect();
        let is_used = |entry: &Accepted| uncompared.iter().any(|it| entry.accepts(document, &it.pointer));
        let stale = accepted.iter().filter(|entry| !is_used(entry)).cloned().collect();
        Ok(Self { upstream, uncompared, stale })
    }

    /// Writes the differences, and the parts that were not compared.
    fn show(&self, format: Format, color: bool, out: &mut impl Write) -> Result<()> {
        if format == Format::Json {
            writeln!(out, "{}", Json::to_text(&self.json()))?;
            return Ok(());
        }
        show(&self.upstream.diff, format, color, out)?;
        for (title, lines) in self.lists().iter().filter(|(_, lines)| !lines.is_empty()) {
            writeln!(out, "\n{title}:")?;
            for line in lines {
                writeln!(out, "  {}", Escaped(line))?;
            }
        }
        let open: Vec<&Uncompared> = self.uncompared.iter().filter(|part| part.accepted.is_none()).collect();
        if !open.is_empty() {
            writeln!(out, "\nAfter a review, accept them in {ACCEPTED}, each with the reason:")?;
            for part in open {
                let entry = accepted::entry(&self.upstream.subset.document, &part.pointer);
                writeln!(out, "  - {}", Escaped(entry))?;
            }
        }
        Ok(())
    }

    /// Returns the lists beside the differences, each with its title.
    fn lists(&self) -> [(&'static str, Vec<String>); 7] {
        let Upstream { subset, kept, .. } = &self.upstream;
        let parts = |kind: &str| -> Vec<String> {
            let open = self.uncompared.iter().filter(|part| part.kind == kind && part.accepted.is_none());
            open.map(|part| part.message.clone()).collect()
        };
        let accepted = self.uncompared.iter().filter_map(|part| {
            part.accepted.as_ref().map(|reason| format!("{} (accepted: {reason})", part.message))
        });
        let kept = kept.iter().map(|change| {
            let place = change.location.operation.as_deref().unwrap_or("the document");
            format!("{place}: {} (at {}#{})", change.message, change.document.name(), change.pointer)
        });
        [
            ("Missing in the vendor's document", subset.missing.iter().map(ToString::to_string).collect()),
            ("Paths with other parameter names", subset.renamed.iter().map(ToString::to_string).collect()),
            ("Kept as the contract has it", kept.collect()),
            (DANGLING, parts(DANGLING)),
            (UNSUPPORTED, parts(UNSUPPORTED)),
            ("Accepted without a comparison", accepted.collect()),
            (
                "Accepted, but no longer there or changed: remove from spec/upstream.yaml",
                self.stale.iter().map(|entry| format!("{} ({})", entry.pointer, entry.reason)).collect(),
            ),
        ]
    }

    /// Returns all that the text report has: the report of the differences, with the lists beside it.
    fn json(&self) -> Value {
        let Upstream { diff, subset, kept, .. } = &self.upstream;
        let mut report = Json::new(diff).to_value();
        let parts = |kind: &str| -> Value {
            let parts = self.uncompared.iter().filter(|part| part.kind == kind);
            parts
                .map(|it| json!({ "pointer": it.pointer, "message": it.message, "accepted": it.accepted }))
                .collect()
        };
        let missing = subset.missing.iter().map(|it| json!({ "path": it.path, "method": it.method }));
        let renamed = subset.renamed.iter().map(|it| json!({ "contract": it.contract, "vendor": it.vendor }));
        let kept = kept.iter().map(|change| {
            json!({
                "operation": change.location.operation,
                "rule": change.rule.id,
                "document": change.document.name(),
                "pointer": change.pointer,
                "message": change.message,
            })
        });
        let stale = self.stale.iter().map(|it| json!({ "pointer": it.pointer, "reason": it.reason }));
        report["missing"] = missing.collect();
        report["renamed"] = renamed.collect();
        report["kept"] = kept.collect();
        report["dangling"] = parts(DANGLING);
        report["unsupported"] = parts(UNSUPPORTED);
        report["stale"] = stale.collect();
        report
    }

    /// Returns the outcome. Parts that were neither compared nor accepted are an error.
    fn outcome(&self) -> Result<Outcome> {
        ensure!(
            self.uncompared.iter().all(|part| part.accepted.is_some()),
            "a part of the vendor's document could not be compared: review what is listed above, and accept it in \
             {ACCEPTED}"
        );
        let outcome = outcome(&self.upstream.diff, false)?;
        Ok(if self.upstream.subset.missing.is_empty() { outcome } else { Outcome::Fail })
    }
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

    fn report(vendor: &Document) -> Report {
        Report::new(&contract(), vendor, &[]).unwrap()
    }

    fn shown(report: &Report, format: Format) -> String {
        let mut out = Vec::new();
        report.show(format, false, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn json(report: &Report) -> Value {
        serde_json::from_str(&shown(report, Format::Json)).unwrap()
    }

    #[test]
    fn an_equal_document_passes() {
        let report = report(&vendor("3.1.0", "3.1.1"));

        assert_eq!(report.outcome().unwrap(), Outcome::Pass);
        assert!(shown(&report, Format::Text).contains("0 breaking"));
    }

    #[test]
    fn differences_are_changes_from_the_contract_to_the_document() {
        let report = report(&vendor(r#""required":["error_message"]"#, r#""required":[]"#));

        assert_eq!(report.outcome().unwrap(), Outcome::Fail);
        assert!(shown(&report, Format::Text).contains("property-optional"));
        assert_eq!(json(&report)["changes"][0]["rule"], "property-optional");
    }

    #[test]
    fn a_missing_operation_fails() {
        let report = report(&vendor(r#""/auth/token":{"#, r#""/oauth/token":{"#));

        assert_eq!(report.outcome().unwrap(), Outcome::Fail);
        assert!(shown(&report, Format::Text).contains("Missing in the vendor's document:\n  "));
        assert_eq!(json(&report)["missing"][0], json!({ "path": "/auth/token", "method": "post" }));
    }

    #[test]
    fn names_of_operations_and_marked_secrets_are_choices_of_the_contract() {
        let mut root = contract().root().clone();
        root["paths"]["/auth/token"]["post"]["operationId"] = "other".into();
        let text = root.to_string().replace(r#""format":"password","#, "");
        let report = report(&Document::parse("vendor", &text).unwrap());

        assert_eq!(report.outcome().unwrap(), Outcome::Pass);
        let text = shown(&report, Format::Text);
        assert!(
            text.contains("Kept as the contract has it:\n  POST /auth/token: `operationId` changed"),
            "{text}"
        );
        assert!(text.contains("no longer marked as a secret"), "{text}");
        assert!(json(&report)["kept"].as_array().unwrap().len() > 1);
    }

    #[test]
    fn an_unsupported_keyword_is_an_error_unless_it_is_accepted() {
        let vendor = vendor(r#""minimum":0"#, r#""minimum":0,"if":{"minimum":5}"#);
        let open = report(&vendor);

        assert!(open.outcome().unwrap_err().to_string().contains("could not be compared"));
        let text = shown(&open, Format::Text);
        assert!(text.contains("Not supported in OpenAPI 3.0:\n  "), "{text}");
        assert_eq!(json(&open)["unsupported"][0]["accepted"], Value::Null);

        // The output has the entry to accept.
        let entry = text.lines().find_map(|line| line.strip_prefix("  - ")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("upstream.yaml");
        std::fs::write(
            &list,
            format!("accepted:\n  - {}\n", entry.replace(r#""reason":"""#, r#""reason":"Why.""#)),
        )
        .unwrap();
        let accepted = accepted::read(&list).unwrap();
        let report = Report::new(&contract(), &vendor, &accepted).unwrap();
        assert_eq!(report.outcome().unwrap(), Outcome::Pass);
        assert!(shown(&report, Format::Text).contains("(accepted: Why.)"));
        assert_eq!(json(&report)["unsupported"][0]["accepted"], "Why.");

        // Another value must be accepted anew.
        let text = vendor.root().to_string().replace(r#""if":{"minimum":5}"#, r#""if":{"minimum":6}"#);
        let report = Report::new(&contract(), &Document::parse("vendor", &text).unwrap(), &accepted).unwrap();
        assert!(report.outcome().is_err());
        assert!(shown(&report, Format::Text).contains("no longer there or changed"));
        assert_eq!(json(&report)["stale"][0]["reason"], "Why.");
    }

    #[test]
    fn text_of_the_vendor_does_not_control_the_terminal() {
        let vendor = vendor(r#""minimum":0"#, r#""minimum":0,"\u001b[31m":1,"if":{"\u001b":5}"#);
        let report = report(&vendor);
        for format in [Format::Text, Format::Markdown, Format::Json] {
            let text = shown(&report, format);
            assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        }
    }

    #[test]
    fn a_proposal_parses_to_the_same_document() {
        let report = report(&vendor(r#""minimum":0"#, r#""minimum":1"#));

        let text = report.upstream.proposal(&contract()).unwrap().to_yaml().unwrap();
        let proposed = Document::parse("proposal", &text).unwrap();
        let expires_in =
            proposed.root().pointer("/components/schemas/AccessToken/properties/expires_in").unwrap();
        assert_eq!(expires_in["minimum"], 1);
        assert_eq!(expires_in["example"], 3600);
        moneykit_codegen::Contract::parse("proposal", &text).unwrap();
    }
}
