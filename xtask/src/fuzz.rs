use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use crate::Outcome;
use crate::workspace::root;

/// Runs the fuzz targets one after the other, each for so many seconds, and stops at the first that finds something.
pub(crate) fn run(only: Option<&str>, seconds: u64) -> Result<Outcome> {
    let targets = targets(root())?;
    if let Some(only) = only
        && !targets.iter().any(|target| target == only)
    {
        bail!("there is no fuzz target `{only}`; there are {}", targets.join(", "));
    }
    let is_there = Command::new("cargo").args(["fuzz", "--version"]).output();
    if !is_there.is_ok_and(|output| output.status.success()) {
        bail!("cargo-fuzz is not there: run `cargo install --locked cargo-fuzz`");
    }
    for target in targets.iter().filter(|target| only.is_none_or(|only| only == *target)) {
        println!("\n== {target}, for {seconds} s");
        if !fuzz(target, seconds)? {
            println!("\n{target} found something: put the input, made small, into fuzz/seeds/{target}");
            return Ok(Outcome::Fail);
        }
    }
    Ok(Outcome::Pass)
}

/// Lists the fuzz targets.
pub(crate) fn targets(root: &Path) -> Result<Vec<String>> {
    let manifest: Table = std::fs::read_to_string(root.join("fuzz/Cargo.toml"))?.parse()?;
    let targets = manifest.get("bin").and_then(Value::as_array).into_iter().flatten();
    let names = targets.map(|target| Some(target.get("name")?.as_str()?.to_owned()));
    names.collect::<Option<_>>().context("fuzz/Cargo.toml has a [[bin]] without a name")
}

/// Says whether a target held out.
fn fuzz(target: &str, seconds: u64) -> Result<bool> {
    let folder = root().join("fuzz");
    let corpus = folder.join("corpus").join(target);
    std::fs::create_dir_all(&corpus)?;
    let mut command = Command::new("cargo");
    // Sanitizers need nightly Rust. They look for what safe code can't do, so little is missed.
    command.args(["fuzz", "run", "--sanitizer", "none", target]);
    // What is found to be new goes to the first folder, which is not committed.
    command.arg(corpus).arg(folder.join("seeds").join(target));
    command.args(["--", &format!("-max_total_time={seconds}"), "-timeout=25"]);
    let dictionary = folder.join("dictionaries").join(target);
    if dictionary.exists() {
        command.arg(format!("-dict={}", dictionary.display()));
    }
    Ok(command.current_dir(root()).status().context("can't run cargo")?.success())
}
