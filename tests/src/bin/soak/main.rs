//! A soak test: clients under mixed random load, against an emulator with random faults.
//!
//! Run it with `cargo run --release -p moneykit-tests --bin soak`. A seed determines the random choices of callers
//! and emulator. The program prints its counts, and exits with status 1 if a guarantee of the client was violated.

#![expect(clippy::print_stdout, reason = "a measuring program that prints its results")]
#![expect(clippy::disallowed_methods, reason = "the wait of callers is measured on the real clock")]

mod callers;
mod clock;
mod faults;
mod harness;
mod ledger;
mod memory;
mod outage;
mod pause;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use moneykit_emulator::Faults;

use faults::faults;
use harness::Harness;
use ledger::Ledger;
use memory::Memory;
use outage::Outage;
use pause::pause;

/// Puts clients under mixed random load, against an emulator with random faults.
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
    let harness = Harness::start(arguments.seed)?;
    let ledger = Arc::clone(&harness.ledger);
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
    let mut rng = fastrand::Rng::with_seed(arguments.seed);
    let mut memory = Memory::default();
    let mut outage = None;
    let end = Instant::now() + Duration::from_secs(arguments.seconds);
    for second in 1_u64.. {
        pause(Duration::from_secs(1)).await;
        memory.sample();
        harness.disturb(&mut rng);
        match second % 30 {
            15 => outage = Some(Outage::begin(&harness)),
            23 => {
                if let Some(outage) = outage.take() {
                    outage.end(&harness);
                }
                harness.emulator.set_faults(faults(rng.u64(..)));
            }
            _ => {}
        }
        if Instant::now() >= end {
            break;
        }
    }
    drop(outage);
    harness.stop();
    for caller in callers {
        if caller.await.is_err() {
            harness.ledger.report_violation("a caller panicked");
        }
    }
    if let Some((early, late)) = memory.peaks() {
        harness.ledger.check_memory(early, late);
    }
    check_recovery(&harness).await;
    let ledger = Arc::clone(&harness.ledger);
    // Drops the clients, each of which reports its status to the ledger. The emulator stops as well; it has its
    // own runtime.
    drop(harness);
    ledger.check_request_counts();
    check_task_leaks(&ledger).await;
}

/// Checks that each client gets a token once the faults are off and the longest cool-down is over.
async fn check_recovery(harness: &Harness) {
    harness.emulator.set_faults(Faults::default());
    harness.emulator.advance(Duration::from_secs(61));
    for tracked in harness.clients() {
        if let Err(error) = tracked.client.access_token().await {
            harness.ledger.report_violation(&format!("a client did not recover: {error}"));
        }
    }
    harness.record_request_counts();
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
