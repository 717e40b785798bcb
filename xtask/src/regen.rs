//! `cargo xtask regen`: generates the files that are derived from the contract.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use moneykit_codegen::Contract;
use similar::TextDiff;

use crate::roundtrip::{self, Proof};
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
/// Nothing is written before the generated types are known to preserve the whole contract.
pub(crate) fn run(mode: Mode) -> Result<Outcome> {
    run_in(root(), mode, &mut std::io::stdout(), prove)
}

fn run_in(
    root: &Path,
    mode: Mode,
    out: &mut impl Write,
    prove: impl Fn(&Contract) -> Result<Proof>,
) -> Result<Outcome> {
    let contract = Contract::read(root.join(CONTRACT))?;
    let text = std::fs::read_to_string(root.join(CONTRACT))?;
    let client = moneykit_codegen::generate(&contract)?;
    if missing_dependencies(root, &client, out)? == Outcome::Fail {
        return Ok(Outcome::Fail);
    }
    let outputs = [
        ("crates/moneykit-gen/generated/client.rs", client),
        ("spec/README.md", reference::render(&contract)),
        // A package can only contain files of its own folder.
        ("crates/moneykit-gen/openapi.yaml", text.clone()),
        ("crates/moneykit-cli/openapi.yaml", text),
    ]
    .map(|(name, content)| Output { name, path: root.join(name), content });

    if let Mode::Check = mode {
        let mut is_stale = false;
        for output in outputs.iter().filter(|output| !output.is_fresh()) {
            output.print_patch(out)?;
            is_stale = true;
        }
        if is_stale {
            writeln!(
                out,
                "\nGenerated files are stale: run `cargo xtask regen`, review the changes, and commit them with their \
                 cause"
            )?;
            return Ok(Outcome::Fail);
        }
    }
    // The client is compiled in its place, and the place is restored unless it passes.
    let trial = Trial::of(&outputs[0])?;
    let proof = prove(&contract)?;
    if !proof.losses.is_empty() {
        report_losses(&proof, out)?;
        return Ok(Outcome::Fail);
    }
    let was_fresh = trial.keep();
    if let Mode::Write = mode {
        if !was_fresh {
            writeln!(out, "written  {}", outputs[0].name)?;
        }
        for output in outputs.iter().skip(usize::from(!was_fresh)) {
            output.write(out)?;
        }
    }
    report_unenforced(&proof, out)?;
    Ok(Outcome::Pass)
}

/// Compiles the reviewed copy, and compares its types with the contract.
fn prove(contract: &Contract) -> Result<Proof> {
    let types = roundtrip::schemas(|arguments| {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).args(["--package", "moneykit-gen"]).current_dir(root());
        command.output().context("can't run cargo")
    })?;
    roundtrip::prove(contract, &types)
}

fn report_losses(proof: &Proof, out: &mut impl Write) -> Result<()> {
    writeln!(out, "The generated types do not preserve these parts of the contract; nothing was written:\n")?;
    for loss in &proof.losses {
        writeln!(out, "  {loss}")?;
    }
    writeln!(
        out,
        "\nUse keywords in the contract that the generator supports. If nothing is lost, add the reason to EXPLAINED in \
         xtask/src/roundtrip.rs"
    )?;
    Ok(())
}

fn report_unenforced(proof: &Proof, out: &mut impl Write) -> Result<()> {
    if proof.unenforced.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\nThe generated types do not enforce these keywords; requests and responses stay the same:"
    )?;
    for ((keyword, reason), count) in &proof.unenforced {
        writeln!(out, "  {keyword} ({count}): {reason}")?;
    }
    Ok(())
}

