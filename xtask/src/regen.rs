mod roundtrip;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use moneykit_codegen::Contract;
use similar::TextDiff;

use crate::workspace::{CONTRACT, root};
use crate::{Outcome, reference};

/// Whether stale files are written anew or only reported.
#[derive(Clone, Copy)]
pub(crate) enum Mode {
    Write,
    Check,
}

/// Makes everything that comes from the contract, and writes it or compares it with what is there. Then proves
/// that the types which were made say all that the contract says.
pub(crate) fn run(mode: Mode) -> Result<Outcome> {
    if run_in(root(), mode, &mut std::io::stdout())? == Outcome::Fail {
        return Ok(Outcome::Fail);
    }
    let losses = roundtrip::losses()?;
    if losses.is_empty() {
        return Ok(Outcome::Pass);
    }
    println!("The types that were made of the contract lost something of it:\n");
    for loss in &losses {
        println!("  {loss}");
    }
    println!(
        "\nSay it in the contract in words that the generator carries over. If nothing is lost, explain why among \
         EXPLAINED in xtask/src/regen/proof.rs."
    );
    Ok(Outcome::Fail)
}

fn run_in(root: &Path, mode: Mode, out: &mut impl Write) -> Result<Outcome> {
    let contract = Contract::read(root.join(CONTRACT))?;
    let outputs = [
        ("crates/moneykit-gen/generated/client.rs", moneykit_codegen::generate(&contract)?),
        ("spec/README.md", reference::render(&contract)),
    ]
    .map(|(name, content)| Output { name, path: root.join(name), content });

    let mut verdict = Outcome::Pass;
    for output in &outputs {
        match mode {
            Mode::Write => output.write(out)?,
            Mode::Check if output.is_fresh() => {}
            Mode::Check => {
                output.show_difference(out)?;
                verdict = Outcome::Fail;
            }
        }
    }
    if verdict == Outcome::Fail {
        writeln!(
            out,
            "\nStale: run `cargo xtask regen`, read the difference, and commit it with its cause."
        )?;
    }
    Ok(verdict)
}

/// A file, and what should be in it.
struct Output {
    name: &'static str,
    path: PathBuf,
    content: String,
}

impl Output {
    /// Returns what is in the file now. One that is not there yet differs in every line.
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

    /// Prints the difference as a patch that would mend the file.
    fn show_difference(&self, out: &mut impl Write) -> Result<()> {
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

    /// Makes a folder with the contract in it and the folders that are written to.
    fn workspace() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("spec")).unwrap();
        std::fs::create_dir_all(folder.path().join("crates/moneykit-gen/generated")).unwrap();
        std::fs::copy(root().join("spec/openapi.yaml"), folder.path().join("spec/openapi.yaml")).unwrap();
        folder
    }

    fn run(folder: &TempDir, mode: Mode) -> (Result<Outcome>, String) {
        let mut out = Vec::new();
        let verdict = run_in(folder.path(), mode, &mut out);
        (verdict, String::from_utf8(out).unwrap())
    }

    fn edit_contract(folder: &TempDir, from: &str, to: &str) {
        let path = folder.path().join("spec/openapi.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from));
        std::fs::write(path, text.replace(from, to)).unwrap();
    }

    #[test]
    fn what_was_just_written_is_fresh() {
        let folder = workspace();

        let (verdict, printed) = run(&folder, Mode::Write);
        assert_eq!(verdict.unwrap(), Outcome::Pass);
        assert!(printed.contains("written  spec/README.md"), "{printed}");
        let (verdict, printed) = run(&folder, Mode::Check);
        assert_eq!(verdict.unwrap(), Outcome::Pass);
        assert_eq!(printed, "");
    }

    #[test]
    fn one_edited_word_is_shown_with_its_remedy_and_nothing_is_written() {
        let folder = workspace();
        run(&folder, Mode::Write).0.unwrap();
        edit_contract(&folder, "What went wrong, for people.", "What went wrong, for humans.");

        let (verdict, printed) = run(&folder, Mode::Check);

        assert_eq!(verdict.unwrap(), Outcome::Fail);
        assert!(printed.contains("--- a/crates/moneykit-gen/generated/client.rs"), "{printed}");
        assert!(printed.contains("+++ b/spec/README.md"), "{printed}");
        assert!(printed.contains("-        ///What went wrong, for people."), "{printed}");
        assert!(printed.contains("+        ///What went wrong, for humans."), "{printed}");
        assert!(printed.trim_end().ends_with("commit it with its cause."), "{printed}");
        let written = std::fs::read_to_string(folder.path().join("spec/README.md")).unwrap();
        assert!(written.contains("for people"));
    }

    #[test]
    fn a_contract_that_can_not_be_read_stops_before_anything_is_written() {
        let folder = workspace();
        edit_contract(&folder, "      type: object", "      type: objec");

        let (verdict, printed) = run(&folder, Mode::Write);

        assert!(verdict.unwrap_err().to_string().contains("the type `objec` does not exist"));
        assert_eq!(printed, "");
        assert!(!folder.path().join("spec/README.md").exists());
    }
}
