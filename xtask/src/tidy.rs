use std::path::Path;

use anyhow::{Context, Result};
use toml::Table;

use crate::Verdict;
use crate::workspace::{files, relative, root};

/// Checks each invariant, and prints every place that breaks one.
pub(crate) fn run() -> Result<Verdict> {
    let manifests = manifests()?;
    let mut objections = Vec::new();
    objections.extend(one_way_dependencies(&manifests));
    objections.extend(shared_versions(&manifests));
    objections.extend(repeated_versions(&manifests));
    objections.extend(facade_layers()?);
    objections.extend(honest_tests()?);

    for objection in &objections {
        println!("{objection}");
    }
    Ok(if objections.is_empty() { Verdict::Fine } else { Verdict::Objection })
}

/// A manifest: its path from the root, and what is in it.
struct Manifest {
    path: String,
    content: Table,
}

fn manifests() -> Result<Vec<Manifest>> {
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
    fn package(&self) -> Option<&str> {
        self.content.get("package")?.get("name")?.as_str()
    }

    /// Says whether the package belongs to the root's workspace, rather than to one inside it.
    fn is_member(&self, manifests: &[Manifest]) -> bool {
        let inner = manifests
            .iter()
            .filter(|other| other.path != "Cargo.toml" && other.content.contains_key("workspace"));
        let mut folders = inner.filter_map(|other| other.path.strip_suffix("Cargo.toml"));
        !folders.any(|folder| self.path.starts_with(folder))
    }

    /// Lists the versions that the manifest shares with the packages of its workspace.
    fn workspace_dependencies(&self) -> impl Iterator<Item = (&String, &toml::Value)> {
        let table = self.content.get("workspace").and_then(|workspace| workspace.get("dependencies"));
        table.and_then(toml::Value::as_table).into_iter().flatten()
    }

    /// Lists what the package depends on, in every way: the name it has here, and how it is asked for.
    fn dependencies(&self) -> impl Iterator<Item = (&String, &toml::Value)> {
        ["dependencies", "dev-dependencies", "build-dependencies"]
            .into_iter()
            .filter_map(|kind| self.content.get(kind)?.as_table())
            .flatten()
    }
}

/// Who may depend on what. Arrows point one way, from the contract to the user.
fn one_way_dependencies(manifests: &[Manifest]) -> Vec<String> {
    /// A dependency, the packages that alone may have it, and why.
    const ONLY: [(&str, &[&str], &str); 3] = [
        ("progenitor", &["moneykit-codegen"], "the generator's settings exist once"),
        ("progenitor-client", &["moneykit-gen", "moneykit-gen-grown"], "generated code alone needs it"),
        (
            "openapiv3",
            &["moneykit-codegen"],
            "the contract is read in one place: use moneykit_codegen::openapiv3",
        ),
    ];
    /// A package, what it must not depend on, and why.
    const NEVER: [(&str, &[&str], &str); 3] = [
        ("xtask", &["moneykit-gen", "moneykit"], "regen must work while generated code does not compile"),
        (
            "moneykit-emulator",
            &["moneykit-codegen", "moneykit-gen", "moneykit"],
            "types that are shared with the client would hide shared mistakes",
        ),
        (
            "moneykit-codegen",
            &["moneykit-gen", "moneykit", "moneykit-emulator"],
            "the contract flows one way",
        ),
    ];

    let mut objections = Vec::new();
    for manifest in manifests {
        let Some(package) = manifest.package() else { continue };
        for (dependency, _) in manifest.dependencies() {
            let object = |why| format!("{}: {package} must not depend on {dependency}: {why}", manifest.path);
            let only = ONLY.iter().filter(|(name, may, _)| name == dependency && !may.contains(&package));
            let never =
                NEVER.iter().filter(|(name, not, _)| *name == package && not.contains(&dependency.as_str()));
            objections.extend(only.chain(never).map(|(_, _, why)| object(why)));
        }
    }
    objections
}

/// Versions and lints stand once, in the workspace's manifest.
fn shared_versions(manifests: &[Manifest]) -> Vec<String> {
    let mut objections = Vec::new();
    for manifest in manifests.iter().filter(|manifest| manifest.package().is_some()) {
        for (name, given) in manifest.dependencies() {
            let is_shared = given.get("workspace").and_then(toml::Value::as_bool) == Some(true);
            // A path has no version to share.
            if !is_shared && given.get("path").is_none() {
                objections.push(format!(
                    "{}: write `{name}.workspace = true`, with its version in the root's Cargo.toml",
                    manifest.path
                ));
            }
        }
        if !manifest.is_member(manifests) {
            continue;
        }
        let lints = manifest.content.get("lints").and_then(|lints| lints.get("workspace"));
        if lints.and_then(toml::Value::as_bool) != Some(true) {
            objections.push(format!("{}: add `[lints]` with `workspace = true`", manifest.path));
        }
    }
    objections
}

/// A workspace inside ours repeats versions, since it can't inherit them; they must be the same.
fn repeated_versions(manifests: &[Manifest]) -> Vec<String> {
    let Some(root) = manifests.iter().find(|manifest| manifest.path == "Cargo.toml") else {
        return Vec::new();
    };
    let mut objections = Vec::new();
    for manifest in manifests.iter().filter(|manifest| manifest.path != root.path) {
        for (name, given) in manifest.workspace_dependencies() {
            let ours = root.workspace_dependencies().find(|(known, _)| *known == name).map(|(_, ours)| ours);
            if given.get("path").is_none() && ours != Some(given) {
                objections
                    .push(format!("{}: give `{name}` the version of the root's Cargo.toml", manifest.path));
            }
        }
    }
    objections
}

