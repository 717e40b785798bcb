//! Runs every path of the library with a secret and a token that are easy to find, and looks for them in all that
//! anybody could see: values that are printed, errors with their sources, and everything that is traced.
//!
//! `PATHS` is the table. A method and a kind of error that no path goes through make the test fail.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod canary {
    pub(crate) mod birds;
    pub(crate) mod paths;
    mod requests;
    pub(crate) mod seen;
}
#[allow(dead_code, reason = "the other tests use more of it")]
#[path = "it/scripted.rs"]
mod scripted;

use std::collections::BTreeSet;

use canary::birds::{CLIENT_ID, CLIENT_SECRET};
use canary::paths::PATHS;
use canary::{birds, seen};

#[test]
fn no_secret_is_seen_on_any_path() {
    seen::start_tracing();
    let mut told = BTreeSet::new();
    for path in PATHS {
        seen::empty();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let shown = runtime.block_on((path.run)());
        assert!(!shown.is_empty(), "{}: nothing was shown", path.name);
        for text in shown.iter().chain(&[seen::traced()]) {
            if let Some(bird) = birds::found_in(text) {
                panic!("{}: the {bird} is in this:\n{text}", path.name);
            }
        }
        told.extend(path.tells.iter().copied().filter(|kind| shown.iter().any(|text| text.contains(kind))));
        for kind in path.tells {
            assert!(told.contains(kind), "{}: no error was {kind}: {shown:#?}", path.name);
        }
    }
    assert!(seen::traced_anything(), "the traces were not seen at all");

    let untold: Vec<_> =
        kinds_with_content().into_iter().filter(|kind| !told.contains(kind.as_str())).collect();
    assert!(untold.is_empty(), "no path shows these errors, so add one that does: {untold:?}");
}

#[test]
fn every_method_is_on_a_path() {
    let called: BTreeSet<_> = PATHS.iter().flat_map(|path| path.calls).copied().collect();

    let missing: Vec<_> = methods().into_iter().filter(|method| !called.contains(method.as_str())).collect();
    assert!(missing.is_empty(), "no path calls these, so add one that does: {missing:?}");
}

#[test]
fn a_canary_is_found_in_each_of_its_forms() {
    for form in birds::forms(CLIENT_SECRET) {
        assert!(birds::found_in(&format!("<{form}>")).is_some(), "{form}");
    }
    assert!(birds::found_in(&format!("user {CLIENT_ID}")).is_none(), "the ID is no secret");
}

/// Lists the kinds of errors that hold anything.
fn kinds_with_content() -> Vec<String> {
    let sources = [
        (include_str!("../src/error/mod.rs"), "pub(crate) enum Kind {"),
        (include_str!("../src/error/request.rs"), "pub(crate) enum RequestError {"),
    ];
    let kinds = sources.into_iter().flat_map(|(source, start)| {
        let kinds = source.split_once(start).unwrap().1.split_once("\n}").unwrap().0;
        let variants = kinds.lines().filter_map(|line| line.strip_prefix("    "));
        let variants = variants.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
        variants.filter_map(|line| Some(line.split_once(['(', ' '])?.0.to_owned()))
    });
    kinds.collect()
}

/// Lists the public methods that can show or send anything.
fn methods() -> Vec<String> {
    let sources = [
        include_str!("../src/client/mod.rs"),
        include_str!("../src/request/mod.rs"),
        include_str!("../src/request/authorize.rs"),
        include_str!("../src/request/response.rs"),
    ];
    let lines = sources.into_iter().flat_map(str::lines).map(str::trim_start);
    let methods =
        lines.filter_map(|line| line.strip_prefix("pub async fn ").or(line.strip_prefix("pub fn ")));
    methods.map(|line| line.split(['(', '<']).next().unwrap().to_owned()).collect()
}
