//! Tests that `generated/client.rs`, the copy that is reviewed and compiled without the feature `codegen`, matches the
//! contract and the output of the build script.

use std::path::Path;

fn reviewed_copy() -> String {
    let copy = Path::new(env!("CARGO_MANIFEST_DIR")).join("generated/client.rs");
    std::fs::read_to_string(copy).unwrap_or_default()
}

#[test]
fn the_reviewed_copy_matches_the_contract() {
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.yaml");
    let generated = moneykit_codegen::Contract::read(contract)
        .and_then(|contract| moneykit_codegen::generate(&contract))
        .unwrap();

    assert!(reviewed_copy() == generated, "generated/client.rs is stale: run `cargo xtask regen`");
}

#[cfg(feature = "codegen")]
#[test]
fn the_reviewed_copy_matches_the_build_output() {
    let built = include_str!(concat!(env!("OUT_DIR"), "/client.rs"));

    assert!(reviewed_copy() == built, "generated/client.rs is stale: run `cargo xtask regen`");
}
