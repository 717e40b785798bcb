//! A package that compiles a generated client in the place of the reviewed copy, without touching that copy.

use std::path::PathBuf;
use std::process::{Command, Output};

use anyhow::{Context, Result};
use moneykit_codegen::DEPENDENCIES;

use crate::workspace::root;

/// The sources of `moneykit-gen`, with another client.
pub(crate) struct GeneratedPackage {
    folder: PathBuf,
}

impl GeneratedPackage {
    /// Writes the package for a client. It has every dependency that generated code can need.
    pub(crate) fn write(name: &str, source: &str) -> Result<Self> {
        let folder = root().join("target/generated").join(name);
        std::fs::create_dir_all(folder.join("generated"))?;
        std::fs::write(folder.join("generated/client.rs"), source)?;
        std::fs::write(folder.join("Cargo.toml"), manifest(name))?;
        // The versions are those of the workspace.
        std::fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Self { folder })
    }

    /// Runs cargo in the package: offline if the packages are there, since most are those of the workspace.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Result<Output> {
        let run = |offline: bool| {
            let mut command = Command::new(env!("CARGO"));
            command.args(arguments).env("CARGO_TARGET_DIR", root().join("target/generated/target"));
            if offline {
                command.arg("--offline");
            }
            command.current_dir(&self.folder).output().context("can't run cargo")
        };
        let output = run(true)?;
        let is_missing = String::from_utf8_lossy(&output.stderr).contains("--offline");
        if is_missing { run(false) } else { Ok(output) }
    }
}

fn manifest(name: &str) -> String {
    let sources = root().join("crates/moneykit-gen");
    let text = |path: &str| sources.join(path).display().to_string();
    let (library, example) = (text("src/lib.rs"), text("examples/schemas.rs"));
    let lines: Vec<&str> = DEPENDENCIES.iter().map(|dependency| dependency.line).collect();
    let features: Vec<String> = DEPENDENCIES
        .iter()
        .filter_map(|dependency| dependency.schemars)
        .map(|one| format!("{one:?}"))
        .collect();
    format!(
        r#"[package]
name = "generated-{name}"
version = "0.0.0"
edition = "2024"

[workspace]

[lib]
name = "moneykit_gen"
path = {library:?}

[[example]]
name = "schemas"
path = {example:?}
required-features = ["schemars"]

[features]
codegen = []
httpmock = []
schemars = ["dep:schemars", {features}]

[dependencies]
progenitor-client = "0.15"
reqwest = {{ version = "0.13", default-features = false, features = ["json", "query", "stream"] }}
schemars = {{ version = "1", optional = true }}
secrecy = "0.10"
serde = {{ version = "1", features = ["derive"] }}
serde_json = "1"
{lines}

[profile.dev]
debug = false
incremental = false
"#,
        features = features.join(", "),
        lines = lines.join("\n"),
    )
}
