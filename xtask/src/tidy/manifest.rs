use anyhow::{Context, Result};
use toml::{Table, Value};

use crate::workspace::{files, relative, root};

/// A manifest: its path from the root, and what is in it.
pub(super) struct Manifest {
    pub(super) path: String,
    pub(super) content: Table,
}

/// One thing that a package depends on.
pub(super) struct Dependency<'a> {
    /// The name that the package has for it.
    pub(super) alias: &'a str,
    /// The name that it has itself.
    pub(super) name: &'a str,
    pub(super) given: &'a Value,
}

/// Reads every manifest below the root.
pub(super) fn manifests() -> Result<Vec<Manifest>> {
    let mut manifests = Vec::new();
    for path in files(root(), "toml")? {
        if path.file_name().is_some_and(|name| name == "Cargo.toml") {
            let text = std::fs::read_to_string(&path)?;
            let content = text.parse().with_context(|| relative(&path).to_string())?;
            manifests.push(Manifest { path: relative(&path).to_string(), content });
        }
    }
    Ok(manifests)
}

impl Manifest {
    pub(super) fn package(&self) -> Option<&str> {
        self.content.get("package")?.get("name")?.as_str()
    }

    /// Says whether the package belongs to the root's workspace, rather than to one inside it.
    pub(super) fn is_member(&self, manifests: &[Self]) -> bool {
        let inner = manifests
            .iter()
            .filter(|other| other.path != "Cargo.toml" && other.content.contains_key("workspace"));
        let mut folders = inner.filter_map(|other| other.path.strip_suffix("Cargo.toml"));
        !folders.any(|folder| self.path.starts_with(folder))
    }

    /// Lists the versions that the manifest shares with the packages of its workspace.
    pub(super) fn workspace_dependencies(&self) -> impl Iterator<Item = (&String, &Value)> {
        let table = self.content.get("workspace").and_then(|workspace| workspace.get("dependencies"));
        table.and_then(Value::as_table).into_iter().flatten()
    }

    /// Lists what the package depends on, in every way and on every platform. `manifests` know what is meant by
    /// the names that a workspace shares.
    pub(super) fn dependencies<'a>(&'a self, manifests: &'a [Self]) -> impl Iterator<Item = Dependency<'a>> {
        const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
        let targets = self.content.get("target").and_then(Value::as_table).into_iter().flatten();
        let targets = targets.filter_map(|(_, target)| target.as_table());
        let tables = std::iter::once(&self.content).chain(targets);
        let entries =
            tables.flat_map(|table| KINDS.into_iter().filter_map(|kind| table.get(kind)?.as_table()));
        entries.flatten().map(|(alias, given)| {
            let shared = manifests.iter().flat_map(Self::workspace_dependencies);
            let shared = shared.filter(|(name, _)| *name == alias).map(|(_, given)| given);
            let renamed =
                std::iter::once(given).chain(shared).find_map(|given| given.get("package")?.as_str());
            Dependency { alias, name: renamed.unwrap_or(alias), given }
        })
    }

    /// Makes a manifest for tests.
    #[cfg(test)]
    pub(super) fn of(text: &str) -> Self {
        Self { path: "Cargo.toml".to_owned(), content: text.parse().unwrap() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_is_known_by_its_own_name_wherever_it_stands() {
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
