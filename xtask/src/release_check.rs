use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::guard::Released;
use crate::workspace::{CONTRACT, root, version};
use crate::{Outcome, changelog, ci, guard, regen, tidy};

/// Says what is missing before the version in the root's Cargo.toml can be released. Publishes nothing.
pub(crate) fn run() -> Result<Outcome> {
    let version = version(root())?;
    println!("Before {version} is released:\n");
    let mut check = Check::default();

    let text = std::fs::read_to_string(root().join(changelog::FILE))?;
    check.tell(
        "the changelog has a section for it",
        changelog::is_dated(&text, &version),
        &format!("write `## {version} - YYYY-MM-DD` over what `## Unreleased` has in {}", changelog::FILE),
    );
    let file = Released::file(&version);
    let is_kept = std::fs::read(root().join(&file)).ok() == std::fs::read(root().join(CONTRACT)).ok();
    check.tell("its contract is kept", is_kept, &format!("run `cp {CONTRACT} {file}`"));
    let is_last = Released::last(root())?.is_none_or(|last| last.version <= version);
    check.tell("no later version was released", is_last, "set a higher `version` in the root's Cargo.toml");
    let tag = format!("v{version}");
    let is_new = output("git", &["tag", "--list", &tag])?.is_empty();
    check.tell("it has no tag yet", is_new, "set a higher `version` in the root's Cargo.toml");
    let is_clean = output("git", &["status", "--porcelain"])?.is_empty();
    check.tell("everything is committed", is_clean, "commit or stash what `git status` shows");

    check.task("the contract breaks nobody without saying so", &guard::run(), "cargo xtask guard");
    check.task(
        "what is made from the contract is fresh",
        &regen::run(regen::Mode::Check),
        "cargo xtask regen",
    );
    check.task("the invariants hold", &tidy::run(), "cargo xtask tidy");
    for name in ["docs", "packages"] {
        check.task(&format!("the {name} build"), &ci::run_step(name), "cargo xtask ci");
    }
    check.public_api()?;

    if check.missing == 0 {
        println!(
            "\nNothing is missing. Tag it `{tag}`, then publish the packages in the order of their dependencies."
        );
        return Ok(Outcome::Pass);
    }
    println!("\n{} missing.", check.missing);
    Ok(Outcome::Fail)
}

/// What was looked at so far.
#[derive(Default)]
struct Check {
    missing: usize,
}

impl Check {
    fn tell(&mut self, what: &str, is_there: bool, remedy: &str) {
        if is_there {
            println!("  ok       {what}");
        } else {
            self.missing += 1;
            println!("  missing  {what}\n           {remedy}");
        }
    }

    fn task(&mut self, what: &str, verdict: &Result<Outcome>, command: &str) {
        let remedy = match verdict {
            Ok(_) => format!("run `{command}`"),
            Err(error) => format!("{error:#}"),
        };
        self.tell(what, matches!(verdict, Ok(Outcome::Pass)), &remedy);
    }

    /// Shows how the public API differs from the last release, where the tool for that is there. It needs a
    /// nightly compiler, so it is not asked for.
    fn public_api(&mut self) -> Result<()> {
        let is_there = Command::new("cargo")
            .args(["public-api", "--version"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        let last = output("git", &["describe", "--tags", "--abbrev=0", "--match", "v*"]).unwrap_or_default();
        match (is_there, last.trim()) {
            (false, _) => println!("  skipped  the public API: `cargo public-api` is not installed"),
            (true, "") => println!("  skipped  the public API: nothing was tagged yet"),
            (true, last) => {
                let range = format!("{last}..HEAD");
                for package in ["moneykit", "moneykit-emulator"] {
                    println!("\n  the public API of {package} since {last}:");
                    let status = Command::new("cargo")
                        .args(["public-api", "--package", package, "diff", &range])
                        .current_dir(root())
                        .status()?;
                    self.tell("it could be compared", status.success(), "see what `cargo public-api` says");
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
