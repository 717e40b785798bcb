//! `cargo xtask packages`: packages the published crates and checks that the packages compile.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use crate::Outcome;
use crate::workspace::{files, published, root, version};

/// Packages the published crates, unpacks them into a separate workspace and checks each one there.
///
/// `cargo package` can do the same, but compiles every dependency once more for each package. It also unpacks the
/// packages into cargo's home by version, so that a second run checks the sources of the first.
pub(crate) fn run() -> Result<Outcome> {
    let target = target()?;
    let folder = target.join("packages");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("can't delete {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder)?;

    let names: Vec<String> = published(root())?.into_iter().map(|package| package.name).collect();
    let mut package = Command::new("cargo");
    package.args(["package", "--locked", "--quiet", "--no-verify", "--target-dir"]).arg(&folder);
    package.args(names.iter().flat_map(|name| ["--package", name]));
    if !succeeds(package.current_dir(root()))? {
        return Ok(Outcome::Fail);
    }

    let version = version(root())?;
    for name in &names {
        unpack(&folder.join(format!("package/{name}-{version}.crate")), &folder)?;
    }
    let folders: BTreeMap<_, _> = names.iter().map(|name| (name, format!("{name}-{version}"))).collect();
    let manifest: Table = std::fs::read_to_string(root().join("Cargo.toml"))?.parse()?;
    let manifest = workspace(&folders, manifest.get("profile"));
    std::fs::write(folder.join("Cargo.toml"), toml::to_string(&manifest)?)?;
    // The versions that the other steps compiled.
    std::fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;

    let before = contents(&folder, folders.values())?;
    for name in &names {
        // Each package alone: together, a package could use a feature that only another one enables.
        let mut check = Command::new("cargo");
        check.args(["check", "--quiet", "--package", name, "--target-dir"]).arg(&target);
        if !succeeds(check.current_dir(&folder))? {
            println!("the package {name} does not compile: see {}", folder.join(&folders[name]).display());
            return Ok(Outcome::Fail);
        }
    }
    if contents(&folder, folders.values())? != before {
        println!("a build script changed the sources of its package: it must write to OUT_DIR only");
        return Ok(Outcome::Fail);
    }
    Ok(Outcome::Pass)
}

/// Returns the target folder that this program was built in.
fn target() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    Ok(program.ancestors().nth(2).context("this program is not in a target folder")?.to_owned())
}

fn succeeds(command: &mut Command) -> Result<bool> {
    Ok(command.status().context("can't run cargo")?.success())
}

fn unpack(package: &Path, folder: &Path) -> Result<()> {
    // All files in a package have the same, old modification time. With `-m` they get the current time, so that cargo
    // notices changes since the last run.
    let status = Command::new("tar").arg("-xmzf").arg(package).current_dir(folder).status();
    if !status.context("can't run tar: is it installed?")?.success() {
        bail!("can't unpack {}", package.display());
    }
    Ok(())
}

/// Returns a manifest for the unpacked packages, in which they depend on each other.
fn workspace(folders: &BTreeMap<&String, String>, profile: Option<&Value>) -> Table {
    let members = folders.values().cloned().map(Value::String).collect();
    let patches = folders.iter().map(|(name, folder)| {
        let path = Table::from_iter([("path".to_owned(), Value::String(folder.clone()))]);
        ((*name).clone(), Value::Table(path))
    });
    let workspace = Table::from_iter([
        ("members".to_owned(), Value::Array(members)),
        ("resolver".to_owned(), "3".into()),
    ]);
    let patch = Table::from_iter([("crates-io".to_owned(), Value::Table(patches.collect()))]);
    let mut manifest = Table::from_iter([
        ("workspace".to_owned(), Value::Table(workspace)),
        ("patch".to_owned(), Value::Table(patch)),
    ]);
    // With our profiles, cargo reuses compiled dependencies.
    manifest.extend(profile.map(|profile| ("profile".to_owned(), profile.clone())));
    manifest
}

/// Returns the files in some folders, with their contents.
fn contents<'a>(
    parent: &Path,
    folders: impl Iterator<Item = &'a String>,
) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut contents = BTreeMap::new();
    for folder in folders {
        for path in files(&parent.join(folder), None)? {
            let content = std::fs::read(&path)?;
            contents.insert(path, content);
        }
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacked_packages_depend_on_each_other_and_keep_our_profiles() {
        let (one, two) = ("one".to_owned(), "two".to_owned());
        let folders = BTreeMap::from([(&one, "one-1.0.0".to_owned()), (&two, "two-1.0.0".to_owned())]);
        let profile: Table = "[dev]\ndebug = 0\n".parse().unwrap();

        let manifest = workspace(&folders, Some(&Value::Table(profile)));

        let expected: Table = "[workspace]\nmembers = ['one-1.0.0', 'two-1.0.0']\nresolver = '3'\n\
                               [patch.crates-io]\none.path = 'one-1.0.0'\ntwo.path = 'two-1.0.0'\n\
                               [profile.dev]\ndebug = 0\n"
            .parse()
            .unwrap();
        assert_eq!(manifest, expected);
    }
}
