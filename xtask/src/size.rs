//! `cargo xtask size`: checks the size of the command-line tool.

use std::process::Command;

use anyhow::{Context, Result};

use crate::Outcome;
use crate::workspace::root;

/// The largest program that is accepted. The README of the tool states its size.
const BUDGET_MB: u64 = 34;

/// Builds a release of the tool, and compares the size of the program with the budget.
pub(crate) fn run() -> Result<Outcome> {
    let build = ["build", "--locked", "--release", "--package", "moneykit-cli"];
    if !Command::new("cargo").args(build).current_dir(root()).status()?.success() {
        return Ok(Outcome::Fail);
    }
    let program = root().join(format!("target/release/moneykit{}", std::env::consts::EXE_SUFFIX));
    let bytes =
        std::fs::metadata(&program).with_context(|| format!("can't read {}", program.display()))?.len();
    let megabytes = bytes.div_ceil(1_000_000);
    println!("moneykit: {megabytes} MB of {BUDGET_MB} MB");
    if megabytes > BUDGET_MB {
        println!(
            "find what has grown with `cargo bloat --release --package moneykit-cli --crates`; if it is worth it, raise the"
        );
        println!("number here and in the README of the tool");
        return Ok(Outcome::Fail);
    }
    Ok(Outcome::Pass)
}
