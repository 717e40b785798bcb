//! Tidy check: no symlink is committed. Git on Windows and some archives turn symlinks into text files.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::root;

/// Returns a finding for each symlink that git tracks.
pub(super) fn check() -> Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "--stage", "-z"])
        .current_dir(root())
        .output()
        .context("can't run git: is it installed?")?;
    if !output.status.success() {
        bail!("git can't list the files: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(findings(&String::from_utf8_lossy(&output.stdout)))
}

/// Returns the findings for the output of `git ls-files --stage -z`: mode, object, stage, a tab and the path.
fn findings(listing: &str) -> Vec<String> {
    let entries = listing.split('\0').filter_map(|entry| entry.split_once('\t'));
    let links = entries.filter(|(state, _)| state.starts_with("120000 "));
    links.map(|(_, path)| format!("{path}: commit a copy in place of the symlink")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_symlinks_are_reported() {
        let listing =
            "100644 1cd6 0\tREADME.md\x00120000 b2cf 0\tcrates/a b/LICENSE\x00100755 120000 0\t.ci/run\0";

        assert_eq!(findings(listing), ["crates/a b/LICENSE: commit a copy in place of the symlink"]);
    }
}
