//! `cargo xtask regen`: generates the files that are derived from the contract.

mod roundtrip;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use moneykit_codegen::Contract;
use similar::TextDiff;

use crate::workspace::{CONTRACT, root};
use crate::{Outcome, reference};

/// The handling of stale files.
#[derive(Clone, Copy)]
pub(crate) enum Mode {
    Write,
    Check,
}

/// Generates every file that is derived from the contract and writes it, or compares it with the file that exists.
///
/// Then checks that the generated types preserve the whole contract.
pub(crate) fn run(mode: Mode) -> Result<Outcome> {
    if run_in(root(), mode, &mut std::io::stdout())? == Outcome::Fail {
        return Ok(Outcome::Fail);
    }
    let losses = roundtrip::losses()?;
    if losses.is_empty() {
        return Ok(Outcome::Pass);
    }
    println!("The generated types do not preserve these parts of the contract:\n");
    for loss in &losses {
        println!("  {loss}");
    }
    println!(
        "\nUse keywords in the contract that the generator supports. If nothing is lost, add the reason to EXPLAINED in \
         xtask/src/regen/roundtrip.rs"
    );
    Ok(Outcome::Fail)
}

fn run_in(root: &Path, mode: Mode, out: &mut impl Write) -> Result<Outcome> {
    let contract = Contract::read(root.join(CONTRACT))?;
    let text = std::fs::read_to_string(root.join(CONTRACT))?;
    let outputs = [
        ("crates/moneykit-gen/generated/client.rs", moneykit_codegen::generate(&contract)?),
        ("spec/README.md", reference::render(&contract)),
        // A package can only contain files of its own folder.
        ("crates/moneykit-gen/openapi.yaml", text),
    ]
    .map(|(name, content)| Output { name, path: root.join(name), content });

    let mut outcome = Outcome::Pass;
    for output in &outputs {
        match mode {
            Mode::Write => output.write(out)?,
            Mode::Check if output.is_fresh() => {}
            Mode::Check => {
                output.print_patch(out)?;
                outcome = Outcome::Fail;
            }
        }
    }
    if outcome == Outcome::Fail {
        writeln!(
            out,
            "\nGenerated files are stale: run `cargo xtask regen`, review the changes, and commit them with their cause"
        )?;
    }
    Ok(outcome)
}

/// A generated file and the content that it should have.
struct Output {
    name: &'static str,
    path: PathBuf,
    content: String,
}

impl Output {
    /// Returns the present content of the file, which is empty if the file does not exist.
    fn present(&self) -> String {
        std::fs::read_to_string(&self.path).unwrap_or_default()
    }

    fn is_fresh(&self) -> bool {
        self.present() == self.content
    }

    fn write(&self, out: &mut impl Write) -> Result<()> {
        if self.is_fresh() {
            writeln!(out, "fresh    {}", self.name)?;
            return Ok(());
        }
        std::fs::write(&self.path, &self.content).with_context(|| format!("can't write {}", self.name))?;
        writeln!(out, "written  {}", self.name)?;
        Ok(())
    }

    /// Prints a patch from the present content to the generated one.
    fn print_patch(&self, out: &mut impl Write) -> Result<()> {
        let present = self.present();
        let diff = TextDiff::from_lines(&present, &self.content);
        let (before, after) = (format!("a/{}", self.name), format!("b/{}", self.name));
        write!(out, "{}", diff.unified_diff().header(&before, &after))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// Creates a folder that contains the contract and the folders for generated files.
    fn workspace() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("spec")).unwrap();
        std::fs::create_dir_all(folder.path().join("crates/moneykit-gen/generated")).unwrap();
        std::fs::copy(root().join("spec/openapi.yaml"), folder.path().join("spec/openapi.yaml")).unwrap();
        folder
    }

    fn run(folder: &TempDir, mode: Mode) -> (Result<Outcome>, String) {
        let mut out = Vec::new();
        let outcome = run_in(folder.path(), mode, &mut out);
        (outcome, String::from_utf8(out).unwrap())
    }

    fn edit_contract(folder: &TempDir, from: &str, to: &str) {
        let path = folder.path().join("spec/openapi.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from));
        std::fs::write(path, text.replace(from, to)).unwrap();
    }

    #[test]
    fn written_files_are_fresh() {
        let folder = workspace();

        let (outcome, printed) = run(&folder, Mode::Write);
        assert_eq!(outcome.unwrap(), Outcome::Pass);
        assert!(printed.contains("written  spec/README.md"), "{printed}");
        let (outcome, printed) = run(&folder, Mode::Check);
        assert_eq!(outcome.unwrap(), Outcome::Pass);
        assert_eq!(printed, "");
    }

    #[test]
    fn check_prints_a_patch_and_writes_nothing() {
        let folder = workspace();
        run(&folder, Mode::Write).0.unwrap();
        edit_contract(&folder, "The error message, for people.", "The error message, for humans.");

        let (outcome, printed) = run(&folder, Mode::Check);

        assert_eq!(outcome.unwrap(), Outcome::Fail);
        assert!(printed.contains("--- a/crates/moneykit-gen/generated/client.rs"), "{printed}");
        assert!(printed.contains("+++ b/spec/README.md"), "{printed}");
        assert!(printed.contains("-        ///The error message, for people."), "{printed}");
        assert!(printed.contains("+        ///The error message, for humans."), "{printed}");
        assert!(printed.contains("--- a/crates/moneykit-gen/openapi.yaml"), "{printed}");
        assert!(printed.contains("stale: run `cargo xtask regen`"), "{printed}");
        let written = std::fs::read_to_string(folder.path().join("spec/README.md")).unwrap();
        assert!(written.contains("for people"));
    }

    #[test]
    fn an_invalid_contract_fails_before_anything_is_written() {
        let folder = workspace();
        edit_contract(&folder, "      type: object", "      type: objec");

        let (outcome, printed) = run(&folder, Mode::Write);

        assert!(outcome.unwrap_err().to_string().contains("the type `objec` does not exist"));
        assert_eq!(printed, "");
        assert!(!folder.path().join("spec/README.md").exists());
    }
}
