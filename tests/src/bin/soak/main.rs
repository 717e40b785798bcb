//! Clients under mixed load, on a server that fails: `cargo run --release -p moneykit-tests --bin soak`.
//!
//! Callers do all that callers do, at random from a seed, and so does the server. Prints what happened, and
//! ends with 1 when something did that must not.

#![expect(clippy::print_stdout, reason = "a program that measures, and prints")]
#![expect(clippy::disallowed_methods, reason = "what people wait for is measured by the real clock")]

mod callers;
mod clock;
mod faults;
mod ledger;
mod memory;
mod outage;
mod pause;
mod world;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use moneykit_emulator::Faults;

use faults::faults;
use memory::Memory;
use outage::Outage;
use pause::pause;
use world::World;

/// Puts clients under mixed load, on a server that fails.
#[derive(Parser)]
struct Arguments {
    /// How long it goes on.
    #[arg(long, default_value_t = 60)]
    seconds: u64,

    /// What chance starts from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let world = World::start(arguments.seed)?;
    let ledger = Arc::clone(&world.ledger);
    runtime.block_on(run(world, &arguments));
    println!("{ledger}");
    Ok(if ledger.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn run(world: World, arguments: &Arguments) {
    const CALLERS: u64 = 100;

    let world = Arc::new(world);
    let callers: Vec<_> = (0..CALLERS)
        .map(|number| tokio::spawn(callers::call(Arc::clone(&world), arguments.seed ^ (number << 32))))
        .collect();
    let mut chance = fastrand::Rng::with_seed(arguments.seed);
    let mut memory = Memory::default();
    let mut outage = None;
    let end = Instant::now() + Duration::from_secs(arguments.seconds);
    for second in 1_u64.. {
        pause(Duration::from_secs(1)).await;
        memory.measure();
        world.disturb(&mut chance);
        match second % 30 {
            15 => outage = Some(Outage::begin(&world)),
            23 => {
                if let Some(outage) = outage.take() {
                    outage.end(&world);
                }
                world.emulator.set_faults(faults(chance.u64(..)));
            }
            _ => {}
        }
        if Instant::now() >= end {
            break;
        }
    }
    drop(outage);
    world.stop();
    for caller in callers {
        if caller.await.is_err() {
            world.ledger.object("a caller panicked");
        }
    }
    if let Some((early, late)) = memory.growth() {
        world.ledger.compare_memory(early, late);
    }
    recover(&world).await;
    let ledger = Arc::clone(&world.ledger);
    // The emulator has a runtime of its own. With it go the clients, each of which settles its account.
    drop(world);
    ledger.compare_requests();
    tasks_end(&ledger).await;
}

/// Without faults, and after the longest rest, each client has a token again.
async fn recover(world: &World) {
    world.emulator.set_faults(Faults::default());
    world.emulator.advance(Duration::from_secs(61));
    for held in world.clients() {
        if let Err(error) = held.client.access_token().await {
            world.ledger.object(&format!("a client did not recover: {error}"));
        }
    }
    world.note_requests();
}

/// When the clients are gone, so are the tasks that they started.
async fn tasks_end(ledger: &ledger::Ledger) {
    let metrics = tokio::runtime::Handle::current().metrics();
    for _ in 0..100 {
        if metrics.num_alive_tasks() == 0 {
            return;
        }
        pause(Duration::from_millis(100)).await;
    }
    ledger.object(&format!("{} tasks are left after the clients are gone", metrics.num_alive_tasks()));
}
