//! Runs linters of other projects with npx.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::Outcome;
use crate::workspace::root;

/// The linters and their arguments for npx, with pinned versions.
const LINTERS: [(&str, &str); 2] = [
    ("Redocly", "--yes @redocly/cli@2.77.0 lint FILE"),
    (
        "Spectral",
        "--yes --package @stoplight/spectral-cli@6.16.3 \
         spectral lint --ruleset spec/.spectral.yaml --fail-severity hint FILE",
    ),
];

/// Runs every linter, also after one has failed.
pub(super) fn run(file: &Path) -> Result<Outcome> {
    run_with("npx", file)
}

fn run_with(npx: &str, file: &Path) -> Result<Outcome> {
    // The linters run in the root, regardless of the current folder.
    let file = std::path::absolute(file)?;
    let file = file.strip_prefix(root()).unwrap_or(&file);
    let mut outcome = Outcome::Pass;
    for (name, command) in LINTERS {
        println!("\n{name}: {npx} {}", command.replace("FILE", &file.display().to_string()));
        // The file's name may contain a space, so it replaces a word after the command is split.
        let words = command.split_whitespace().map(|word| match word {
            "FILE" => file.as_os_str(),
            word => OsStr::new(word),
        });
        let status = match Command::new(npx).args(words).current_dir(root()).status() {
            Err(error) if error.kind() == ErrorKind::NotFound => bail!(
                "{name} needs {npx}, which is not installed: install Node.js (https://nodejs.org/en/download, \
                 `apt-get install nodejs npm` or `brew install node`), or omit --all-linters"
            ),
            status => status.with_context(|| format!("can't run {npx}"))?,
        };
        if !status.success() {
            println!("{name} reports problems in {}", file.display());
            outcome = Outcome::Fail;
        }
    }
    if outcome == Outcome::Pass {
        println!("\n{}: no problems", LINTERS.map(|(name, _)| name).join(" and "));
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_npx_is_reported_with_installation_steps() {
        let error = run_with("npx-that-is-nowhere", Path::new("spec/openapi.yaml")).unwrap_err().to_string();
        assert!(
            error.starts_with("Redocly needs npx-that-is-nowhere, which is not installed: install Node.js"),
            "{error}"
        );
        assert!(error.contains("--all-linters"), "{error}");
    }
}
