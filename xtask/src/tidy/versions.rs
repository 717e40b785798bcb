//! Tidy check: versions and lints are declared once, in the manifest of the workspace.

use toml::Value;

use super::manifest::{Dependency, Manifest};

/// Returns a finding for each package that declares versions or lints itself.
pub(super) fn shared_versions(manifests: &[Manifest]) -> Vec<String> {
    let mut findings = Vec::new();
    for manifest in manifests.iter().filter(|manifest| manifest.package().is_some()) {
        // A workspace of one package declares each version once anyway.
        let is_alone = manifest.content.contains_key("workspace");
        for Dependency { alias, declaration, .. } in manifest.dependencies(manifests).filter(|_| !is_alone) {
            let is_shared = declaration.get("workspace").and_then(Value::as_bool) == Some(true);
            // A path dependency has no version to share.
            if !is_shared && declaration.get("path").is_none() {
                findings.push(format!(
                    "{}: write `{alias}.workspace = true` and declare its version in the root's Cargo.toml",
                    manifest.path
                ));
            }
        }
        if !manifest.is_member(manifests) {
            continue;
        }
        let lints = manifest.content.get("lints").and_then(|lints| lints.get("workspace"));
        if lints.and_then(Value::as_bool) != Some(true) {
            findings.push(format!("{}: add `[lints]` with `workspace = true`", manifest.path));
        }
    }
    findings
}

/// Returns a finding for each version of an inner workspace that differs from ours: it can't inherit them.
pub(super) fn repeated_versions(manifests: &[Manifest]) -> Vec<String> {
    let Some(root) = manifests.iter().find(|manifest| manifest.path == "Cargo.toml") else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for manifest in manifests.iter().filter(|manifest| manifest.path != root.path) {
        for (name, declaration) in manifest.workspace_dependencies() {
            let ours = root.workspace_dependencies().find(|(known, _)| *known == name).map(|(_, ours)| ours);
            if declaration.get("path").is_none() && ours != Some(declaration) {
                findings
                    .push(format!("{}: use the version of `{name}` in the root's Cargo.toml", manifest.path));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_lints_of_a_package_are_reported() {
        for table in ["dependencies", "target.'cfg(unix)'.dependencies"] {
            let own = format!("[package]\nname = 'a'\n[{table}]\nserde = '1'\n[lints]\nworkspace = true\n");
            assert_eq!(shared_versions(&[Manifest::of(&own)]).len(), 1, "{own}");
        }
        let shared = Manifest::of(
            "[package]\nname = 'a'\n[dependencies]\nserde.workspace = true\n[lints]\nworkspace = true\n",
        );
        assert!(shared_versions(&[shared]).is_empty());
        let alone = Manifest {
            path: "alone/Cargo.toml".to_owned(),
            ..Manifest::of("[workspace]\n[package]\nname = 'a'\n[dependencies]\nserde = '1'\n")
        };
        assert!(shared_versions(&[alone]).is_empty());
        let without_lints = Manifest::of("[package]\nname = 'a'\n");
        assert_eq!(shared_versions(&[without_lints]).len(), 1);
    }

    #[test]
    fn an_inner_workspace_with_another_version_is_reported() {
        let root = || Manifest::of("[workspace.dependencies]\nserde = '1'\nhttp = '1'\n");
        let inner =
            |versions: &str| Manifest { path: "inner/Cargo.toml".to_owned(), ..Manifest::of(versions) };

        let same = inner("[workspace.dependencies]\nserde = '1'\nours = { path = 'x' }\n");
        assert!(repeated_versions(&[root(), same]).is_empty());
        let other = inner("[workspace.dependencies]\nserde = '2'\nhttp = '1'\n");
        assert_eq!(repeated_versions(&[root(), other]).len(), 1);
    }
}
