//! `moneykit contract extract`: cuts operations out of a vendor's document as a contract.

use std::path::PathBuf;

use clap::Args;
use moneykit_codegen::{Contract, extract_contract, generate};
use moneykit_contract::{Document, EscapedLines};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::terminal::Terminal;

/// Cut operations out of a vendor's document as a contract
///
/// The contract has all that the operations refer to, in OpenAPI 3.0. Lists of what was lost, assumed or marked as a
/// secret go to standard error. Exits with 0 if a client can be generated from the contract, with 1 if it has to be
/// corrected first, and with 2 if there is none.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  moneykit contract extract vendor.yaml --operation get_accounts --operation 'GET /links/{id}' -o openapi.yaml")]
pub(crate) struct ExtractArgs {
    /// The vendor's document: OpenAPI 3.0 or 3.1, YAML or JSON
    document: PathBuf,
    /// An operation, by its `operationId` or its method and path; can be repeated
    #[arg(long, required = true)]
    operation: Vec<String>,
    /// The file for the contract [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(args: &ExtractArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let text = std::fs::read_to_string(&args.document).map_err(|error| {
        let path = args.document.display();
        Failure::usage(format!("cannot read {path} ({error}); check the path, and that the file is UTF-8"))
    })?;
    let invalid = |error: &dyn std::fmt::Display| Failure::usage(error.to_string());
    let vendor = Document::parse(&args.document, &text).map_err(|error| invalid(&error))?;
    let extracted = extract_contract(&vendor, &args.operation).map_err(|error| invalid(&error))?;
    let contract = extracted.document.to_yaml_with_comments(&text).map_err(|error| invalid(&error))?;
    let name = match &args.output {
        Some(file) => {
            std::fs::write(file, &contract).map_err(|error| {
                let message = format!("cannot write {} ({error}); check its folder", file.display());
                Failure::new(Exit::Unexpected, message)
            })?;
            file.display().to_string()
        }
        // Comments of the vendor are in the contract as they were written.
        None if terminal.display().for_people => {
            output::print(EscapedLines(&contract).to_string().as_bytes())?;
            CONTRACT.to_owned()
        }
        None => {
            output::print(contract.as_bytes())?;
            CONTRACT.to_owned()
        }
    };
    terminal.notes(&extracted.notes().to_string());
    match Contract::parse(&name, &contract).and_then(|contract| generate(&contract)) {
        Ok(_) => Ok(Exit::Success),
        Err(error) => {
            let message = format!("no client can be generated from {name} before these parts are corrected");
            Err(Failure::new(Exit::Unexpected, message).with_note(error.to_string()))
        }
    }
}

/// The name of a contract that is no file.
const CONTRACT: &str = "the contract";
