//! Runs every scenario of the library with a secret and a token that are easy to find, and searches for them in all
//! output: printed values, errors with their sources, and every trace event.
//!
//! `SCENARIOS` is the table. A public method or an error kind that no scenario covers fails the test.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod canary {
    pub(crate) mod observability;
    mod requests;
    pub(crate) mod scenarios;
    pub(crate) mod secrets;
    #[cfg(feature = "token-store")]
    mod token_store;
}
#[expect(dead_code, reason = "the integration tests use more of it")]
#[path = "it/scripted.rs"]
mod scripted;

use std::collections::BTreeSet;

use canary::scenarios::SCENARIOS;
use canary::secrets::{CLIENT_ID, CLIENT_SECRET};
use canary::{observability, secrets};

/// The sources of the error kinds, and the first line of each enum.
const ERROR_KINDS: [(&str, &str); 2] = [
    (include_str!("../src/error/mod.rs"), "pub(crate) enum Kind {"),
    (include_str!("../src/error/request.rs"), "pub(crate) enum RequestError {"),
];

/// The sources of the public methods that can show or send anything.
const METHODS: [&str; 7] = [
    include_str!("../src/client/mod.rs"),
    include_str!("../src/request/mod.rs"),
    include_str!("../src/request/paginate.rs"),
    include_str!("../src/request/authorize.rs"),
    include_str!("../src/request/response.rs"),
    include_str!("../src/client/config.rs"),
    include_str!("../src/transport/response_parts.rs"),
];

#[cfg(not(feature = "token-store"))]
const STORE_METHODS: [&str; 0] = [];

#[cfg(feature = "token-store")]
const STORE_METHODS: [&str; 4] = [
    include_str!("../src/token/store/mod.rs"),
    include_str!("../src/token/store/in_memory.rs"),
    include_str!("../src/token/store/key.rs"),
    include_str!("../src/token/store/health.rs"),
];

#[test]
fn no_output_contains_a_secret() {
    observability::start_tracing();
    let mut covered = BTreeSet::new();
    for scenario in SCENARIOS {
        observability::clear();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let output = runtime.block_on((scenario.run)());
        assert!(!output.is_empty(), "{}: no output", scenario.name);
        for text in output.iter().chain(&[observability::trace_output()]) {
            if let Some(secret) = secrets::find_in(text) {
                panic!("{}: the {secret} is in this output:\n{text}", scenario.name);
            }
        }
        for kind in scenario.error_kinds {
            if output.iter().any(|text| text.contains(kind)) {
                covered.insert(*kind);
            }
            assert!(covered.contains(kind), "{}: no error is {kind}: {output:#?}", scenario.name);
        }
    }
    assert!(observability::has_traced_anything(), "no trace event was captured");

    let missing: Vec<_> =
        error_kinds_with_content().into_iter().filter(|kind| !covered.contains(kind.as_str())).collect();
    assert!(missing.is_empty(), "no scenario covers these error kinds; add one that does: {missing:?}");
}

#[test]
fn every_public_method_is_covered() {
    let covered: BTreeSet<_> = SCENARIOS.iter().flat_map(|scenario| scenario.methods).copied().collect();

    let methods = public_methods();
    assert!(!methods.is_empty());
    let missing: Vec<_> = methods.into_iter().filter(|method| !covered.contains(method.as_str())).collect();
    assert!(missing.is_empty(), "no scenario calls these methods; add one that does: {missing:?}");
}

#[test]
fn a_secret_is_found_in_every_encoding() {
    for form in secrets::encodings(CLIENT_SECRET) {
        assert!(secrets::find_in(&format!("<{form}>")).is_some(), "{form}");
    }
    assert!(secrets::find_in(&format!("user {CLIENT_ID}")).is_none(), "the client ID is not a secret");
}

/// Returns the names of the error kinds that have fields.
fn error_kinds_with_content() -> Vec<String> {
    let kinds = ERROR_KINDS.into_iter().flat_map(|(source, start)| {
        let body = source.split_once(start).unwrap().1.split_once("\n}").unwrap().0;
        let variants = body.lines().filter_map(|line| line.strip_prefix("    "));
        let variants = variants.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
        variants.filter_map(|line| Some(line.split_once(['(', ' '])?.0.to_owned()))
    });
    kinds.collect()
}

/// Returns the names of the public methods in `METHODS` and `STORE_METHODS`.
fn public_methods() -> Vec<String> {
    let lines = METHODS.into_iter().chain(STORE_METHODS).flat_map(str::lines).map(str::trim_start);
    let methods =
        lines.filter_map(|line| line.strip_prefix("pub async fn ").or(line.strip_prefix("pub fn ")));
    methods.map(|line| line.split(['(', '<']).next().unwrap().to_owned()).collect()
}
