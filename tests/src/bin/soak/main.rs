//! A soak test: clients under mixed random load, against a token endpoint, an API and a network that fail at random.
//!
//! Run it with `cargo run --release -p moneykit-tests --bin soak`. A seed determines the random choices of callers
//! and servers. The program prints its counts, and exits with status 1 if a guarantee of the client was violated.

#![expect(clippy::print_stdout, reason = "a measuring program that prints its results")]
#![expect(clippy::disallowed_methods, reason = "the wait of callers is measured on the real clock")]

mod api;
mod callers;
mod clock;
mod faults;
mod harness;
mod incidents;
mod ledger;
mod memory;
mod outage;
mod recovery;
mod refresh_log;
mod requests;
mod schedule;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use moneykit_tests::pause;

use harness::Harness;
use ledger::Ledger;
use memory::Memory;
use refresh_log::RefreshLog;
use schedule::Schedule;

/// Puts clients under mixed random load, against servers with random faults.
#[derive(Parser)]
struct Arguments {
    /// The duration of the run in seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,

    /// The seed of the random choices.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ledger = Arc::new(Ledger::default());
    tracing::subscriber::set_global_default(RefreshLog::new(Arc::clone(&ledger)))?;
    let harness = Harness::start(arguments.seed, Arc::clone(&ledger))?;
    runtime.block_on(run(harness, &arguments));
    println!("{ledger}");
    Ok(if ledger.has_violations() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn run(harness: Harness, arguments: &Arguments) {
    const CALLERS: u64 = 100;

    let harness = Arc::new(harness);
    let callers: Vec<_> = (0..CALLERS)
        .map(|number| tokio::spawn(callers::call(Arc::clone(&harness), arguments.seed ^ (number << 32))))
        .collect();
    let mut schedule = Schedule::new(arguments.seed);
    let mut memory = Memory::default();
    let end = Instant::now() + Duration::from_secs(arguments.seconds);
    for second in 1_u64.. {
        pause(Duration::from_secs(1)).await;
        memory.sample();
        schedule.tick(second, &harness);
        if Instant::now() >= end {
            break;
        }
    }
    drop(schedule);
    harness.stop();
    for caller in callers {
        if caller.await.is_err() {
            harness.ledger.report_violation("a caller panicked");
        }
    }
    if let Some((early, late)) = memory.peaks() {
        harness.ledger.check_memory(early, late);
    }
    recovery::check(&harness).await;
    let ledger = Arc::clone(&harness.ledger);
    // Drops the clients, each of which reports its status to the ledger. The servers stop as well; they have their
    // own runtimes.
    drop(harness);
    ledger.check_request_counts();
    check_task_leaks(&ledger).await;
}

/// Checks that the tasks that clients spawned end after the clients are dropped.
async fn check_task_leaks(ledger: &Ledger) {
    let metrics = tokio::runtime::Handle::current().metrics();
    for _ in 0..100 {
        if metrics.num_alive_tasks() == 0 {
            return;
        }
        pause(Duration::from_millis(100)).await;
    }
    ledger.report_violation(&format!(
        "{} tasks are alive after all clients were dropped",
        metrics.num_alive_tasks()
    ));
}
