//! A package that compiles a generated client in the place of the reviewed copy, without touching that copy.

use std::path::{Path, PathBuf};
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
    pub(crate) fn client(name: &str, source: &str) -> Result<Self> {
        let library = root().join("crates/moneykit-gen/src/lib.rs");
        Self::write(name, &library, source)
    }

    /// Writes a package with the types of a client only, which compile faster.
    pub(crate) fn types(name: &str, source: &str) -> Result<Self> {
        let secret = root().join("crates/moneykit-gen/src/secret.rs");
        let package = Self::write(name, Path::new("lib.rs"), source)?;
        let library = format!(
            "#[path = {:?}]\nmod secret;\n#[path = \"generated/client.rs\"]\nmod generated;\npub use generated::*;\npub \
             use secret::Secret;\n",
            secret.display().to_string()
        );
        std::fs::write(package.folder.join("lib.rs"), library)?;
        Ok(package)
    }

    fn write(name: &str, library: &Path, source: &str) -> Result<Self> {
        let folder = root().join("target/generated").join(name);
        std::fs::create_dir_all(folder.join("generated"))?;
        std::fs::write(folder.join("generated/client.rs"), source)?;
        std::fs::write(folder.join("Cargo.toml"), manifest(name, library))?;
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

fn manifest(name: &str, library: &Path) -> String {
    let example = root().join("crates/moneykit-gen/examples/schemas.rs").display().to_string();
    let library = library.display().to_string();
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
