//! Measures a token's lifecycle under load: `cargo run --release -p moneykit-tests --bin lifecycle`.
//!
//! Prints a table of scenarios and their measurements. The server counts requests; the program exits with status 1
//! if a count exceeds its limit. Times are shown and not checked, since machines differ.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring program that prints its results")]
#![expect(clippy::disallowed_methods, reason = "the wait of callers is measured on the real clock")]

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
        scenarios::cold_start(&mut report).await;
        scenarios::refresh(&mut report).await;
        scenarios::cancellation(&mut report).await;
        scenarios::failing_refresh(&mut report).await;
        report
    });
    print!("{report}");
    if report.passes() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
