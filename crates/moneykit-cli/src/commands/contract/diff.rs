//! `moneykit contract diff`: compares two contracts.

use std::path::PathBuf;

use clap::Args;
use moneykit_contract::{Compatibility, Diff, Json, Text};

use super::read;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::terminal::Terminal;

/// Compare two contracts, and classify each change by its effect on clients
///
/// Requests and responses break in opposite ways, so each schema is compared once for each direction. OpenAPI 3.1 is
/// compared as 3.0. Exits with 0 if nothing breaks, with 1 if something does, and with 2 if no rule covers a change or a
/// contract can't be read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  moneykit contract diff old.yaml new.yaml
  moneykit contract show | moneykit contract diff /dev/stdin new.yaml --json")]
pub(crate) struct DiffArgs {
    /// The old contract: OpenAPI 3.0 or 3.1, YAML or JSON
    old: PathBuf,
    /// The new contract
    new: PathBuf,
    /// Print an object
    #[arg(long)]
    json: bool,
    /// Exit with 0 even if a change is breaking
    #[arg(long)]
    allow_breaking: bool,
}

pub(crate) fn run(args: &DiffArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let (old, new) = (read(&args.old)?, read(&args.new)?);
    let diff = Diff::between(&old, &new).map_err(|error| Failure::usage(error.to_string()))?;
    let text = Text::new(&diff);
    if args.json {
        output::print(Json::new(&diff).to_string().as_bytes())?;
    } else if terminal.display().in_color {
        output::print_styled(&text.colored().to_string())?;
    } else {
        output::print(text.to_string().as_bytes())?;
    }
    if !diff.unclassified().is_empty() {
        let message = "no rule covers some of the changes; review those that are listed as unclassified";
        return Err(Failure::usage(message));
    }
    let is_breaking = diff.compatibility() == Some(Compatibility::Breaking);
    Ok(if is_breaking && !args.allow_breaking { Exit::Unexpected } else { Exit::Success })
}
