//! Development tasks of the workspace. `cargo xtask help` lists them; each has its own file.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what a tool does")]

mod changelog;
mod ci;
mod coverage;
mod diff;
mod extract;
mod fuzz;
mod generated_package;
mod guard;
mod languages;
mod lint;
mod packages;
mod reference;
mod regen;
mod release_check;
mod roundtrip;
mod size;
mod terminal;
mod tidy;
mod upstream;
mod uses;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use moneykit_contract::EscapedLines;

/// Development tasks of the workspace
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Generate the files that are derived from spec/openapi.yaml
    ///
    /// Writes the reviewed copy of the generated client, the reference in spec/README.md, and the copies of the contract
    /// that moneykit-gen and moneykit-cli publish. Then checks that the generated types preserve the whole contract.
    Regen {
        /// Write nothing; print what is stale and exit with 1 if anything is
        #[arg(long)]
        check: bool,
    },
    /// Compare two contracts and classify each change by its effect on clients
    ///
    /// Requests and responses break in opposite ways, so each schema is compared once for each direction. A change in a
    /// schema that several operations share is reported once, with these operations. OpenAPI 3.1 is compared as 3.0.
    /// Exits with 0 if nothing breaks, with 1 if something does, and with 2 if no rule covers a change or a contract
    /// can't be read.
    #[command(after_help = "Examples:\n  cargo xtask diff HEAD                     \
                            changes of the working tree\n  cargo xtask diff v0.1.0 v0.2.0 --format markdown\n  \
                            cargo xtask diff old.yaml new.yaml --format json")]
    Diff(diff::Arguments),
    /// Compare the contract with the vendor's OpenAPI document
    ///
    /// Covers the operations that the contract has. Differences are classified as changes from the contract to the
    /// vendor's document: a breaking one breaks clients that were built from the contract. Exit codes are those of
    /// `diff`; a part that can't be compared exits with 2, unless spec/upstream.yaml accepts it.
    Upstream(upstream::Arguments),
    /// Report how many operations of a vendor's document become a client, and why the others do not
    ///
    /// Cuts out each operation as an author of a contract would, runs the checks and the generator, compiles what it
    /// returns, and proves that the types preserve the contract, as `regen` does. Prints the numbers as a table of one row,
    /// and groups the operations that fail by the reason.
    Coverage(coverage::Arguments),
    /// Cut operations out of a vendor's document as a contract
    ///
    /// The contract has all that the operations refer to, in OpenAPI 3.0. What was lost, assumed or marked as a secret goes
    /// to standard error. Exits with 0 if `lint` accepts the contract, with 1 if it has to be corrected, and with 2 if
    /// there is none.
    #[command(after_help = "Example:\n  cargo xtask extract vendor.yaml --operation get_accounts \\\n    \
                            --operation 'GET /links/{id}' -o contract.yaml")]
    Extract(extract::Arguments),
    /// Check that breaking changes since the last release have a version and a changelog entry
    Guard,
    /// Check whether the version in Cargo.toml is ready to be released; publish nothing
    ReleaseCheck,
    /// Lint a contract
    ///
    /// Checks that a client can be generated, that secrets are marked, and that examples are valid. The workspace's contract
    /// must be described as well, with tags and examples.
    ///
    /// Exits with 0 if no rule is violated, with 1 if one is, and with 2 if the contract can't be read.
    Lint {
        /// The contract [default: spec/openapi.yaml]
        file: Option<PathBuf>,
        /// Require descriptions, tags and examples, as of the workspace's contract
        #[arg(long)]
        house_style: bool,
        /// Run Redocly and Spectral as well; requires Node.js
        #[arg(long)]
        all_linters: bool,
    },
    /// Run the fuzz targets; requires cargo-fuzz
    Fuzz {
        /// The target to run [default: each in turn]
        target: Option<String>,
        /// The number of seconds to run each target
        #[arg(long, default_value_t = 600)]
        seconds: u64,
    },
    /// Check the size of the command-line tool; builds a release of it
    Size,
    /// Test the emulator and the proxy from other languages, and the code of the guide; requires Python and Node.js
    Languages,
    /// Check the invariants of the workspace: dependencies, layers, fuzz targets, test hygiene, files and words
    Tidy,
    /// Package the published crates and check that the packages compile
    Packages,
    /// Run every step of CI
    Ci,
}

/// The outcome of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Pass,
    /// The task found something wrong and printed it together with a fix.
    Fail,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Regen { check } => regen::run(if check { regen::Mode::Check } else { regen::Mode::Write }),
        Task::Diff(arguments) => diff::run(&arguments),
        Task::Upstream(arguments) => upstream::run(&arguments),
        Task::Coverage(arguments) => coverage::run(&arguments),
        Task::Extract(arguments) => extract::run(&arguments),
        Task::Guard => guard::run(),
        Task::ReleaseCheck => release_check::run(),
        Task::Lint { file, house_style, all_linters } => {
            let linters = if all_linters { lint::Linters::All } else { lint::Linters::Own };
            lint::run(file.as_deref(), house_style, linters)
        }
        Task::Fuzz { target, seconds } => fuzz::run(target.as_deref(), seconds),
        Task::Size => size::run(),
        Task::Languages => languages::run(),
        Task::Tidy => tidy::run(),
        Task::Packages => packages::run(),
        Task::Ci => ci::run(),
    };
    match outcome {
        Ok(Outcome::Pass) => ExitCode::SUCCESS,
        Ok(Outcome::Fail) => ExitCode::from(1),
        Err(error) => {
            // An error can quote a document, which must not control the terminal.
            eprintln!("{}", EscapedLines(format!("{error:#}")));
            ExitCode::from(2)
        }
    }
}
