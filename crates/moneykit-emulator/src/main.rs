//! The program `moneykit-emulator`: an emulator for tests in any language.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser;
use moneykit_emulator::process::{self, Options};

/// Run an emulator of the MoneyKit API.
///
/// The first line of its output is the base URL. Control it over HTTP: `GET {URL}/__emulator/openapi.yaml` describes how.
#[derive(Parser)]
#[command(name = "moneykit-emulator", version)]
struct Arguments {
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    match process::run(&Arguments::parse().options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "moneykit-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}
