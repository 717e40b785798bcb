mod arrows;
mod fuzzing;
mod honesty;
mod layers;
mod manifest;
mod versions;

use anyhow::Result;

use crate::Verdict;

/// Checks each invariant, and prints every place that breaks one.
pub(crate) fn run() -> Result<Verdict> {
    let manifests = manifest::manifests()?;
    let mut objections = Vec::new();
    objections.extend(arrows::one_way_dependencies(&manifests));
    objections.extend(versions::shared_versions(&manifests));
    objections.extend(versions::repeated_versions(&manifests));
    objections.extend(layers::facade_layers()?);
    objections.extend(fuzzing::fuzzed_properties()?);
    objections.extend(honesty::honest_tests()?);

    for objection in &objections {
        println!("{objection}");
    }
    Ok(if objections.is_empty() { Verdict::Fine } else { Verdict::Objection })
}
