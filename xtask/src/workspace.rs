//! The folders, files and packages of the workspace.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use semver::Version;
use toml::{Table, Value};

/// The path of the contract from the root.
pub(crate) const CONTRACT: &str = "spec/openapi.yaml";

/// Returns the root folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace")
}

/// Returns the version that all packages of a workspace share.
pub(crate) fn version(root: &Path) -> Result<Version> {
    let manifest: Table = std::fs::read_to_string(root.join("Cargo.toml"))?.parse()?;
    let version =
        manifest.get("workspace").and_then(|workspace| workspace.get("package")?.get("version")?.as_str());
    Ok(version.context("the root's Cargo.toml has no `version` in [workspace.package]")?.parse()?)
}

/// A package that is published.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
}

/// Returns the packages that are published, sorted by folder.
pub(crate) fn published(root: &Path) -> Result<Vec<Package>> {
    let mut packages = Vec::new();
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(root.join("crates"))? {
        folders.push(entry?.path());
    }
    folders.sort();
    for folder in folders.into_iter().filter(|folder| folder.join("Cargo.toml").exists()) {
        let manifest: Table = std::fs::read_to_string(folder.join("Cargo.toml"))?.parse()?;
        let package = manifest.get("package").with_context(|| relative(&folder))?;
        let name = package.get("name").and_then(Value::as_str);
        let name = name.with_context(|| format!("{} has no name", relative(&folder)))?.to_owned();
        if package.get("publish").and_then(Value::as_bool) != Some(false) {
            packages.push(Package { name, folder });
        }
    }
    Ok(packages)
}

/// Returns the files below a folder, with an extension if one is given, sorted by path.
///
/// Skips what is not committed: target folders, Node.js modules, and the folder of git. Doesn't follow symlinks.
pub(crate) fn files(folder: &Path, extension: Option<&str>) -> std::io::Result<Vec<PathBuf>> {
    const SKIPPED: [&str; 3] = [".git", "node_modules", "target"];
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() && SKIPPED.iter().all(|skipped| entry.file_name() != *skipped) {
                folders.push(entry.path());
            } else if kind.is_file()
                && extension.is_none_or(|known| entry.path().extension() == Some(known.as_ref()))
            {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Returns a path relative to the root, with slashes on every platform.
pub(crate) fn relative(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path).display().to_string();
    if cfg!(windows) { path.replace('\\', "/") } else { path }
}
