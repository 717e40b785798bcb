//! `cargo xtask languages`: tests the emulator and `moneykit proxy` from other languages.
//!
//! The suites in `tests/languages` run the programs as tests of any application do, and check the code of the guide
//! `docs/testing-in-other-languages.md`.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::Outcome;
use crate::workspace::root;

/// Builds the programs and runs the suites.
pub(crate) fn run() -> Result<Outcome> {
    let packages = ["--package", "moneykit-cli", "--package", "moneykit-emulator"];
    let build =
        [&["build", "--locked"], &packages[..], &["--features", "moneykit-emulator/process"]].concat();
    if execute(Command::new("cargo").args(build))? == Outcome::Fail {
        return Ok(Outcome::Fail);
    }
    run_built()
}

/// Runs the suites with the programs that the step `tests` of CI built: a build of some packages has other features.
pub(crate) fn run_built() -> Result<Outcome> {
    let program = built("moneykit-emulator")?;
    let python = run_python(&program)?;
    let node = run_node(&program)?;
    Ok(if python == Outcome::Pass { node } else { python })
}

/// Returns the path of a program that was built beside this one.
fn built(name: &str) -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

fn run_python(program: &Path) -> Result<Outcome> {
    let Some(python) = Tool { program: "python3", package: "python3-venv" }.find()? else {
        return Ok(Outcome::Pass);
    };
    let suite = suite("python");
    // Beside the program, so that it is removed with the target folder.
    let environment = program.with_file_name("python");
    let in_environment = environment.join(if cfg!(windows) { "Scripts" } else { "bin" }).join("python");
    let requirements = suite.join("requirements.txt");
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    for command in [
        Command::new(python).args(["-m", "venv"]).arg(&environment),
        Command::new(&in_environment).args(install).arg(requirements),
        Command::new(&in_environment)
            .args(["-m", "pytest", "--quiet"])
            .env(PROGRAM, program)
            .env("MONEYKIT_CLI", built("moneykit")?)
            .current_dir(suite),
    ] {
        if execute(command)? == Outcome::Fail {
            return Ok(Outcome::Fail);
        }
    }
    Ok(Outcome::Pass)
}

fn run_node(program: &Path) -> Result<Outcome> {
    let Some(node) = Tool { program: "node", package: "nodejs" }.find()? else {
        return Ok(Outcome::Pass);
    };
    execute(Command::new(node).arg("--test").env(PROGRAM, program).current_dir(suite("node")))
}

/// The variable with the path of the emulator.
const PROGRAM: &str = "MONEYKIT_EMULATOR";

fn suite(language: &str) -> PathBuf {
    root().join("tests/languages").join(language)
}

fn execute(command: &mut Command) -> Result<Outcome> {
    let status = command.env("PYTHONDONTWRITEBYTECODE", "1").status();
    let status = status.with_context(|| format!("can't run {}", command.get_program().display()))?;
    Ok(if status.success() { Outcome::Pass } else { Outcome::Fail })
}

/// A tool that a machine for Rust may lack.
struct Tool {
    program: &'static str,
    /// The package that has it in Debian and Ubuntu.
    package: &'static str,
}

impl Tool {
    /// Returns the program, or `None` if it is not installed.
    ///
    /// # Errors
    ///
    /// Fails in CI if it is not installed, so that CI skips no test.
    #[expect(clippy::disallowed_methods, reason = "CI announces itself in the environment")]
    fn find(&self) -> Result<Option<&'static str>> {
        let Self { program, package } = self;
        match Command::new(program).arg("--version").output() {
            Ok(output) if output.status.success() => Ok(Some(program)),
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("can't run {program}"))
            }
            _ if std::env::var_os("CI").is_some() => {
                anyhow::bail!(
                    "{program} is not installed: install it, for example `apt-get install {package}`"
                )
            }
            _ => {
                println!("{program} is not installed, so its suite is skipped; the package is {package}");
                Ok(None)
            }
        }
    }
}
