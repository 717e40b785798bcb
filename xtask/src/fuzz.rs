//! `cargo xtask fuzz`: runs the fuzz targets.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use crate::Outcome;
use crate::workspace::root;

/// Runs each fuzz target, or one of them, for a number of seconds and stops at the first that fails.
pub(crate) fn run(only: Option<&str>, seconds: u64) -> Result<Outcome> {
    let targets = targets(root())?;
    if let Some(only) = only
        && !targets.iter().any(|target| target == only)
    {
        bail!("there is no fuzz target `{only}`; use one of {}", targets.join(", "));
    }
    let version = Command::new("cargo").args(["fuzz", "--version"]).output();
    if !version.is_ok_and(|output| output.status.success()) {
        bail!("cargo-fuzz is not installed: run `cargo install --locked cargo-fuzz`");
    }
    for target in targets.iter().filter(|target| only.is_none_or(|only| only == *target)) {
        println!("\n== {target}, for {seconds} s");
        if !fuzz(target, seconds)? {
            println!("\n{target} failed: minimize the input and add it to fuzz/seeds/{target} with the fix");
            return Ok(Outcome::Fail);
        }
    }
    Ok(Outcome::Pass)
}

/// Returns the names of the fuzz targets.
pub(crate) fn targets(root: &Path) -> Result<Vec<String>> {
    let manifest: Table = std::fs::read_to_string(root.join("fuzz/Cargo.toml"))?.parse()?;
    let targets = manifest.get("bin").and_then(Value::as_array).into_iter().flatten();
    let names = targets.map(|target| Some(target.get("name")?.as_str()?.to_owned()));
    names.collect::<Option<_>>().context("fuzz/Cargo.toml has a [[bin]] without a name")
}

/// Runs a target and returns true if it found nothing.
fn fuzz(target: &str, seconds: u64) -> Result<bool> {
    let folder = root().join("fuzz");
    let corpus = folder.join("corpus").join(target);
    std::fs::create_dir_all(&corpus)?;
    let mut command = Command::new("cargo");
    // Sanitizers require nightly Rust and look for bugs that safe code can't have.
    command.args(["fuzz", "run", "--sanitizer", "none", target]);
    // libFuzzer writes new inputs to the first folder, which is not committed.
    command.arg(corpus).arg(folder.join("seeds").join(target));
    command.args(["--", &format!("-max_total_time={seconds}"), "-timeout=25"]);
    let dictionary = folder.join("dictionaries").join(dictionary_of(target));
    if dictionary.exists() {
        command.arg(format!("-dict={}", dictionary.display()));
    }
    Ok(command.current_dir(root()).status().context("can't run cargo")?.success())
}

/// Returns the name of a target's dictionary: its own, unless its inputs are those of another target.
fn dictionary_of(target: &str) -> &str {
    match target {
        // Two contracts.
        "diff" => "contract",
        other => other,
    }
}
