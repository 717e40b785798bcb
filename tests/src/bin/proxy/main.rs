//! Measures `moneykit proxy` beside nginx: `cargo run --release -p moneykit-tests --bin proxy`.
//!
//! The same requests go to an upstream directly, through nginx (`proxy_pass` with a fixed `Authorization` header), and through
//! the proxy, in short rounds that alternate. Prints a table of the medians of the rounds. With `--requests`, sends this many
//! through the proxy instead, and prints its resident memory; exits with status 1 if that grows.
//!
//! The proxy is the release build beside this program: `cargo build --release -p moneykit-cli`.

#![cfg(unix)]
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring program that prints its results")]
#![expect(clippy::disallowed_methods, reason = "it measures on the real clock")]

mod load;
mod memory;
mod process;
mod report;
mod start;
mod subjects;
mod upstream;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use load::{Load, Scenario};
use report::Report;
use subjects::Subjects;
use upstream::Upstream;

/// Measures `moneykit proxy` beside nginx.
#[derive(Parser)]
struct Arguments {
    /// The number of rounds of each scenario
    #[arg(long, default_value_t = 30)]
    rounds: usize,
    /// The duration of a round, in milliseconds
    #[arg(long, default_value_t = 250)]
    round_ms: u64,
    /// Sends this many requests through the proxy, and watches its memory
    #[arg(long, conflicts_with = "start")]
    requests: Option<usize>,
    /// Measures the time from the start of `moneykit request` to the request, beside curl's
    #[arg(long)]
    start: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let upstream = Upstream::start();
    let passes = match arguments {
        Arguments { requests: Some(requests), .. } => memory::measure(&upstream, requests),
        Arguments { start: true, rounds, .. } => start::measure(rounds),
        Arguments { rounds, round_ms, .. } => compare(&upstream, rounds, Duration::from_millis(round_ms)),
    };
    if passes { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn compare(upstream: &Upstream, rounds: usize, duration: Duration) -> bool {
    let subjects = Subjects::start(upstream);
    let load = Load::new();
    for scenario in Scenario::ALL {
        let mut report = Report::new(scenario);
        for round in 0..=rounds {
            for subject in subjects.all() {
                let measurement = load.run(subject, scenario, duration);
                // The first round opens connections and warms caches.
                if round > 0 {
                    report.add(subject.name, measurement);
                }
            }
        }
        println!("{report}");
    }
    true
}
