//! `moneykit contract show`: prints the contract that this tool was built from.

use clap::{Args, ValueEnum};
use moneykit_contract::Document;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::json_text;
use crate::output;
use crate::terminal::Terminal;

/// Print the contract of the API that this version of the tool was built from
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  moneykit contract show > openapi.yaml
  moneykit contract show --format json | jq .paths")]
pub(crate) struct ShowArgs {
    /// The format of the output
    #[arg(long, value_enum, default_value_t = Format::Yaml)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// YAML, with the comments of its authors
    Yaml,
    /// JSON
    Json,
}

/// A copy of spec/openapi.yaml, written by `cargo xtask regen`, so that the published crate contains it.
const CONTRACT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.yaml"));

pub(crate) fn run(args: &ShowArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    match args.format {
        Format::Yaml => output::print(CONTRACT.as_bytes())?,
        Format::Json => {
            let document = Document::parse("openapi.yaml", CONTRACT)
                .map_err(|error| Failure::new(Exit::Unexpected, error.to_string()))?;
            let text = document.root().to_string();
            let text = json_text::pretty(&text, terminal.display().in_color).unwrap_or(text);
            output::print_styled(&text)?;
        }
    }
    Ok(Exit::Success)
}
