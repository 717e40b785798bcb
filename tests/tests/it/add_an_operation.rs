//! "Add an operation in five minutes" in CONTRIBUTING.md, followed to the letter in a copy of the workspace.

mod steps;
mod workspace;

use std::fs;

use steps::{Step, steps};
use workspace::Workspace;

use crate::root;

#[test]
fn the_steps_end_with_an_authenticated_call_of_the_new_operation() {
    let contributing = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let workspace = Workspace::copy();

    let mut printed = Vec::new();
    for step in steps(&contributing, "## Add an operation in five minutes") {
        match step {
            Step::PutBelow { line, yaml } => workspace.put_below("spec/openapi.yaml", &line, &yaml),
            Step::Write { path, rust } => workspace.write(&path, &rust),
            Step::Run { command } => printed.push((workspace.run(&narrowed(&command)), command)),
        }
    }

    let commands: Vec<_> = printed.iter().map(|(_, command)| command.as_str()).collect();
    assert_eq!(
        commands,
        ["cargo xtask regen", "cargo test -p moneykit --test get_link", "cargo xtask regen --check"]
    );
    assert!(workspace.read("crates/moneykit-gen/generated/client.rs").contains("pub fn get_link("));
    // The call itself, with its token, is among the steps: a test on an emulator.
    assert!(printed[1].0.contains("test result: ok. 1 passed"), "{printed:?}");
    assert_eq!(printed[2].0, "");
    assert!(workspace.has_the_same_as_ours("Cargo.lock"), "the new operation asks for other dependencies");
}

/// Leaves TLS out: it is half of what a cold run compiles, and nothing leaves the machine here.
fn narrowed(command: &str) -> String {
    const WITHOUT_TLS: &str = "cargo test -p moneykit --no-default-features --features codegen ";
    command.replace("cargo test -p moneykit ", WITHOUT_TLS)
}
