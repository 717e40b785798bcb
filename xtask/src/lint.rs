mod context;
mod descriptions;
mod error_responses;
mod examples;
mod operations;
mod others;
mod secrets;
#[cfg(test)]
mod tests;
mod unused;
mod valid_examples;

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use moneykit_codegen::Contract;
use moneykit_contract::{Document, Kind};

use self::context::{Diagnostic, LintContext};
use crate::Outcome;
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
pub(crate) fn run(file: Option<&Path>, linters: Linters) -> Result<Outcome> {
    let own = root().join("spec/openapi.yaml");
    let file = file.unwrap_or(&own);
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("can't read {}: check the path, and that it is UTF-8", relative(file)))?;
    let verdict = judge(&relative(file).to_string(), &text, &mut std::io::stdout())?;
    let others = match linters {
        Linters::Ours => Outcome::Pass,
        Linters::All => others::run(file)?,
    };
    Ok(if verdict == Outcome::Pass { others } else { verdict })
}

type Rule = fn(&LintContext<'_>) -> Vec<Diagnostic>;

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

fn judge(name: &str, text: &str, out: &mut impl Write) -> Result<Outcome> {
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
    let context = LintContext::new(&document);
    let mut diagnostics: Vec<_> = RULES
        .iter()
        .flat_map(|rule| rule(&context))
        .map(|diagnostic| (contract.position(&diagnostic.pointer), diagnostic))
        .collect();
    // A response that many operations share is objected to once.
    diagnostics.sort_by(|one, other| (one.0, &one.1.what).cmp(&(other.0, &other.1.what)));
    diagnostics.dedup_by(|one, other| (one.0, &one.1.what) == (other.0, &other.1.what));

    for (position, Diagnostic { what, help, .. }) in &diagnostics {
        let position = position.map(|position| format!("{position}:")).unwrap_or_default();
        writeln!(out, "{name}:{position} {what}\n  help: {help}")?;
    }
    if !diagnostics.is_empty() {
        return object(name, diagnostics.len(), out);
    }
    let operations = counted(context.of(Kind::Operation).count(), "operation");
    let schemas = counted(context.of(Kind::Schema).count(), "schema");
    let examples = counted(valid_examples::values(&context).len(), "example");
    writeln!(out, "{name}: nothing to object to in {operations}, {schemas} and {examples}")?;
    Ok(Outcome::Pass)
}

fn object(name: &str, diagnostics: usize, out: &mut impl Write) -> Result<Outcome> {
    writeln!(out, "\n{name}: {}", counted(diagnostics, "diagnostic"))?;
    Ok(Outcome::Fail)
}

fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
