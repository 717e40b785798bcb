//! Generates a client in the build script of a user's crate.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::contract::Contract;
use crate::dependencies::dependencies;
use crate::embed::{embed, embed_mocks};
use crate::error::{Diagnostic, Error};
use crate::generate::generate_as;

/// Settings of [`compile`], for crates that its defaults do not fit.
///
/// ```no_run
/// fn main() -> Result<(), moneykit_codegen::Error> {
///     moneykit_codegen::Config::new().moneykit_path("::bank").compile("contracts/links.yaml")
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    moneykit_path: String,
    out_dir: Option<PathBuf>,
    httpmock: bool,
}

/// Generates the client of a contract into `OUT_DIR`, where `moneykit::include_client!` finds it.
///
/// It is meant for build scripts: cargo runs the script again when the contract changes. An error that `main` returns is
/// printed with the file, the line and the remedy of every mistake in the contract. Several contracts need a call each;
/// the name of a contract without its extension is what the macro takes.
///
/// ```no_run
/// fn main() -> Result<(), moneykit_codegen::Error> {
///     moneykit_codegen::compile("openapi.yaml")
/// }
/// ```
///
/// # Errors
///
/// Returns an error if the contract can't be read or is [rejected](Contract::parse), if the generator can't express it,
/// if its types need a crate that `Cargo.toml` does not depend on (the message has the line to add), or if the client
/// can't be written.
pub fn compile(contract: impl AsRef<Path>) -> Result<(), Error> {
    Config::new().compile(contract)
}

impl Config {
    /// Creates the settings that [`compile`] uses.
    pub fn new() -> Self {
        Self { moneykit_path: "::moneykit".to_owned(), out_dir: None, httpmock: false }
    }

    /// Sets the path of the crate `moneykit` in generated code. The default is `::moneykit`; a crate that has renamed the
    /// dependency, or re-exports it, sets another.
    #[must_use]
    pub fn moneykit_path(self, path: impl Into<String>) -> Self {
        Self { moneykit_path: path.into(), ..self }
    }

    /// Sets the folder that the client is written to. The default is the folder `moneykit` in `OUT_DIR`, where
    /// `moneykit::include_client!` looks; a client elsewhere is included with `include!`.
    #[must_use]
    pub fn out_dir(self, folder: impl Into<PathBuf>) -> Self {
        Self { out_dir: Some(folder.into()), ..self }
    }

    /// Generates typed helpers for tests with the crate `httpmock` as well. The default is false.
    ///
    /// `moneykit::include_mocks!` includes them, in a module of the crate's tests. They use `httpmock` 0.9, a development
    /// dependency of the crate.
    #[must_use]
    pub fn httpmock(self, httpmock: bool) -> Self {
        Self { httpmock, ..self }
    }

    /// Generates the client of a contract with these settings.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`compile`].
    pub fn compile(&self, contract: impl AsRef<Path>) -> Result<(), Error> {
        let path = contract.as_ref();
        rerun_if_changed(path);
        let fail = |message: String, help: &str| Error::new(path, vec![Diagnostic::new(None, message, help)]);
        let contract = Contract::read(path)?;
        let client = generate_client(&contract, &self.moneykit_path)?;
        let mocks = self.httpmock.then(|| generate_mocks(&contract, &self.moneykit_path)).transpose()?;
        let manifest = variable("CARGO_MANIFEST_DIR").map(|folder| folder.join("Cargo.toml"));
        let manifest = manifest.and_then(|manifest| std::fs::read_to_string(manifest).ok());
        if let Some(message) = manifest.as_ref().and_then(|manifest| missing_dependencies(&client, manifest))
        {
            return Err(fail(message, "add these lines to `[dependencies]` in `Cargo.toml`"));
        }
        if self.httpmock && manifest.is_some_and(|manifest| !declares(&manifest, "httpmock", true)) {
            let message =
                "the helpers for tests need the crate `httpmock`, which `Cargo.toml` does not depend on";
            return Err(fail(message.to_owned(), HTTPMOCK_HELP));
        }
        let folder = match (&self.out_dir, variable("OUT_DIR")) {
            (Some(folder), _) => folder.clone(),
            (None, Some(folder)) => folder.join("moneykit"),
            (None, None) => {
                let help = "call `compile` from a build script, or set `out_dir`";
                return Err(fail("there is no folder for the client: OUT_DIR is not set".to_owned(), help));
            }
        };
        let stem = path.file_stem().unwrap_or(path.as_os_str());
        let file = |extension: &str| {
            let mut name = stem.to_owned();
            name.push(extension);
            folder.join(name)
        };
        let client_file = file(".rs");
        if !WRITTEN.lock().unwrap_or_else(PoisonError::into_inner).insert(client_file.clone()) {
            let message = format!("another contract was compiled to {} in this build", client_file.display());
            return Err(fail(
                message,
                "give each contract a file name of its own: it names the client in the macro",
            ));
        }
        let write = |file: PathBuf, source: &str| {
            std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, source)).map_err(|error| {
                fail(format!("{} can't be written: {error}", file.display()), "check the folder")
            })
        };
        write(client_file, &client)?;
        mocks.map_or(Ok(()), |mocks| write(file(".mocks.rs"), &mocks))
    }
}

