use anyhow::Result;

use crate::workspace::{files, root};

/// Every property is fuzzed, from seeds that its tests know too.
pub(super) fn fuzzed_properties() -> Result<Vec<String>> {
    let mut properties = Vec::new();
    for path in files(&root().join("crates"), "rs")? {
        if path.ends_with("src/properties.rs") || path.ends_with("src/invariants.rs") {
            properties.extend(names(&std::fs::read_to_string(&path)?).map(str::to_owned));
        }
    }
    let targets = crate::fuzz::targets(root())?;
    let has_seeds = |target: &str| {
        let seeds = std::fs::read_dir(root().join("fuzz/seeds").join(target));
        seeds.is_ok_and(|mut seeds| seeds.next().is_some())
    };
    Ok(objections(&properties, &targets, has_seeds))
}

fn objections(properties: &[String], targets: &[String], has_seeds: impl Fn(&str) -> bool) -> Vec<String> {
    let unfuzzed = properties.iter().filter(|property| !targets.contains(property));
    let unfuzzed = unfuzzed.map(|name| format!("fuzz/Cargo.toml: add a target for the property `{name}`"));
    let unsown = targets.iter().filter(|target| !has_seeds(target));
    let unsown = unsown.map(|name| format!("fuzz/seeds/{name}: put in some inputs to begin with"));
    unfuzzed.chain(unsown).collect()
}

/// Lists the functions that a module shows.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("pub fn ")?.split('(').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_without_a_target_is_objected_to_and_so_is_a_target_without_seeds() {
        let text = "pub fn answer(input: &[u8]) {}\nfn helper() {}\npub fn form(input: &[u8]) {}\n";
        let properties: Vec<_> = names(text).map(str::to_owned).collect();
        assert_eq!(properties, ["answer", "form"]);

        assert!(objections(&properties, &properties, |_| true).is_empty());
        assert_eq!(objections(&properties, &properties[..1], |_| true).len(), 1);
        assert_eq!(objections(&properties, &properties, |target| target != "form").len(), 1);
    }
}
