use super::manifest::{Dependency, Manifest};

/// Who may depend on what. Arrows point one way, from the contract to the user.
pub(super) fn one_way_dependencies(manifests: &[Manifest]) -> Vec<String> {
    let mut objections = Vec::new();
    for manifest in manifests {
        let Some(package) = manifest.package() else { continue };
        for Dependency { alias, name, .. } in manifest.dependencies(manifests) {
            let object = |why| format!("{}: {package} must not depend on {name}: {why}", manifest.path);
            let only = ONLY.iter().filter(|(known, may, _)| *known == name && !may.contains(&package));
            let never = NEVER.iter().filter(|(known, not, _)| *known == package && not.contains(&name));
            objections.extend(only.chain(never).map(|(_, _, why)| object(why)));
            if name == "moneykit-gen" && alias != name {
                objections.push(format!(
                    "{}: give {name} its own name, not `{alias}`: it is looked for by that name",
                    manifest.path
                ));
            }
        }
    }
    objections
}

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
const NEVER: [(&str, &[&str], &str); 4] = [
    ("xtask", &["moneykit-gen", "moneykit"], "regen must work while generated code does not compile"),
    (
        "moneykit-emulator",
        &["moneykit-codegen", "moneykit-gen", "moneykit"],
        "types that are shared with the client would hide shared mistakes",
    ),
    ("moneykit-codegen", &["moneykit-gen", "moneykit", "moneykit-emulator"], "the contract flows one way"),
    (
        "moneykit-contract",
        &["moneykit-codegen", "moneykit-gen", "moneykit", "moneykit-emulator"],
        "it judges contracts that no generator could take",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_against_the_arrows_is_objected_to() {
        for (package, dependency) in [
            ("moneykit", "progenitor.workspace = true"),
            ("xtask", "moneykit-gen.workspace = true"),
            ("moneykit-emulator", "moneykit.workspace = true"),
            ("moneykit", "pg = { workspace = true, package = 'progenitor' }"),
            ("moneykit", "made = { workspace = true, package = 'moneykit-gen' }"),
        ] {
            for table in ["dev-dependencies", "target.'cfg(unix)'.dependencies"] {
                let text = format!("[package]\nname = '{package}'\n[{table}]\n{dependency}\n");
                let objections = one_way_dependencies(&[Manifest::of(&text)]);
                assert_eq!(objections.len(), 1, "{text}: {objections:?}");
            }
        }
        let fine =
            Manifest::of("[package]\nname = 'moneykit'\n[dependencies]\nmoneykit-gen.workspace = true\n");
        assert!(one_way_dependencies(&[fine]).is_empty());
    }
}