/// Reports the crates that the generated client needs and that `moneykit-gen` does not depend on.
fn missing_dependencies(root: &Path, client: &str, out: &mut impl Write) -> Result<Outcome> {
    const MANIFEST: &str = "crates/moneykit-gen/Cargo.toml";
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap_or_default();
    let (manifest, shared) = (read(MANIFEST), read("Cargo.toml"));
    let is_declared = |manifest: &str, name: &str| {
        let mut lines = manifest.lines().filter_map(|line| line.strip_prefix(name));
        lines.any(|rest| rest.trim_start().starts_with(['=', '.']))
    };
    let declares = |name: &str| is_declared(&manifest, name);
    let missing = moneykit_codegen::dependencies(client);
    let missing: Vec<_> = missing.into_iter().filter(|dependency| !declares(dependency.name)).collect();
    if missing.is_empty() {
        return Ok(Outcome::Pass);
    }
    writeln!(out, "The generated client needs further crates. Add to [dependencies] in {MANIFEST}:\n")?;
    for dependency in &missing {
        writeln!(out, "  {}.workspace = true # for {}", dependency.name, dependency.reason)?;
    }
    let unshared = missing.iter().filter(|dependency| !is_declared(&shared, dependency.name));
    let unshared: Vec<_> = unshared.map(|dependency| dependency.line).collect();
    if !unshared.is_empty() {
        writeln!(out, "\nAdd to [workspace.dependencies] in Cargo.toml:\n\n  {}", unshared.join("\n  "))?;
    }
    let features: Vec<_> = missing.iter().filter_map(|dependency| dependency.schemars).collect();
    if !features.is_empty() {
        writeln!(out, "\nAdd to the feature `schemars` in {MANIFEST}:\n")?;
        for feature in features {
            writeln!(out, "  \"{feature}\"")?;
        }
    }
    writeln!(out, "\nThen run `cargo xtask regen` again")?;
    Ok(Outcome::Fail)
}

/// A generated file in its place while it is tried. The present content is restored unless the trial is kept.
struct Trial {
    path: PathBuf,
    /// `None` if the file did not exist.
    present: Option<String>,
    is_fresh: bool,
    is_kept: bool,
}

impl Trial {
    fn of(output: &Output) -> Result<Self> {
        let present = std::fs::read_to_string(&output.path).ok();
        let is_fresh = output.is_fresh();
        let trial = Self { path: output.path.clone(), present, is_fresh, is_kept: false };
        if !is_fresh {
            std::fs::write(&output.path, &output.content)
                .with_context(|| format!("can't write {}", output.name))?;
        }
        Ok(trial)
    }

    /// Keeps the file. Returns true if it was up to date before.
    fn keep(mut self) -> bool {
        self.is_kept = true;
        self.is_fresh
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        if self.is_kept || self.is_fresh {
            return;
        }
        // Nothing is left to do if the content can't be restored: git shows the difference.
        let _ = match &self.present {
            Some(present) => std::fs::write(&self.path, present),
            None => std::fs::remove_file(&self.path),
        };
    }
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
    use std::collections::BTreeSet;

    use tempfile::TempDir;

    use super::*;
    use crate::roundtrip::Loss;

    /// Creates a folder that contains the contract and the folders for generated files.
    fn workspace() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("spec")).unwrap();
        std::fs::create_dir_all(folder.path().join("crates/moneykit-gen/generated")).unwrap();
        std::fs::create_dir_all(folder.path().join("crates/moneykit-cli")).unwrap();
        std::fs::copy(root().join("spec/openapi.yaml"), folder.path().join("spec/openapi.yaml")).unwrap();
        folder
    }

    fn run(folder: &TempDir, mode: Mode) -> (Result<Outcome>, String) {
        let mut out = Vec::new();
        let outcome = run_in(folder.path(), mode, &mut out, |_| Ok(Proof::default()));
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

    #[test]
    fn a_loss_fails_before_anything_is_written() {
        let folder = workspace();
        let mut out = Vec::new();

        let lossy = |_: &Contract| {
            let (pointer, message) = ("/a".to_owned(), "something is lost".to_owned());
            let loss = Loss { pointer, message, operations: BTreeSet::new() };
            Ok(Proof { losses: vec![loss], ..Proof::default() })
        };
        let outcome = run_in(folder.path(), Mode::Write, &mut out, lossy);

        assert_eq!(outcome.unwrap(), Outcome::Fail);
        assert!(String::from_utf8(out).unwrap().contains("something is lost"));
        assert!(!folder.path().join("spec/README.md").exists());
        assert!(!folder.path().join("crates/moneykit-gen/generated/client.rs").exists());
    }

    #[test]
    fn a_crate_that_the_client_needs_is_named_with_its_line() {
        let folder = workspace();
        edit_contract(
            &folder,
            "The lifetime of the token in seconds, counted from when it was issued.\n          type: integer\n          minimum: 0\n          example: 3600",
            "The day of expiry.\n          type: string\n          format: date",
        );

        let (outcome, printed) = run(&folder, Mode::Write);

        assert_eq!(outcome.unwrap(), Outcome::Fail);
        assert!(printed.contains("\n  chrono.workspace = true # for `format: date`"), "{printed}");
        assert!(
            printed.contains("[workspace.dependencies] in Cargo.toml:\n\n  chrono = { version"),
            "{printed}"
        );
        assert!(printed.contains("schemars/chrono04"), "{printed}");
        assert!(!folder.path().join("spec/README.md").exists());
    }
}
