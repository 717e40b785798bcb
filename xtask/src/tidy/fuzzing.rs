//! Tidy check: every invariant of `src/invariants.rs` has a fuzz target, and every fuzz target has seeds.

use anyhow::Result;

use crate::workspace::{files, root};

/// Returns a finding for each invariant without a fuzz target and each fuzz target without seeds.
pub(super) fn fuzzed_invariants() -> Result<Vec<String>> {
    let mut invariants = Vec::new();
    for path in files(&root().join("crates"), Some("rs"))? {
        if path.ends_with("src/invariants.rs") {
            invariants.extend(functions(&std::fs::read_to_string(&path)?).map(str::to_owned));
        }
    }
    let targets = crate::fuzz::targets(root())?;
    let has_seeds = |target: &str| {
        let seeds = std::fs::read_dir(root().join("fuzz/seeds").join(target));
        seeds.is_ok_and(|mut seeds| seeds.next().is_some())
    };
    Ok(findings(&invariants, &targets, has_seeds))
}

fn findings(invariants: &[String], targets: &[String], has_seeds: impl Fn(&str) -> bool) -> Vec<String> {
    let without_target = invariants.iter().filter(|invariant| !targets.contains(invariant));
    let without_target =
        without_target.map(|name| format!("fuzz/Cargo.toml: add a target for the invariant `{name}`"));
    let without_seeds = targets.iter().filter(|target| !has_seeds(target));
    let without_seeds = without_seeds.map(|name| format!("fuzz/seeds/{name}: add inputs to start from"));
    let none =
        invariants.is_empty().then(|| "crates: no `src/invariants.rs` has a public function".to_owned());
    none.into_iter().chain(without_target).chain(without_seeds).collect()
}

/// Returns the names of a file's public functions.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("pub fn ")?.split('(').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invariant_without_a_target_and_a_target_without_seeds_are_reported() {
        let text = "pub fn response(input: &[u8]) {}\nfn helper() {}\npub fn form(input: &[u8]) {}\n";
        let invariants: Vec<_> = functions(text).map(str::to_owned).collect();
        assert_eq!(invariants, ["response", "form"]);

        assert!(findings(&invariants, &invariants, |_| true).is_empty());
        assert_eq!(findings(&[], &invariants, |_| true).len(), 1);
        assert_eq!(findings(&invariants, &invariants[..1], |_| true).len(), 1);
        assert_eq!(findings(&invariants, &invariants, |target| target != "form").len(), 1);
    }
}
