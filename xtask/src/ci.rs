use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use crate::Outcome;
use crate::workspace::root;

/// What CI runs: the tests first, since nothing else matters when they fail. `--locked` lets a Cargo.lock fail
/// that no longer fits the manifests, where cargo would mend it in silence.
const STEPS: &[(&str, &str)] = &[
    ("tests", "cargo test --locked --workspace"),
    ("tests with every feature", "cargo test --locked --package moneykit-gen --all-features"),
    // Most of the workspace is named so that its dependencies keep the features that they were compiled with above:
    // for moneykit alone nearly all of them would be compiled again. moneykit-tests would turn generation on.
    (
        "tests without generation",
        "cargo test --locked --workspace --exclude moneykit-tests --no-default-features \
         --features moneykit/rustls,moneykit-gen/httpmock,moneykit-gen/schemars --test it --test reviewed_copy",
    ),
    // As the tests have built it: with checks for overflow, which a release has not.
    ("soak", "cargo run --locked --package moneykit-tests --bin soak -- --seconds 60 --seed 1"),
    ("format", "cargo fmt --all --check"),
    ("clippy", "cargo clippy --locked --workspace --all-targets --all-features -- -D warnings"),
    // A feature may lean on what only another one brings. Development dependencies would bring it as well.
    (
        "each feature alone",
        "cargo hack clippy --each-feature --no-dev-deps --package moneykit -- -D warnings",
    ),
    ("docs", "cargo doc --locked --workspace --no-deps --all-features"),
    ("regen", "cargo xtask regen --check"),
    ("guard", "cargo xtask guard"),
    ("tidy", "cargo xtask tidy"),
    ("licences and bans", "cargo deny check bans licenses sources"),
    ("packages", "cargo package --locked --workspace --quiet --target-dir FRESH"),
    ("contract", "cargo xtask lint --all-linters"),
];

/// Runs the steps in order and stops at the first that fails.
pub(crate) fn run() -> Result<Outcome> {
    for (name, command) in STEPS {
        if step(name, command)? == Outcome::Fail {
            return Ok(Outcome::Fail);
        }
    }
    Ok(Outcome::Pass)
}

/// Runs one of the steps.
pub(crate) fn run_step(name: &str) -> Result<Outcome> {
    let known = STEPS.iter().find(|(known, _)| *known == name);
    let (name, command) = known.with_context(|| format!("CI has no step called {name}"))?;
    step(name, command)
}

fn step(name: &str, command: &str) -> Result<Outcome> {
    println!("\n== {name}: {command}");
    let fresh = Fresh::new()?;
    // The folder may have a space in its name, so it takes its place among the words, not in the text.
    let mut words = command.split_whitespace().map(|word| match word {
        "FRESH" => fresh.0.as_os_str(),
        word => OsStr::new(word),
    });
    let Some(program) = words.next() else { bail!("the step {name} has no command") };
    #[expect(clippy::disallowed_methods, reason = "a tool tells people how long they waited")]
    let started = Instant::now();
    let status = Command::new(program)
        .args(words)
        .current_dir(root())
        .env("RUSTDOCFLAGS", "-D warnings")
        .status()
        .with_context(|| format!("can't run {}: is it installed?", program.display()))?;
    if !status.success() {
        println!("\n{name} failed. To run it alone:\n  {command}");
        return Ok(Outcome::Fail);
    }
    println!("== {name}: fine after {} s", started.elapsed().as_secs());
    Ok(Outcome::Pass)
}

/// A target folder that no run had before, and that goes with the run.
///
/// Cargo unpacks the packages of a workspace into its home, by the path of the target folder and the version. A
/// second run with the same of both would be checked against the sources of the first.
struct Fresh(PathBuf);

impl Fresh {
    fn new() -> Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "only to have a name that nothing else has")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        Ok(Self(root().join(format!("target/package-{}", now.as_nanos()))))
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        // A folder that stays behind takes room, and does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
