//! `cargo xtask ci`: runs every step of CI.

mod soak;

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use toml::{Table, Value};

use self::soak::Soak;
use crate::workspace::root;
use crate::{Outcome, guard, languages, lint, packages, regen, tidy};

/// A step of CI.
struct Step {
    name: &'static str,
    /// The command that runs the step alone.
    command: &'static str,
    action: Action,
}

enum Action {
    /// Runs the step's command.
    Command,
    /// Calls a function. This process is built already; a command would build it with other features.
    Call(fn() -> Result<Outcome>),
}

impl Step {
    const fn command(name: &'static str, command: &'static str) -> Self {
        Self { name, command, action: Action::Command }
    }

    const fn call(name: &'static str, command: &'static str, call: fn() -> Result<Outcome>) -> Self {
        Self { name, command, action: Action::Call(call) }
    }
}

/// The tests, which fail most often.
///
/// `--locked` fails on an outdated Cargo.lock, which cargo would otherwise update silently. Cargo compiles a dependency
/// once for each set of features that the selected packages need of it, so most steps select the whole workspace.
const TESTS: &[Step] = &[
    // With every feature of moneykit-gen, and the emulator's program.
    Step::command(
        "tests",
        "cargo test --locked --workspace --features \
         moneykit-emulator/process,moneykit-gen/httpmock,moneykit-gen/schemars",
    ),
    Step::call("other languages", "cargo xtask languages", languages::run_built),
    // With the default features, so without code generation, and with the dependencies that the quickstart has compiled.
    Step::command("tests without generation", "cargo test --locked --package moneykit --test it"),
    // With both TLS libraries. Where both are enabled, reqwest prefers that of the operating system, so the other steps
    // enable rustls only.
    Step::command(
        "native TLS",
        "cargo test --locked --workspace --features \
         moneykit-emulator/process,moneykit-tests/native-tls,moneykit-gen/httpmock,moneykit-gen/schemars --test tls",
    ),
];

/// The steps after the tests. The soak test runs beside them: it mostly waits, while they mostly compile.
const CHECKS: &[Step] = &[
    Step::command("format", "cargo fmt --all --check"),
    Step::command("clippy", "cargo clippy --locked --workspace --all-targets --all-features -- -D warnings"),
    Step::call(
        "each feature alone",
        "cargo clippy --package moneykit --no-default-features --features FEATURE -- -D warnings",
        each_feature_alone,
    ),
    Step::command(
        "the tool without features",
        "cargo clippy --locked --package moneykit-cli --no-default-features --all-targets -- -D warnings",
    ),
    Step::command("docs", "cargo doc --locked --workspace --no-deps --all-features"),
    Step::call("regen", "cargo xtask regen --check", || regen::run(regen::Mode::Check)),
    Step::call("guard", "cargo xtask guard", guard::run),
    Step::call("tidy", "cargo xtask tidy", tidy::run),
    Step::command("licenses and bans", "cargo deny check bans licenses sources"),
    Step::call("packages", "cargo xtask packages", packages::run),
    Step::call("contract", "cargo xtask lint --all-linters", || lint::run(None, false, lint::Linters::All)),
    Step::call("control API", "cargo xtask lint --house-style spec/emulator.openapi.yaml", || {
        lint::run(Some(&root().join("spec/emulator.openapi.yaml")), true, lint::Linters::Own)
    }),
];

/// The soak test of [`Soak`], as a command. A debug build: it checks for overflow.
const SOAK: &str = "cargo run --package moneykit-tests --bin soak -- --seconds 60 --seed 1";

/// Runs the steps in order and stops at the first that fails.
pub(crate) fn run() -> Result<Outcome> {
    let mut durations = Vec::new();
    if run_steps(TESTS, &mut durations)? == Outcome::Fail {
        return Ok(Outcome::Fail);
    }
    let soak = Soak::start()?;
    if run_steps(CHECKS, &mut durations)? == Outcome::Fail {
        return Ok(Outcome::Fail);
    }
    println!("\n== soak: {SOAK}");
    if soak.finish()? == Outcome::Fail {
        println!("soak failed: to run it alone, use\n  {SOAK}");
        return Ok(Outcome::Fail);
    }
    println!("\n{:>8}  step", "seconds");
    for (name, duration) in &durations {
        println!("{:>8}  {name}", duration.as_secs());
    }
    println!("{:>8}  total", durations.iter().map(|(_, duration)| duration).sum::<Duration>().as_secs());
    Ok(Outcome::Pass)
}

fn run_steps(steps: &[Step], durations: &mut Vec<(&'static str, Duration)>) -> Result<Outcome> {
    for step in steps {
        let (outcome, duration) = step.run()?;
        if outcome == Outcome::Fail {
            return Ok(Outcome::Fail);
        }
        durations.push((step.name, duration));
    }
    Ok(Outcome::Pass)
}

/// Builds the documentation and fails on warnings.
pub(crate) fn docs() -> Result<Outcome> {
    let step = CHECKS.iter().find(|step| step.name == "docs").context("CI has no step `docs`")?;
    Ok(step.run()?.0)
}

impl Step {
    fn run(&self) -> Result<(Outcome, Duration)> {
        println!("\n== {}: {}", self.name, self.command);
        #[expect(clippy::disallowed_methods, reason = "a tool reports how long its steps took")]
        let started = Instant::now();
        let outcome = match self.action {
            Action::Command => {
                let (program, arguments) = self.command.split_once(' ').context("a command has arguments")?;
                execute(program, &arguments.split_whitespace().collect::<Vec<_>>())?
            }
            Action::Call(call) => call()?,
        };
        let duration = started.elapsed();
        match outcome {
            Outcome::Pass => println!("== {}: passed in {} s", self.name, duration.as_secs()),
            Outcome::Fail => println!("\n{} failed: to run it alone, use\n  {}", self.name, self.command),
        }
        Ok((outcome, duration))
    }
}

/// Runs a program in the workspace's root.
fn execute(program: &str, arguments: &[&str]) -> Result<Outcome> {
    let status = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .env("RUSTDOCFLAGS", "-D warnings")
        .status()
        .with_context(|| format!("can't run {program}: is it installed?"))?;
    Ok(if status.success() { Outcome::Pass } else { Outcome::Fail })
}

/// Lints the facade without features and with each feature alone: a feature may need what only another one enables. The
/// step `clippy` lints it with all of them.
fn each_feature_alone() -> Result<Outcome> {
    let manifest: Table = std::fs::read_to_string(root().join("crates/moneykit/Cargo.toml"))?.parse()?;
    let features = manifest.get("features").and_then(Value::as_table).into_iter().flatten();
    let alone = features.map(|(name, _)| vec!["--no-default-features", "--features", name]);
    let selections = [vec!["--no-default-features"]].into_iter().chain(alone);
    for selection in selections {
        println!("-- {}", selection.join(" "));
        let start = ["clippy", "--locked", "--quiet", "--package", "moneykit"];
        let arguments = [&start[..], &selection, &["--", "-D", "warnings"]].concat();
        if execute("cargo", &arguments)? == Outcome::Fail {
            return Ok(Outcome::Fail);
        }
    }
    Ok(Outcome::Pass)
}
