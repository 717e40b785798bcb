//! Measures a fleet of processes that share a token: `cargo run --release -p moneykit-tests --bin fleet`.
//!
//! Starts a hundred processes, an emulator and a Redis server, and prints what each scenario costs with the shared
//! store and without it. Exits with status 1 if a process was ever without a valid token, or if there were more token
//! requests than the scenario permits. Times are shown and not checked, since machines differ.

#![expect(clippy::print_stdout, reason = "a measuring program that prints its results")]
#![expect(clippy::disallowed_methods, reason = "waits are measured on the real clock")]

mod fleet;
mod member;
mod redis_server;
mod report;
mod scenarios;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use member::Member;
use scenarios::Scenarios;

/// Measures a fleet of processes that share a token.
#[derive(Parser)]
struct Arguments {
    /// The number of processes.
    #[arg(long, default_value_t = 100)]
    processes: usize,

    /// The lifetime of tokens in seconds. A token is refreshed after seven to eight tenths of it.
    #[arg(long, default_value_t = 12)]
    lifetime: u64,

    /// The number of lifetimes for which the fleet refreshes its token: 24 are a day of tokens that live for an hour.
    #[arg(long, default_value_t = 4)]
    lifetimes: u32,

    /// Runs as one process of the fleet.
    #[arg(long, hide = true)]
    member: bool,

    /// The base URL of the API, for a process of the fleet.
    #[arg(long, hide = true, default_value = "")]
    url: String,

    /// The URL of the shared store, for a process of the fleet.
    #[arg(long, hide = true)]
    store: Option<String>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let Arguments { processes, lifetime, lifetimes, member, url, store } = Arguments::parse();
    if member {
        Member { url, store }.run()?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut scenarios = Scenarios::new(processes, Duration::from_secs(lifetime), lifetimes)?;
    let report = scenarios.run()?;
    println!("{report}");
    Ok(if report.passes() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
