//! `moneykit contract`: OpenAPI documents, for people without a checkout of the repository.

#[cfg(feature = "codegen")]
mod coverage;
mod diff;
#[cfg(feature = "codegen")]
mod extract;
mod show;

use std::path::Path;

use clap::{Args, Subcommand};
use moneykit_contract::Document;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Show the contract of the API, and compare contracts
///
/// These commands need no settings, and send nothing.
#[derive(Debug, Args)]
pub(crate) struct ContractArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(show::ShowArgs),
    Diff(diff::DiffArgs),
    #[cfg(feature = "codegen")]
    Extract(extract::ExtractArgs),
    #[cfg(feature = "codegen")]
    Coverage(coverage::CoverageArgs),
}

pub(crate) fn run(args: &ContractArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    match &args.command {
        Command::Show(args) => show::run(args, terminal),
        Command::Diff(args) => diff::run(args, terminal),
        #[cfg(feature = "codegen")]
        Command::Extract(args) => extract::run(args, terminal),
        #[cfg(feature = "codegen")]
        Command::Coverage(args) => coverage::run(args, terminal),
    }
}

/// Reads a document in YAML or JSON.
fn read(path: &Path) -> Result<Document, Failure> {
    Document::read(path).map_err(|error| Failure::usage(error.to_string()))
}
