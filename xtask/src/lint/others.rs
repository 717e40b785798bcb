use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::Outcome;
use crate::workspace::root;

/// The linters that others made, each with its version and its command, which is given to npx.
const OTHERS: [(&str, &str); 2] = [
    ("Redocly", "--yes @redocly/cli@2.77.0 lint FILE"),
    (
        "Spectral",
        "--yes --package @stoplight/spectral-cli@6.16.3 \
         spectral lint --ruleset spec/.spectral.yaml --fail-severity hint FILE",
    ),
];

/// Asks every other linter, and goes on to the next when one objects.
pub(super) fn run(file: &Path) -> Result<Outcome> {
    run_by("npx", file)
}

fn run_by(npx: &str, file: &Path) -> Result<Outcome> {
    // They run in the root folder, wherever we were called.
    let file = std::path::absolute(file)?;
    let file = file.strip_prefix(root()).unwrap_or(&file);
    let mut verdict = Outcome::Pass;
    for (name, command) in OTHERS {
        println!("\n{name}: {npx} {}", command.replace("FILE", &file.display().to_string()));
        // The file may have a space in its name, so it takes its place among the words, not in the text.
        let words = command.split_whitespace().map(|word| match word {
            "FILE" => file.as_os_str(),
            word => OsStr::new(word),
        });
        let status = match Command::new(npx).args(words).current_dir(root()).status() {
            Err(error) if error.kind() == ErrorKind::NotFound => bail!(
                "{npx} is not there, which runs {name}: install Node.js (https://nodejs.org/en/download, or \
                 `apt-get install nodejs npm`, or `brew install node`), or leave out --all-linters"
            ),
            status => status.with_context(|| format!("can't run {npx}"))?,
        };
        if !status.success() {
            println!("{name} objects to {}", file.display());
            verdict = Outcome::Fail;
        }
    }
    if verdict == Outcome::Pass {
        println!("\n{}: nothing to object to", OTHERS.map(|(name, _)| name).join(" and "));
    }
    Ok(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_npx_one_is_told_how_to_get_it() {
        let error = run_by("npx-that-is-nowhere", Path::new("spec/openapi.yaml")).unwrap_err().to_string();
        assert!(
            error.starts_with("npx-that-is-nowhere is not there, which runs Redocly: install"),
            "{error}"
        );
        assert!(error.contains("--all-linters"), "{error}");
    }
}
