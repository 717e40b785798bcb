//! `generated/client.rs` is what reviewers read, and what is compiled without the feature `codegen`; this holds it
//! to the contract, and to what the build makes with the feature.

use std::path::Path;

fn reviewed() -> String {
    let copy = Path::new(env!("CARGO_MANIFEST_DIR")).join("generated/client.rs");
    std::fs::read_to_string(copy).unwrap_or_default()
}

#[test]
fn the_reviewed_copy_is_what_the_contract_makes() {
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.yaml");
    let made = moneykit_codegen::Contract::read(contract)
        .and_then(|contract| moneykit_codegen::generate(&contract))
        .unwrap();

    assert!(reviewed() == made, "generated/client.rs is stale: run `cargo xtask regen`");
}

#[cfg(feature = "codegen")]
#[test]
fn the_reviewed_copy_is_what_the_build_compiles() {
    let built = include_str!(concat!(env!("OUT_DIR"), "/client.rs"));

    assert!(reviewed() == built, "generated/client.rs is stale: run `cargo xtask regen`");
}
