//! Measures a token's lifecycle under load: `cargo run --release -p moneykit-tests --bin lifecycle`.
//!
//! Prints tables of scenarios and their measurements. The server counts requests; the program exits with status 1
//! if a count misses its goal. Times are shown and not checked, since machines differ.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring program that prints its results")]
#![expect(clippy::disallowed_methods, reason = "the wait of callers is measured on the real clock")]

mod api;
mod report;
mod scenarios;
mod server;
mod unauthorized;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use report::Report;

/// Measures a token's lifecycle under load.
#[derive(Parser)]
struct Arguments {
    /// Measures one part only. The scenarios of 401s take two minutes, the others ten seconds.
    #[arg(long)]
    only: Option<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Cold start, refresh, cancellation, and a failing refresh.
    Refresh,
    /// 401s from the API.
    Unauthorized,
}

fn main() -> ExitCode {
    let Arguments { only } = Arguments::parse();
    let is_selected = |part| only.is_none_or(|only| only == part);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut passes = true;
    if is_selected(Part::Refresh) {
        let report = runtime.block_on(refresh());
        println!("{report}");
        passes &= report.passes();
    }
    if is_selected(Part::Unauthorized) {
        let comparison = runtime.block_on(unauthorized::measure());
        println!("{comparison}");
        passes &= comparison.passes();
    }
    if passes { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn refresh() -> Report {
    let mut report = Report::default();
    scenarios::cold_start(&mut report).await;
    scenarios::refresh(&mut report).await;
    scenarios::cancellation(&mut report).await;
    scenarios::failing_refresh(&mut report).await;
    report
}
