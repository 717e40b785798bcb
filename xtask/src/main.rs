//! The workspace's chores. `cargo xtask help` lists them; each has a file of its own.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what a tool does")]

mod changelog;
mod ci;
mod diff;
mod fuzz;
mod guard;
mod lint;
mod reference;
mod regen;
mod release_check;
mod tidy;
mod upstream;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The workspace's chores.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write what is made from spec/openapi.yaml: the reviewed copy of the client, and spec/README.md
    Regen {
        /// Write nothing; show what is stale and exit with 1 if anything is
        #[arg(long)]
        check: bool,
    },
    /// Compare two contracts, and judge each change by what it does to clients
    ///
    /// What a client sends and what it receives break in opposite ways, so each schema is judged in every place
    /// where an operation uses it. Exits with 0 if nothing breaks, with 1 if something does, with 2 if something
    /// changed that no rule covers or if a contract can't be read.
    #[command(after_help = "Examples:\n  cargo xtask diff HEAD                     \
                            what the working tree changes\n  cargo xtask diff v0.1.0 v0.2.0 --format markdown\n  \
                            cargo xtask diff old.yaml new.yaml --format json")]
    Diff(diff::Arguments),
    /// Say where the vendor's OpenAPI document and the contract disagree, for the operations that the contract has
    ///
    /// What differs is judged as a change from the contract to the vendor's document: what is breaking there breaks
    /// the clients that are built from the contract. Exits as `diff` does.
    Upstream(upstream::Arguments),
    /// Fail if the contract breaks what was released, without a version and a changelog line that say so
    Guard,
    /// Say what is missing before the version in Cargo.toml can be released; publish nothing
    ReleaseCheck,
    /// Judge the contract by the rules of the house; exit with 1 if it breaks any, with 2 if it can't be read
    Lint {
        /// The contract; spec/openapi.yaml if none is named
        file: Option<PathBuf>,
        /// Ask Redocly and Spectral as well, which needs Node.js
        #[arg(long)]
        all_linters: bool,
    },
    /// Hold what must hold for every input against inputs that a fuzzer makes up; needs cargo-fuzz
    Fuzz {
        /// The target; all of them in turn if none is named
        target: Option<String>,
        /// How long each target goes on
        #[arg(long, default_value_t = 600)]
        seconds: u64,
    },
    /// Check the invariants of the workspace that a program can check (crates/README.md lists them)
    Tidy,
    /// Run everything that CI runs, in the same order
    Ci,
}

/// What a task found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Pass,
    /// Something is not as it should be; it was printed, with the way to mend it.
    Fail,
}

fn main() -> ExitCode {
    let verdict = match Arguments::parse().task {
        Task::Regen { check } => regen::run(if check { regen::Mode::Check } else { regen::Mode::Write }),
        Task::Diff(arguments) => diff::run(&arguments),
        Task::Upstream(arguments) => upstream::run(&arguments),
        Task::Guard => guard::run(),
        Task::ReleaseCheck => release_check::run(),
        Task::Lint { file, all_linters } => {
            lint::run(file.as_deref(), if all_linters { lint::Linters::All } else { lint::Linters::Ours })
        }
        Task::Fuzz { target, seconds } => fuzz::run(target.as_deref(), seconds),
        Task::Tidy => tidy::run(),
        Task::Ci => ci::run(),
    };
    match verdict {
        Ok(Outcome::Pass) => ExitCode::SUCCESS,
        Ok(Outcome::Fail) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}
