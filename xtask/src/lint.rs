mod descriptions;
mod error_responses;
mod examples;
mod operations;
mod others;
mod secrets;
mod subject;
#[cfg(test)]
mod tests;
mod unused;
mod valid_examples;

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use moneykit_codegen::Contract;
use moneykit_contract::{Document, Kind};

use self::subject::{Objection, Subject};
use crate::Verdict;
use crate::workspace::{relative, root};

/// Who judges the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linters {
    /// The generator, and the rules of the house.
    Ours,
    /// Redocly and Spectral too.
    All,
}

/// Judges a contract, and prints each place that breaks a rule. Without a file it is the workspace's own.
pub(crate) fn run(file: Option<&Path>, linters: Linters) -> Result<Verdict> {
    let own = root().join("spec/openapi.yaml");
    let file = file.unwrap_or(&own);
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("can't read {}: check the path, and that it is UTF-8", relative(file)))?;
    let verdict = judge(&relative(file).to_string(), &text, &mut std::io::stdout())?;
    let others = match linters {
        Linters::Ours => Verdict::Fine,
        Linters::All => others::run(file)?,
    };
    Ok(if verdict == Verdict::Fine { others } else { verdict })
}

type Rule = fn(&Subject<'_>) -> Vec<Objection>;

/// The rules of the house. What the generator refuses, it says itself: `moneykit_codegen::Contract::parse`.
const RULES: [Rule; 7] = [
    descriptions::descriptions,
    operations::operations,
    secrets::secrets,
    error_responses::error_responses,
    unused::unused,
    examples::examples,
    valid_examples::valid_examples,
];

fn judge(name: &str, text: &str, out: &mut impl Write) -> Result<Verdict> {
    let contract = match Contract::parse(name, text) {
        Ok(contract) => contract,
        Err(refusal) => {
            // Where not even the outline can be read there is nothing to judge, and no verdict.
            if Document::parse(name, text).is_err() {
                return Err(refusal.into());
            }
            writeln!(out, "{refusal}")?;
            return object(name, refusal.problems().len(), out);
        }
    };
    let document = Document::parse(name, text)?;
    let subject = Subject::new(&document);
    let mut objections: Vec<_> = RULES
        .iter()
        .flat_map(|rule| rule(&subject))
        .map(|objection| (contract.position(&objection.pointer), objection))
        .collect();
    // A response that many operations share is objected to once.
    objections.sort_by(|one, other| (one.0, &one.1.what).cmp(&(other.0, &other.1.what)));
    objections.dedup_by(|one, other| (one.0, &one.1.what) == (other.0, &other.1.what));

    for (position, Objection { what, help, .. }) in &objections {
        let position = position.map(|position| format!("{position}:")).unwrap_or_default();
        writeln!(out, "{name}:{position} {what}\n  help: {help}")?;
    }
    if !objections.is_empty() {
        return object(name, objections.len(), out);
    }
    let operations = counted(subject.of(Kind::Operation).count(), "operation");
    let schemas = counted(subject.of(Kind::Schema).count(), "schema");
    let examples = counted(valid_examples::values(&subject).len(), "example");
    writeln!(out, "{name}: nothing to object to in {operations}, {schemas} and {examples}")?;
    Ok(Verdict::Fine)
}

fn object(name: &str, objections: usize, out: &mut impl Write) -> Result<Verdict> {
    writeln!(out, "\n{name}: {}", counted(objections, "objection"))?;
    Ok(Verdict::Objection)
}

fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
