//! `generated/client.rs` is what reviewers read; this holds it to what the build makes.

use std::path::Path;

#[test]
fn the_reviewed_copy_is_what_the_build_makes() {
    let copy = Path::new(env!("CARGO_MANIFEST_DIR")).join("generated/client.rs");
    let reviewed = std::fs::read_to_string(&copy).unwrap_or_default();
    let built = include_str!(concat!(env!("OUT_DIR"), "/client.rs"));

    assert!(reviewed == built, "generated/client.rs is stale: run `cargo xtask regen`");
}
