use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::Verdict;
use crate::workspace::root;

/// What CI runs: the tests first, since nothing else matters when they fail. `--locked` lets a Cargo.lock fail
/// that no longer fits the manifests, where cargo would mend it in silence.
const STEPS: [(&str, &[&str]); 11] = [
    ("tests", &["cargo", "test", "--locked", "--workspace"]),
    (
        "tests with every feature",
        &["cargo", "test", "--locked", "--package", "moneykit-gen", "--all-features"],
    ),
    ("format", &["cargo", "fmt", "--all", "--check"]),
    (
        "clippy",
        &[
            "cargo",
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--",
            "-D",
            "warnings",
        ],
    ),
    ("docs", &["cargo", "doc", "--locked", "--workspace", "--no-deps", "--all-features"]),
    ("regen", &["cargo", "xtask", "regen", "--check"]),
    ("tidy", &["cargo", "xtask", "tidy"]),
    ("licences and bans", &["cargo", "deny", "check", "bans", "licenses", "sources"]),
    ("packages", &["cargo", "package", "--locked", "--workspace", "--quiet"]),
    ("redocly", &["npx", "--yes", "@redocly/cli@2.77.0", "lint", "spec/openapi.yaml"]),
    (
        "spectral",
        &[
            "npx",
            "--yes",
            "--package",
            "@stoplight/spectral-cli@6.16.3",
            "spectral",
            "lint",
            "--ruleset",
            "spec/.spectral.yaml",
            "--fail-severity",
            "hint",
            "spec/openapi.yaml",
        ],
    ),
];

/// Runs the steps in order and stops at the first that fails.
pub(crate) fn run() -> Result<Verdict> {
    for (name, command) in STEPS {
        println!("\n== {name}: {}", command.join(" "));
        let [program, arguments @ ..] = command else { bail!("the step {name} has no command") };
        #[expect(clippy::disallowed_methods, reason = "a tool tells people how long they waited")]
        let started = Instant::now();
        let status = Command::new(program)
            .args(arguments)
            .current_dir(root())
            .env("RUSTDOCFLAGS", "-D warnings")
            .status()
            .with_context(|| format!("can't run {program}: is it installed?"))?;
        if !status.success() {
            println!("\n{name} failed. To run it alone:\n  {}", command.join(" "));
            return Ok(Verdict::Objection);
        }
        println!("== {name}: fine after {} s", started.elapsed().as_secs());
    }
    Ok(Verdict::Fine)
}