const HTTPMOCK_HELP: &str = r#"add `httpmock = { version = "0.9", default-features = false }` to `[dev-dependencies]` in `Cargo.toml`"#;

/// The clients that this build script has written.
static WRITTEN: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the source of the client of a contract for a crate that depends on `moneykit`, whose path is
/// `moneykit_path`. [`compile`] writes it.
///
/// # Errors
///
/// Returns a diagnostic at the schema or the operation that the generator can't express.
pub fn generate_client(contract: &Contract, moneykit_path: &str) -> Result<String, Error> {
    generate_with(contract, moneykit_path, embed)
}

/// Returns the source of the typed helpers for tests with `httpmock`.
fn generate_mocks(contract: &Contract, moneykit_path: &str) -> Result<String, Error> {
    generate_with(contract, moneykit_path, embed_mocks)
}

fn generate_with(
    contract: &Contract,
    moneykit_path: &str,
    embed: fn(syn::File, &Contract, &syn::Path) -> String,
) -> Result<String, Error> {
    let parse = || syn::parse_str(moneykit_path);
    if parse().is_err() {
        let message = format!("`{moneykit_path}` is not the path of a crate");
        return Err(contract.reject(Diagnostic::new(None, message, "pass a path such as `::moneykit`")));
    }
    // The path can't be shared with the generator's thread.
    generate_as(contract, |file| parse().map(|path| embed(file, contract, &path)).unwrap_or_default())
}

#[expect(clippy::print_stdout, reason = "build scripts talk to cargo this way")]
fn rerun_if_changed(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}

#[expect(clippy::disallowed_methods, reason = "cargo passes folders to build scripts this way")]
fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}

/// Returns the lines that a manifest lacks for the crates that a source needs.
fn missing_dependencies(source: &str, manifest: &str) -> Option<String> {
    let missing = dependencies(source);
    let missing: Vec<_> = missing.into_iter().filter(|one| !declares(manifest, one.name, false)).collect();
    if missing.is_empty() {
        return None;
    }
    let mut message = "the client needs crates that `Cargo.toml` does not depend on:".to_owned();
    for one in missing {
        // Writing to a string does not fail.
        let _ = write!(message, "\n    {} # for {}", one.line, one.reason);
    }
    Some(message)
}

/// Returns true if a manifest has a dependency with this name. Those for builds do not count, and those for tests only if
/// `dev` is true.
///
/// The manifest is not parsed, only searched: cargo has parsed it already, and a dependency that is found wrongly leads to
/// an error of the compiler that names the crate as well.
fn declares(manifest: &str, name: &str, dev: bool) -> bool {
    let mut counts = true;
    manifest.lines().map(str::trim).any(|line| {
        if line.starts_with('[') {
            counts = !line.contains("build-dependencies") && (dev || !line.contains("dev-dependencies"));
        }
        let key = line.strip_prefix(name).map(str::trim_start);
        let is_named = key.is_some_and(|rest| rest.starts_with(['=', '.']))
            || line.ends_with(&format!("dependencies.{name}]"));
        counts && is_named
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_dependency_is_named_with_its_line() {
        let source = "a: ::chrono::NaiveDate, b: ::uuid::Uuid";

        let message = missing_dependencies(source, "[dependencies]\nuuid = \"1\"\n").unwrap();

        assert!(message.contains("\n    chrono = { version"), "{message}");
        assert!(!message.contains("uuid"), "{message}");
    }

    #[test]
    fn dependencies_are_found_in_each_form() {
        let source = "a: ::uuid::Uuid";
        for manifest in [
            "uuid = \"1\"",
            "  uuid={ version = \"1\" }",
            "uuid.workspace = true",
            "[dependencies.uuid]",
            "[target.'cfg(unix)'.dependencies.uuid]",
        ] {
            assert_eq!(missing_dependencies(source, manifest), None, "{manifest}");
        }
        assert!(missing_dependencies(source, "uuid-simd = \"1\"").is_some());
        assert!(missing_dependencies(source, "[dev-dependencies]\nuuid = \"1\"").is_some());
    }

    #[test]
    fn a_client_that_would_replace_another_is_refused() {
        let folder = std::env::temp_dir().join(format!("moneykit-codegen-{}", std::process::id()));
        let contract = "openapi: 3.0.3\ninfo: { title: A, version: '1' }\npaths: {}\n";
        for part in ["one", "two"] {
            std::fs::create_dir_all(folder.join(part)).unwrap();
            std::fs::write(folder.join(part).join("openapi.yaml"), contract).unwrap();
        }
        let config = Config::new().out_dir(&folder);

        config.compile(folder.join("one/openapi.yaml")).unwrap();
        let error = config.compile(folder.join("two/openapi.yaml")).unwrap_err();

        assert!(error.to_string().contains("give each contract a file name of its own"), "{error}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
