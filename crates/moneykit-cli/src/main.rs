//! The program `moneykit`.

use std::process::ExitCode;

fn main() -> ExitCode {
    moneykit_cli::run()
}
