//! Reads the manifests of all packages below the root, for the tidy checks.

use anyhow::{Context, Result};
use toml::{Table, Value};

use crate::workspace::{files, relative, root};

/// A Cargo.toml.
pub(super) struct Manifest {
    /// The path from the root.
    pub(super) path: String,
    pub(super) content: Table,
}

/// A dependency of a package.
pub(super) struct Dependency<'a> {
    /// The name in the manifest.
    pub(super) alias: &'a str,
    /// The name of the package that is depended on.
    pub(super) name: &'a str,
    /// The version, or a table with version, features and the like.
    pub(super) declaration: &'a Value,
}

/// Reads every manifest below the root.
pub(super) fn manifests() -> Result<Vec<Manifest>> {
    let mut manifests = Vec::new();
    for path in files(root(), Some("toml"))? {
        if path.file_name().is_some_and(|name| name == "Cargo.toml") {
            let text = std::fs::read_to_string(&path)?;
            let content = text.parse().with_context(|| relative(&path))?;
            manifests.push(Manifest { path: relative(&path), content });
        }
    }
    Ok(manifests)
}

impl Manifest {
    pub(super) fn package(&self) -> Option<&str> {
        self.content.get("package")?.get("name")?.as_str()
    }

    /// Returns true if the package belongs to the root's workspace, not to an inner one.
    pub(super) fn is_member(&self, manifests: &[Self]) -> bool {
        let inner = manifests
            .iter()
            .filter(|other| other.path != "Cargo.toml" && other.content.contains_key("workspace"));
        let mut folders = inner.filter_map(|other| other.path.strip_suffix("Cargo.toml"));
        !folders.any(|folder| self.path.starts_with(folder))
    }

    /// Returns the dependencies that the manifest declares for the packages of its workspace.
    pub(super) fn workspace_dependencies(&self) -> impl Iterator<Item = (&String, &Value)> {
        let table = self.content.get("workspace").and_then(|workspace| workspace.get("dependencies"));
        table.and_then(Value::as_table).into_iter().flatten()
    }

    /// Returns the package's dependencies of every kind and platform. Names that a workspace declares are looked up in
    /// `manifests`.
    pub(super) fn dependencies<'a>(&'a self, manifests: &'a [Self]) -> impl Iterator<Item = Dependency<'a>> {
        const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
        let targets = self.content.get("target").and_then(Value::as_table).into_iter().flatten();
        let targets = targets.filter_map(|(_, target)| target.as_table());
        let tables = std::iter::once(&self.content).chain(targets);
        let entries =
            tables.flat_map(|table| KINDS.into_iter().filter_map(|kind| table.get(kind)?.as_table()));
        entries.flatten().map(|(alias, declaration)| {
            let shared = manifests.iter().flat_map(Self::workspace_dependencies);
            let shared = shared.filter(|(name, _)| *name == alias).map(|(_, declaration)| declaration);
            let renamed = std::iter::once(declaration)
                .chain(shared)
                .find_map(|declaration| declaration.get("package")?.as_str());
            Dependency { alias, name: renamed.unwrap_or(alias), declaration }
        })
    }

    /// Creates a manifest for tests.
    #[cfg(test)]
    pub(super) fn of(text: &str) -> Self {
        Self { path: "Cargo.toml".to_owned(), content: text.parse().unwrap() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_dependency_is_found_in_every_table() {
        let root =
            Manifest::of("[workspace.dependencies]\nshared = { package = 'progenitor', version = '1' }\n");
        for text in [
            "[dependencies]\nprogenitor.workspace = true\n",
            "[build-dependencies]\nprogenitor.workspace = true\n",
            "[dependencies]\npg = { workspace = true, package = 'progenitor' }\n",
            "[dependencies]\nshared.workspace = true\n",
            "[target.'cfg(unix)'.dependencies]\nprogenitor.workspace = true\n",
            "[target.x86_64-unknown-linux-gnu.dev-dependencies]\npg = { package = 'progenitor' }\n",
        ] {
            let all = [Manifest::of(text), Manifest { path: String::new(), content: root.content.clone() }];
            let names: Vec<_> = all[0].dependencies(&all).map(|dependency| dependency.name).collect();
            assert_eq!(names, ["progenitor"], "{text}");
        }
    }
}
