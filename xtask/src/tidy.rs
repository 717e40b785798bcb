mod dependency_rules;
mod fuzzing;
mod layers;
mod manifest;
mod test_hygiene;
mod versions;

use anyhow::Result;

use crate::Outcome;

/// Checks each invariant, and prints every place that breaks one.
pub(crate) fn run() -> Result<Outcome> {
    let manifests = manifest::manifests()?;
    let mut objections = Vec::new();
    objections.extend(dependency_rules::one_way_dependencies(&manifests));
    objections.extend(versions::shared_versions(&manifests));
    objections.extend(versions::repeated_versions(&manifests));
    objections.extend(layers::facade_layers()?);
    objections.extend(fuzzing::fuzzed_properties()?);
    objections.extend(test_hygiene::check()?);

    for objection in &objections {
        println!("{objection}");
    }
    Ok(if objections.is_empty() { Outcome::Pass } else { Outcome::Fail })
}
