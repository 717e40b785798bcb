//! `cargo xtask extract`: cuts operations out of a vendor's document as a contract.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use moneykit_codegen::{Contract, extract_contract, generate};
use moneykit_contract::{Document, EscapedLines};

use crate::{Outcome, lint, terminal};

/// The arguments of `cargo xtask extract`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The vendor's document: OpenAPI 3.0 or 3.1, YAML or JSON
    document: PathBuf,
    /// An operation, by its `operationId` or its method and path; can be repeated
    #[arg(long, required = true)]
    operation: Vec<String>,
    /// The file for the contract [default: standard output]
    #[arg(long, short)]
    output: Option<PathBuf>,
}

/// Writes the contract, and reports what it needs.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    run_with(arguments, &mut std::io::stderr().lock())
}

fn run_with(arguments: &Arguments, report: &mut impl Write) -> Result<Outcome> {
    let text = std::fs::read_to_string(&arguments.document).with_context(|| {
        format!("can't read {}: check the path and that the file is UTF-8", arguments.document.display())
    })?;
    let vendor = Document::parse(&arguments.document, &text)?;
    let extracted = extract_contract(&vendor, &arguments.operation)?;
    let contract = extracted.document.to_yaml_with_comments(&text)?;
    let name = arguments.output.as_deref().unwrap_or(Path::new("the contract"));
    if let Some(file) = &arguments.output {
        std::fs::write(file, &contract).with_context(|| format!("can't write {}", file.display()))?;
    } else {
        let mut out = terminal::stdout();
        out.write_all(contract.as_bytes())?;
        out.flush()?;
    }
    write!(report, "{}", extracted.notes())?;
    check(&name.display().to_string(), &contract, report)
}

/// Reports whether the contract generates a client.
fn check(name: &str, contract: &str, out: &mut impl Write) -> Result<Outcome> {
    if let Err(error) = Contract::parse(name, contract).and_then(|contract| generate(&contract)) {
        let parts = lint::counted(error.diagnostics().len(), "part");
        writeln!(out, "{}\n\n{name}: {parts} to fix before a client can be generated", EscapedLines(&error))?;
        return Ok(Outcome::Fail);
    }
    lint::lint(name, contract, lint::Rules::Correctness, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VENDOR: &str = "\
openapi: 3.1.0
info: { title: Bank, version: '1' }
servers: [{ url: 'https://bank.test' }]
security: [{ token: [] }]
tags: [{ name: Accounts, description: Accounts. }]
paths:
  # Only for customers.
  /accounts:
    get:
      operationId: get_accounts
      summary: List accounts
      description: Returns the accounts.
      tags: [Accounts]
      responses:
        '200':
          description: The accounts.
          content: { application/json: { schema: { $ref: '#/components/schemas/Accounts' } } }
  /users: { post: { operationId: create_user, responses: { '204': { description: Created. } } } }
components:
  securitySchemes: { token: { type: http, scheme: bearer } }
  schemas:
    Accounts:
      description: Accounts.
      type: object
      properties:
        names: { description: The names., type: array, items: { type: string }, contains: {}, example: [a] }
        api_key: { description: A key., type: string, example: a }
";

    fn extracted(vendor: &str, operation: &str) -> (Result<Outcome>, String, String) {
        let folder = tempfile::tempdir().unwrap();
        let (document, output) = (folder.path().join("vendor.yaml"), folder.path().join("contract.yaml"));
        std::fs::write(&document, vendor).unwrap();
        let arguments =
            Arguments { document, operation: vec![operation.to_owned()], output: Some(output.clone()) };
        let mut report = Vec::new();
        let outcome = run_with(&arguments, &mut report);
        let contract = std::fs::read_to_string(output).unwrap_or_default();
        let report = String::from_utf8(report).unwrap().replace(&folder.path().display().to_string(), "");
        (outcome, contract, report)
    }

    #[test]
    fn a_described_operation_becomes_a_contract_that_lint_accepts() {
        let (outcome, contract, report) = extracted(VENDOR, "GET /accounts");

        assert_eq!(outcome.unwrap(), Outcome::Pass, "{report}");
        assert!(contract.contains("  # Only for customers.\n  /accounts:\n"), "{contract}");
        assert!(!contract.contains("/users"), "{contract}");
        let [lost, secrets, verdict] = report.trim().split("\n\n").collect::<Vec<_>>()[..] else {
            panic!("{report}");
        };
        assert!(lost.starts_with("Not in OpenAPI 3.0: the array no longer has to contain"), "{lost}");
        assert!(lost.ends_with(":\n  /components/schemas/Accounts/properties/names/contains"), "{lost}");
        assert!(secrets.ends_with(":\n  /components/schemas/Accounts/properties/api_key"), "{secrets}");
        assert!(verdict.starts_with("/contract.yaml: no problems in 1 operation"), "{verdict}");
    }

    #[test]
    fn an_operation_without_descriptions_needs_no_author() {
        let (outcome, contract, report) = extracted(VENDOR, "create_user");

        assert_eq!(outcome.unwrap(), Outcome::Pass, "{report}");
        assert!(contract.contains("/users"), "{contract}");
    }

    #[test]
    fn the_contract_of_the_example_is_extracted_from_its_vendor() {
        let folder = crate::workspace::root().join("crates/moneykit/examples/own-operations");
        let vendor = std::fs::read_to_string(folder.join("vendor.yaml")).unwrap();
        let document = Document::parse("vendor.yaml", &vendor).unwrap();
        let operations = ["getAccount", "GET /accounts/{account_id}/transactions"].map(str::to_owned);

        let extracted = extract_contract(&document, &operations).unwrap();

        let contract = extracted.document.to_yaml_with_comments(&vendor).unwrap();
        assert_eq!(contract, std::fs::read_to_string(folder.join("openapi.yaml")).unwrap());
    }

    #[test]
    fn what_the_generator_refuses_is_listed() {
        let vendor = VENDOR.replace("api_key: { description: A key., type: string", "a: { type: objec");
        let (outcome, contract, report) = extracted(&vendor, "get_accounts");

        assert_eq!(outcome.unwrap(), Outcome::Fail);
        assert!(contract.contains("objec"));
        assert!(report.contains("the type `objec` does not exist"), "{report}");
        assert!(report.contains("1 part to fix before a client can be generated"), "{report}");
    }

    #[test]
    fn an_unknown_operation_writes_nothing() {
        let (outcome, contract, _) = extracted(VENDOR, "get_account");

        assert!(outcome.unwrap_err().to_string().contains("did you mean `get_accounts`"));
        assert_eq!(contract, "");
    }
}
