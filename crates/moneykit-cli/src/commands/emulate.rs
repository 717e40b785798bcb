//! `moneykit emulate`: runs an emulator of the API.

use std::io::ErrorKind;

use clap::Args;
use moneykit_emulator::process::{self, Options};

use crate::exit::Exit;
use crate::failure::Failure;

/// Run an emulator of the MoneyKit API, for tests
///
/// The first line of the output is the base URL. Control the emulator over HTTP: `GET {URL}/__emulator/openapi.yaml`
/// describes how. It is the program `moneykit-emulator`, with the same options, and uses no settings of this tool.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  moneykit emulate
  moneykit emulate --port 8080 --client test-id:test-secret
  moneykit emulate --port 8080 --contract openapi.yaml
  moneykit emulate --port 8080 & moneykit emulate --wait http://127.0.0.1:8080")]
pub(crate) struct EmulateArgs {
    #[command(flatten)]
    options: Options,
}

pub(crate) fn run(args: &EmulateArgs) -> Result<Exit, Failure> {
    process::run(&args.options).map_err(|error| {
        let exit = match error.kind() {
            ErrorKind::InvalidInput => Exit::SetUp,
            ErrorKind::TimedOut => Exit::NoResponse,
            _ => Exit::Unexpected,
        };
        Failure::new(exit, error.to_string())
    })?;
    Ok(Exit::Success)
}
