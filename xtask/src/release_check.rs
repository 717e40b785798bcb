//! `cargo xtask release-check`: checks whether a version is ready to be released.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::guard::Released;
use crate::workspace::{CONTRACT, root, version};
use crate::{Outcome, changelog, ci, guard, packages, regen, size, tidy};

/// Prints what is missing before the version in the root's Cargo.toml can be released. Publishes nothing.
pub(crate) fn run() -> Result<Outcome> {
    let version = version(root())?;
    println!("Checks before the release of {version}:\n");
    let mut report = Report::default();

    let text = std::fs::read_to_string(root().join(changelog::FILE))?;
    report.add(
        "the changelog has a dated section for the version",
        changelog::is_dated(&text, &version),
        &format!("rename `## Unreleased` in {} to `## {version} - YYYY-MM-DD`", changelog::FILE),
    );
    let file = Released::file(&version);
    let is_stored = std::fs::read(root().join(&file)).ok() == std::fs::read(root().join(CONTRACT)).ok();
    report.add("the contract of the version is stored", is_stored, &format!("run `cp {CONTRACT} {file}`"));
    let is_last = Released::last(root())?.is_none_or(|last| last.version <= version);
    let raise = "set a higher `version` in the root's Cargo.toml";
    report.add("no later version was released", is_last, raise);
    let tag = format!("v{version}");
    let is_new = output("git", &["tag", "--list", &tag])?.is_empty();
    report.add("the version has no tag", is_new, raise);
    let is_clean = output("git", &["status", "--porcelain"])?.is_empty();
    report.add("everything is committed", is_clean, "commit or stash what `git status` shows");

    report.add_task("breaking changes of the contract are declared", &guard::run(), "cargo xtask guard");
    report.add_task("generated files are fresh", &regen::run(regen::Mode::Check), "cargo xtask regen");
    report.add_task("the invariants hold", &tidy::run(), "cargo xtask tidy");
    report.add_task(
        "the documentation builds",
        &ci::docs(),
        "cargo doc --workspace --no-deps --all-features",
    );
    report.add_task("the packages compile", &packages::run(), "cargo xtask packages");
    report.add_task("the size of the tool is within its budget", &size::run(), "cargo xtask size");
    report.add_public_api()?;

    if report.failed == 0 {
        println!("\nReady: tag `{tag}`, then publish the packages in the order of their dependencies");
        return Ok(Outcome::Pass);
    }
    println!("\nNot ready: {} failed", report.failed);
    Ok(Outcome::Fail)
}

/// The results of the checks so far.
#[derive(Default)]
struct Report {
    failed: usize,
}

impl Report {
    fn add(&mut self, check: &str, is_ok: bool, fix: &str) {
        if is_ok {
            println!("  ok       {check}");
        } else {
            self.failed += 1;
            println!("  failed   {check}\n           {fix}");
        }
    }

    fn add_task(&mut self, check: &str, outcome: &Result<Outcome>, command: &str) {
        let fix = match outcome {
            Ok(_) => format!("run `{command}`"),
            Err(error) => format!("{error:#}"),
        };
        self.add(check, matches!(outcome, Ok(Outcome::Pass)), &fix);
    }

    /// Prints how the public API of the packages for users differs from the last release.
    ///
    /// Skipped without `cargo public-api`, which requires a nightly compiler.
    fn add_public_api(&mut self) -> Result<()> {
        let is_installed = Command::new("cargo")
            .args(["public-api", "--version"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        let last = output("git", &["describe", "--tags", "--abbrev=0", "--match", "v*"]).unwrap_or_default();
        match (is_installed, last.trim()) {
            (false, _) => println!("  skipped  the public API: `cargo public-api` is not installed"),
            (true, "") => println!("  skipped  the public API: there is no tag to compare with"),
            (true, last) => {
                let range = format!("{last}..HEAD");
                for name in ["moneykit", "moneykit-emulator"] {
                    println!("\n  the public API of {name} since {last}:");
                    let status = Command::new("cargo")
                        .args(["public-api", "--package", name, "diff", &range])
                        .current_dir(root())
                        .status()?;
                    self.add(
                        &format!("the public API of {name} can be compared"),
                        status.success(),
                        "read the errors of `cargo public-api` above",
                    );
                }
            }
        }
        Ok(())
    }
}

fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .with_context(|| format!("can't run {program}: is it installed?"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
