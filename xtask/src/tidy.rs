//! `cargo xtask tidy`: checks the invariants of the workspace.

mod dependency_rules;
mod file_headers;
mod fuzzing;
mod layers;
mod licenses;
mod manifest;
mod symlinks;
mod test_hygiene;
mod versions;
mod words;

use anyhow::Result;

use crate::Outcome;

/// Checks each invariant and prints every violation.
pub(crate) fn run() -> Result<Outcome> {
    let manifests = manifest::manifests()?;
    let mut findings = Vec::new();
    findings.extend(dependency_rules::one_way_dependencies(&manifests));
    findings.extend(versions::shared_versions(&manifests));
    findings.extend(versions::repeated_versions(&manifests));
    findings.extend(layers::facade_layers()?);
    findings.extend(fuzzing::fuzzed_invariants()?);
    findings.extend(test_hygiene::check()?);
    findings.extend(symlinks::check()?);
    findings.extend(licenses::check()?);
    findings.extend(file_headers::check()?);
    findings.extend(words::check()?);

    for finding in &findings {
        println!("{finding}");
    }
    Ok(if findings.is_empty() { Outcome::Pass } else { Outcome::Fail })
}