/// In the facade nothing lower names anything higher, and the transport alone names the generated client.
fn facade_layers() -> Result<Vec<String>> {
    /// The modules from the highest to the lowest; those of one row may name each other.
    const LAYERS: [&[&str]; 4] = [
        &["client", "client_builder"],
        &["token_cache"],
        &["transport"],
        &["token", "credentials", "environment", "scope", "base_url", "clock", "error"],
    ];

    let source = root().join("crates/moneykit/src");
    let mut objections = Vec::new();
    for path in files(&source, "rs")? {
        let module = module_of(&source, &path);
        let layer = LAYERS.iter().position(|modules| modules.contains(&module.as_str()));
        if layer.is_none() && module != "lib" {
            objections.push(format!(
                "{}: give this module a place among the LAYERS of xtask/src/tidy.rs",
                relative(&path)
            ));
        }
        for (number, line) in std::fs::read_to_string(&path)?.lines().enumerate() {
            let at = || format!("{}:{}", relative(&path), number + 1);
            // Docs link wherever readers want to go.
            if line.trim_start().starts_with("//") {
                continue;
            }
            if line.contains("moneykit_gen") && module != "transport" {
                objections.push(format!("{}: only transport.rs names moneykit_gen", at()));
            }
            for higher in LAYERS.iter().take(layer.unwrap_or(0)).copied().flatten() {
                if names(line, higher) {
                    objections.push(format!("{}: `{module}` is below `{higher}` and must not name it", at()));
                }
            }
        }
    }
    Ok(objections)
}

/// Returns the top module that a file belongs to: `transport` for `transport/answer.rs`.
fn module_of(source: &Path, path: &Path) -> String {
    let first = path.strip_prefix(source).ok().and_then(|path| path.components().next());
    first.map(|name| Path::new(name.as_os_str()).with_extension("").display().to_string()).unwrap_or_default()
}

fn names(line: &str, module: &str) -> bool {
    line.split(&format!("crate::{module}"))
        .skip(1)
        .any(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// No test waits for the clock on the wall, is skipped in silence, or counts on a port being free.
fn honest_tests() -> Result<Vec<String>> {
    let banned = [
        (concat!("thread::", "sleep"), "tests wait for events, or move a clock of their own"),
        (concat!("time::", "sleep"), "tests wait for events, or move a clock of their own"),
        (concat!("#[", "ignore]"), "say why: #[ignore = \"…\"]"),
        (concat!("/// ", "```ignore"), "examples compile and run"),
        (concat!("//! ", "```ignore"), "examples compile and run"),
    ];
    let mut objections = Vec::new();
    for path in files(root(), "rs")? {
        if path.ends_with("generated/client.rs") {
            continue;
        }
        for (number, line) in std::fs::read_to_string(&path)?.lines().enumerate() {
            for (text, why) in banned {
                if line.contains(text) {
                    objections.push(format!("{}:{}: `{text}`: {why}", relative(&path), number + 1));
                }
            }
        }
    }
    Ok(objections)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str) -> Manifest {
        Manifest { path: "Cargo.toml".to_owned(), content: text.parse().unwrap() }
    }

    #[test]
    fn a_dependency_against_the_arrows_is_objected_to() {
        for (package, dependency) in
            [("moneykit", "progenitor"), ("xtask", "moneykit-gen"), ("moneykit-emulator", "moneykit")]
        {
            let text =
                format!("[package]\nname = '{package}'\n[dev-dependencies]\n{dependency}.workspace = true\n");
            let objections = one_way_dependencies(&[manifest(&text)]);
            assert_eq!(objections.len(), 1, "{package} {dependency}: {objections:?}");
        }
        let fine = manifest("[package]\nname = 'moneykit'\n[dependencies]\nmoneykit-gen.workspace = true\n");
        assert!(one_way_dependencies(&[fine]).is_empty());
    }

    #[test]
    fn a_version_of_its_own_is_objected_to() {
        let own = manifest("[package]\nname = 'a'\n[dependencies]\nserde = '1'\n[lints]\nworkspace = true\n");
        assert_eq!(shared_versions(&[own]).len(), 1);
        let shared = manifest(
            "[package]\nname = 'a'\n[dependencies]\nserde.workspace = true\n[lints]\nworkspace = true\n",
        );
        assert!(shared_versions(&[shared]).is_empty());
        let without_lints = manifest("[package]\nname = 'a'\n");
        assert_eq!(shared_versions(&[without_lints]).len(), 1);
    }

    #[test]
    fn an_inner_workspace_with_another_version_is_objected_to() {
        let root = || manifest("[workspace.dependencies]\nserde = '1'\nhttp = '1'\n");
        let inner = |versions: &str| Manifest { path: "inner/Cargo.toml".to_owned(), ..manifest(versions) };

        let same = inner("[workspace.dependencies]\nserde = '1'\nours = { path = 'x' }\n");
        assert!(repeated_versions(&[root(), same]).is_empty());
        let other = inner("[workspace.dependencies]\nserde = '2'\nhttp = '1'\n");
        assert_eq!(repeated_versions(&[root(), other]).len(), 1);
    }

    #[test]
    fn a_module_is_named_by_its_whole_name() {
        assert!(names("use crate::client::Client;", "client"));
        assert!(!names("use crate::client_builder::ClientBuilder;", "client"));
        assert!(!names("use crate::clock::Clock;", "client"));
    }
}
