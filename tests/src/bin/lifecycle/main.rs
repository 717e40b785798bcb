//! The life of a token under load: `cargo run --release -p moneykit-tests --bin lifecycle`.
//!
//! Prints a table of scenarios with what was measured. Requests are counted by the server, and a count that is not what
//! it must be ends the program with 1; times are only shown, since machines differ.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program that measures, and prints")]
#![expect(clippy::disallowed_methods, reason = "what people wait for is measured by the real clock")]

mod pause;
mod report;
mod scenarios;
mod server;

use std::process::ExitCode;

use report::Report;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let report = runtime.block_on(async {
        let mut report = Report::default();
        scenarios::cold(&mut report).await;
        scenarios::refresh(&mut report).await;
        scenarios::impatience(&mut report).await;
        scenarios::failing_refresh(&mut report).await;
        report
    });
    print!("{report}");
    if report.is_fine() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
