//! Tidy check: dependencies point one way, from the contract to the user.

use super::manifest::{Dependency, Manifest};

/// Returns a finding for each dependency that a rule forbids.
pub(super) fn one_way_dependencies(manifests: &[Manifest]) -> Vec<String> {
    let mut findings = Vec::new();
    for manifest in manifests {
        let Some(package) = manifest.package() else { continue };
        for Dependency { alias, name, .. } in manifest.dependencies(manifests) {
            let finding = |why| format!("{}: {package} must not depend on {name}: {why}", manifest.path);
            let only =
                ONLY.iter().filter(|(known, allowed, _)| *known == name && !allowed.contains(&package));
            let never =
                NEVER.iter().filter(|(known, forbidden, _)| *known == package && forbidden.contains(&name));
            findings.extend(only.chain(never).map(|(_, _, why)| finding(why)));
            if name == "moneykit-gen" && alias != name {
                findings.push(format!(
                    "{}: depend on {name} by that name, not as `{alias}`: `cargo xtask tidy` searches for it",
                    manifest.path
                ));
            }
        }
    }
    findings
}

/// A dependency, the only packages that may have it, and the reason.
const ONLY: [(&str, &[&str], &str); 4] = [
    ("progenitor", &["moneykit-codegen"], "the generator's settings exist once"),
    ("progenitor-client", &["moneykit-gen"], "only generated code needs it"),
    (
        "openapiv3",
        &["moneykit-codegen"],
        "contracts are parsed in one place: use moneykit_codegen::openapiv3",
    ),
    ("moneykit-cli", &[], "it is a tool: move what a library needs of it into a library"),
];

/// A package, what it must not depend on, and the reason.
const NEVER: [(&str, &[&str], &str); 6] = [
    ("xtask", &["moneykit-gen", "moneykit"], "regen must work while generated code does not compile"),
    (
        "moneykit-emulator",
        &["moneykit-codegen", "moneykit-gen", "moneykit"],
        "shared types would hide shared mistakes",
    ),
    (
        "moneykit-codegen",
        &["moneykit-gen", "moneykit", "moneykit-emulator"],
        "dependencies point from the contract to the user",
    ),
    (
        "moneykit-contract",
        &["moneykit-codegen", "moneykit-gen", "moneykit", "moneykit-emulator"],
        "it reads contracts that the generator does not support",
    ),
    ("moneykit-cli", &["moneykit-gen"], "the facade is what users get"),
    ("moneykit-redis", &["moneykit-gen"], "the facade is what users get"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_dependency_is_reported() {
        for (package, dependency) in [
            ("moneykit", "progenitor.workspace = true"),
            ("xtask", "moneykit-gen.workspace = true"),
            ("moneykit-emulator", "moneykit.workspace = true"),
            ("moneykit", "moneykit-cli.workspace = true"),
            ("moneykit-cli", "moneykit-gen.workspace = true"),
            ("moneykit", "pg = { workspace = true, package = 'progenitor' }"),
            ("moneykit", "made = { workspace = true, package = 'moneykit-gen' }"),
        ] {
            for table in ["dev-dependencies", "target.'cfg(unix)'.dependencies"] {
                let text = format!("[package]\nname = '{package}'\n[{table}]\n{dependency}\n");
                let findings = one_way_dependencies(&[Manifest::of(&text)]);
                assert_eq!(findings.len(), 1, "{text}: {findings:?}");
            }
        }
        let allowed =
            Manifest::of("[package]\nname = 'moneykit'\n[dependencies]\nmoneykit-gen.workspace = true\n");
        assert!(one_way_dependencies(&[allowed]).is_empty());
    }
}
