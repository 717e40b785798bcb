//! `cargo xtask guard`: compares the contract with the last released one.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use moneykit_contract::{Compatibility, Diff, Document};
use semver::Version;

use crate::diff::{Format, show};
use crate::workspace::{CONTRACT, root, version};
use crate::{Outcome, changelog, terminal};

/// The folder with the contracts of released versions, each named after its version.
const RELEASED: &str = "spec/released";

/// Checks that breaking changes since the last release have a version that allows them and a line in the changelog.
pub(crate) fn run() -> Result<Outcome> {
    let Some(released) = Released::last(root())? else {
        println!("nothing to compare with: {RELEASED} is empty");
        return Ok(Outcome::Pass);
    };
    let diff = Diff::between(&Document::read(&released.path)?, &Document::read(root().join(CONTRACT))?)?;
    let changelog = std::fs::read_to_string(root().join(changelog::FILE))?;
    let findings = findings(&diff, &released.version, &version(root())?, &changelog)?;
    if findings.is_empty() {
        return Ok(Outcome::Pass);
    }
    let mut out = terminal::stdout();
    show(&diff, Format::Text, false, &mut out)?;
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    out.flush()?;
    Ok(Outcome::Fail)
}

/// The contract of a released version.
pub(crate) struct Released {
    pub(crate) version: Version,
    pub(crate) path: PathBuf,
}

impl Released {
    /// Returns the contract of the highest released version.
    pub(crate) fn last(folder: &Path) -> Result<Option<Self>> {
        let mut released: Vec<Self> = Vec::new();
        for path in crate::workspace::files(&folder.join(RELEASED), Some("yaml"))? {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let version = name.parse().with_context(|| {
                format!("{RELEASED}/{name}.yaml is not named after a version such as 1.2.3.yaml")
            })?;
            released.push(Self { version, path });
        }
        released.sort_by(|a, b| a.version.cmp(&b.version));
        Ok(released.pop())
    }

    /// Returns the path of a version's contract from the root.
    pub(crate) fn file(version: &Version) -> String {
        format!("{RELEASED}/{version}.yaml")
    }
}

/// Returns what the changes of a contract require and the version or the changelog lacks.
fn findings(diff: &Diff, released: &Version, current: &Version, changelog: &str) -> Result<Vec<String>> {
    if !diff.unclassified().is_empty() {
        bail!(
            "no rule covers a change of the contract: `cargo xtask diff {}` lists it",
            Released::file(released)
        );
    }
    if diff.compatibility() != Some(Compatibility::Breaking) {
        return Ok(Vec::new());
    }
    let mut findings = Vec::new();
    if !allows_breaking(released, current) {
        findings.push(format!(
            "the contract breaks clients of {released}, which version {current} must not: set `version` in the root's \
             Cargo.toml to {}",
            next_breaking(released)
        ));
    }
    if !changelog::declares_breaking(changelog, current) {
        findings.push(format!(
            "the contract breaks clients of {released}: describe the change in {}, in a line that begins with `- Breaking:`",
            changelog::FILE
        ));
    }
    Ok(findings)
}

/// Returns true if semantic versioning allows a version to break clients of a released one.
fn allows_breaking(released: &Version, current: &Version) -> bool {
    *current >= next_breaking(released)
}

fn next_breaking(released: &Version) -> Version {
    match released.major {
        0 => Version::new(0, released.minor + 1, 0),
        major => Version::new(major + 1, 0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract(edit: impl Fn(&str) -> String) -> Document {
        let text = std::fs::read_to_string(root().join(CONTRACT)).unwrap();
        Document::parse("contract", &edit(&text)).unwrap()
    }

    /// Returns the findings when text is replaced in the contract between two versions.
    fn found(from: &str, to: &str, versions: (&str, &str), changelog: &str) -> Vec<String> {
        let (old, new) = (contract(str::to_owned), contract(|text| text.replace(from, to)));
        assert!(from == to || old.root() != new.root());
        let diff = Diff::between(&old, &new).unwrap();
        findings(&diff, &versions.0.parse().unwrap(), &versions.1.parse().unwrap(), changelog).unwrap()
    }

    const REQUIRED: &str = "required: [error_message]";
    const DECLARED: &str =
        "# Changelog\n\n## Unreleased\n\n### Changed\n\n- Breaking: messages may be missing.\n";

    #[test]
    fn a_breaking_change_requires_a_version_and_a_changelog_line() {
        for (versions, changelog, expected) in [
            (("0.1.0", "0.1.1"), "", &["set `version`", "- Breaking:"][..]),
            (("0.1.0", "0.1.1"), DECLARED, &["to 0.2.0"]),
            (("0.1.0", "0.2.0"), "## Unreleased\n\n- Nothing.\n", &["- Breaking:"]),
            (("0.1.0", "0.2.0"), DECLARED, &[]),
            (("0.1.0", "1.0.0"), DECLARED, &[]),
            (("1.4.0", "1.5.0"), DECLARED, &["to 2.0.0"]),
            (("1.4.0", "2.0.0"), DECLARED, &[]),
        ] {
            let found = found(REQUIRED, "required: []", versions, changelog);
            assert_eq!(found.len(), expected.len(), "{versions:?}: {found:?}");
            for (found, expected) in found.iter().zip(expected) {
                assert!(found.contains(expected), "{found}");
            }
        }
    }

    #[test]
    fn other_changes_require_nothing() {
        for (from, to) in [
            ("The error message, for people.", "What?"),
            ("required: [error_message]", "required: [error_message, error_code]"),
        ] {
            assert_eq!(found(from, to, ("0.1.0", "0.1.0"), ""), Vec::<String>::new());
        }
    }

    #[test]
    fn the_last_release_has_the_highest_version() {
        let folder = tempfile::tempdir().unwrap();
        let specs = folder.path().join(RELEASED);
        std::fs::create_dir_all(&specs).unwrap();
        assert!(Released::last(folder.path()).unwrap().is_none());
        for name in ["0.9.0.yaml", "0.10.0.yaml", "0.2.0.yaml"] {
            std::fs::write(specs.join(name), "").unwrap();
        }
        assert_eq!(Released::last(folder.path()).unwrap().unwrap().version, Version::new(0, 10, 0));

        std::fs::write(specs.join("latest.yaml"), "").unwrap();
        let error = Released::last(folder.path()).err().unwrap().to_string();
        assert!(error.contains("not named after a version"), "{error}");
    }
}
