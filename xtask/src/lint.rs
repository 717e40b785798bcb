//! `cargo xtask lint`: lints the contract.

mod context;
mod descriptions;
mod error_responses;
mod examples;
mod external;
mod operations;
mod secrets;
#[cfg(test)]
mod tests;
mod unused;
mod valid_examples;

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use moneykit_codegen::Contract;
use moneykit_contract::{Document, Escaped, EscapedLines, Kind};

use self::context::{Diagnostic, LintContext};
use crate::Outcome;
use crate::terminal;
use crate::workspace::{CONTRACT, relative, root};

/// The linters to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linters {
    /// The generator's checks and the rules in this folder.
    Own,
    /// Redocly and Spectral as well.
    All,
}

/// The rules to apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Those that a contract from a vendor's document must keep: it generates, its secrets are marked, its examples are
    /// valid.
    Correctness,
    /// Those of the workspace's own contract as well: every part is described, with an example.
    House,
}

/// Lints a contract, by default the workspace's, and prints each violation.
pub(crate) fn run(file: Option<&Path>, house_style: bool, linters: Linters) -> Result<Outcome> {
    let default = root().join(CONTRACT);
    let file = file.unwrap_or(&default);
    let is_own = || file.canonicalize().is_ok_and(|file| default.canonicalize().is_ok_and(|own| own == file));
    let rules = if house_style || is_own() { Rules::House } else { Rules::Correctness };
    let text = std::fs::read_to_string(file).with_context(|| {
        format!("can't read {}: check the path and that the file is UTF-8", relative(file))
    })?;
    let mut out = terminal::stdout();
    let own = lint(&relative(file), &text, rules, &mut out)?;
    out.flush()?;
    let external = match linters {
        Linters::Own => Outcome::Pass,
        Linters::All => external::run(file)?,
    };
    Ok(if own == Outcome::Pass { external } else { own })
}

type Rule = fn(&LintContext<'_>) -> Vec<Diagnostic>;

/// The rules beyond what the generator checks in `moneykit_codegen::Contract::parse`.
const CORRECTNESS: [Rule; 3] = [secrets::secrets, unused::unused, valid_examples::valid_examples];

/// The rules for a contract whose authors decide what it says.
const HOUSE: [Rule; 4] = [
    descriptions::descriptions,
    operations::operations,
    error_responses::error_responses,
    examples::examples,
];

pub(crate) fn lint(name: &str, text: &str, rules: Rules, out: &mut impl Write) -> Result<Outcome> {
    let contract = match Contract::parse(name, text) {
        Ok(contract) => contract,
        Err(error) => {
            // Without a readable document there is nothing to lint.
            if Document::parse(name, text).is_err() {
                return Err(error.into());
            }
            writeln!(out, "{}", EscapedLines(&error))?;
            return fail(name, error.diagnostics().len(), out);
        }
    };
    let context = LintContext::new(contract.document());
    let house: &[Rule] = if rules == Rules::House { &HOUSE } else { &[] };
    let mut diagnostics: Vec<_> = CORRECTNESS
        .iter()
        .chain(house)
        .flat_map(|rule| rule(&context))
        .map(|diagnostic| (contract.position(&diagnostic.pointer), diagnostic))
        .collect();
    // A response that several operations share is reported once.
    diagnostics.sort_by(|one, other| (one.0, &one.1.message).cmp(&(other.0, &other.1.message)));
    diagnostics.dedup_by(|one, other| (one.0, &one.1.message) == (other.0, &other.1.message));

    for (position, Diagnostic { message, help, .. }) in &diagnostics {
        let position = position.map(|position| format!("{position}:")).unwrap_or_default();
        // Messages quote the document, which must not control the terminal.
        writeln!(out, "{name}:{position} {}\n  help: {}", Escaped(message), EscapedLines(help))?;
    }
    if !diagnostics.is_empty() {
        return fail(name, diagnostics.len(), out);
    }
    let operations = counted(context.of(Kind::Operation).count(), "operation");
    let schemas = counted(context.of(Kind::Schema).count(), "schema");
    let examples = counted(valid_examples::values(&context).len(), "example");
    writeln!(out, "{name}: no problems in {operations}, {schemas} and {examples}")?;
    Ok(Outcome::Pass)
}

fn fail(name: &str, diagnostics: usize, out: &mut impl Write) -> Result<Outcome> {
    writeln!(out, "\n{name}: {}", counted(diagnostics, "diagnostic"))?;
    Ok(Outcome::Fail)
}

pub(crate) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
