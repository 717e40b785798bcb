//! Follows the steps of "Add an operation in five minutes" in CONTRIBUTING.md in a copy of the workspace, and calls
//! further new operations there through the raw client.

mod steps;
mod workspace;

use std::fs;

use steps::{Step, steps};
use workspace::Workspace;

use crate::root;

/// Operations beyond that of CONTRIBUTING.md: one with a path and a query parameter, and one without a bearer token.
const FURTHER_PATHS: &str = include_str!("add_an_operation/further_paths.yaml");
const FURTHER_SCHEMAS: &str = include_str!("add_an_operation/further_schemas.yaml");
/// The test that calls them, compiled in the copy.
const FURTHER_TEST: &str = include_str!("add_an_operation/raw_client.rs");

#[test]
fn the_documented_steps_add_an_authenticated_operation() {
    let contributing = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let workspace = Workspace::copy();
    workspace.insert_below("spec/openapi.yaml", "paths:", FURTHER_PATHS);
    workspace.insert_below("spec/openapi.yaml", "  schemas:", FURTHER_SCHEMAS);

    let mut outputs = Vec::new();
    for step in steps(&contributing, "## Add an operation in five minutes") {
        match step {
            Step::InsertBelow { line, yaml } => workspace.insert_below("spec/openapi.yaml", &line, &yaml),
            Step::Write { path, rust } => workspace.write(&path, &rust),
            Step::Run { command } => outputs.push((workspace.run(&command), command)),
        }
    }

    let commands: Vec<_> = outputs.iter().map(|(_, command)| command.as_str()).collect();
    assert_eq!(
        commands,
        ["cargo xtask regen", "cargo test -p moneykit --test get_link", "cargo xtask regen --check"]
    );
    assert!(workspace.read("crates/moneykit-gen/generated/client.rs").contains("pub fn get_link("));
    // The documented test makes an authenticated call of the new operation on an emulator.
    assert!(outputs[1].0.contains("test result: ok. 1 passed"), "{outputs:?}");
    assert_eq!(outputs[2].0, "");
    assert!(workspace.is_unchanged("Cargo.lock"), "the new operation needs other dependencies");

    // In the package that has a mock server among its dependencies. With the features of CI's tests, the dependencies are
    // those that CI has compiled.
    workspace.write("tests/tests/raw_client.rs", FURTHER_TEST);
    let features = "moneykit-emulator/process,moneykit-gen/httpmock,moneykit-gen/schemars";
    let output = workspace.run(&format!("cargo test --workspace --features {features} --test raw_client"));
    let tests = FURTHER_TEST.matches("#[tokio::test]").count();
    assert!(output.contains(&format!("test result: ok. {tests} passed")), "{output}");
}
