//! Tidy check: each published package contains copies of the licenses, since a package can't contain files outside of
//! its folder.

use std::path::Path;

use anyhow::Result;

use crate::workspace::{published, relative, root};

const LICENSES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Returns a finding for each license that a published package lacks or that differs from the root's.
pub(super) fn check() -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for package in published(root())? {
        findings.extend(findings_in(root(), &package.folder)?);
    }
    Ok(findings)
}

fn findings_in(root: &Path, folder: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for license in LICENSES {
        if std::fs::read(folder.join(license)).ok() != Some(std::fs::read(root.join(license))?) {
            let folder = relative(folder);
            findings.push(format!("{folder}/{license}: run `cp {license} {folder}/`"));
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_and_a_different_license_are_reported() {
        let root = tempfile::tempdir().unwrap();
        let package = root.path().join("package");
        std::fs::create_dir(&package).unwrap();
        for license in LICENSES {
            std::fs::write(root.path().join(license), license).unwrap();
        }
        std::fs::write(package.join(LICENSES[0]), "another").unwrap();
        assert_eq!(findings_in(root.path(), &package).unwrap().len(), 2);

        for license in LICENSES {
            std::fs::write(package.join(license), license).unwrap();
        }
        assert!(findings_in(root.path(), &package).unwrap().is_empty());
    }
}
