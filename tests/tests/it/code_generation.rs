//! Tests that the feature `codegen` decides whether a build contains the code generator.

use std::collections::BTreeSet;
use std::process::Command;

use crate::root;

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the crates that are compiled on Linux for an application that depends on moneykit with its default features
/// and these.
fn compiled_crates(features: &str) -> BTreeSet<String> {
    let mut arguments = vec!["tree", "--locked", "--package", "moneykit", "--edges", "normal,build"];
    arguments.extend(["--prefix", "none", "--target", "x86_64-unknown-linux-gnu", "--features", features]);
    // Cargo marks a crate that it has already listed with "(*)".
    cargo(&arguments).lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

#[test]
fn the_generator_is_compiled_only_with_the_feature_codegen() {
    let generators = |features| {
        let crates = compiled_crates(features);
        let is_generator =
            |name: &&String| ["moneykit-codegen ", "progenitor "].iter().any(|g| name.starts_with(g));
        crates.iter().filter(is_generator).count()
    };

    assert_eq!(generators("codegen"), 2);
    assert_eq!(generators(""), 0);
}

#[test]
fn the_published_crate_contains_the_contract_the_generated_client_and_the_build_script() {
    let files = cargo(&["package", "--list", "--allow-dirty", "--package", "moneykit-gen"]);
    for expected in ["openapi.yaml", "generated/client.rs", "build.rs"] {
        assert!(files.lines().any(|file| file.replace('\\', "/") == expected), "{expected}: {files}");
    }
}
