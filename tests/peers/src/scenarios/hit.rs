use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime;
use tokio::task::{spawn_blocking, unconstrained};

use crate::allocations;
use crate::report::Row;
use crate::token_source::{Failure, Result, TokenSource};

/// How long each thread asks. A time rather than a number of calls: the threads end together, and a peer
/// that is a thousand times slower does not take a thousand times as long.
const ASKING: Duration = Duration::from_millis(500);
const CALLS_IN_BATCH: usize = 200;
const WARM_UP: usize = 5_000;

/// Measures calls that find a token, with everything that the caller pays: the call, the header value, and
/// dropping it again.
pub async fn run<T: TokenSource>(address: SocketAddr) -> Result<Row> {
    let source = T::start(address).await?;
    source.header().await?;

    let again = source.clone();
    let one = spawn_blocking(move || on_threads(&source, 1)).await??;
    let two = spawn_blocking(move || on_threads(&again, 2)).await??;
    Ok(Row::default()
        .number("ns a call, 1 thread", one.nanoseconds)
        .number("ns a call, 2 threads", two.nanoseconds)
        .number("allocations a call", one.allocations))
}

/// What one call took.
struct Cost {
    /// The median over all batches.
    nanoseconds: f64,
    /// The mean.
    allocations: f64,
}

fn on_threads<T: TokenSource>(source: &T, threads: usize) -> Result<Cost> {
    let start = Arc::new(Barrier::new(threads));
    let running: Vec<_> = (0..threads)
        .map(|index| {
            let (source, start) = (source.clone(), Arc::clone(&start));
            thread::spawn(move || {
                if threads > 1 {
                    take_core(index);
                }
                on_this_thread(&source, &start)
            })
        })
        .collect();

    let (mut batches, mut allocations) = (Vec::new(), 0);
    for thread in running {
        let (measured, count) = thread.join().map_err(|_| Failure::from("panicked"))??;
        batches.extend(measured);
        allocations += count;
    }
    batches.sort_by(f64::total_cmp);
    let nanoseconds = batches.get(batches.len() / 2).copied().ok_or("nothing was measured")?;
    let calls = batches.len() * CALLS_IN_BATCH;
    Ok(Cost { nanoseconds, allocations: allocations as f64 / calls as f64 })
}

/// Keeps this thread on a core that no other measuring thread is on.
///
/// Left to itself, a scheduler now and then runs both on one core by turns, and threads that never run at
/// the same time never contend. Where a system can't do it, the figure is what the scheduler makes of it.
fn take_core(index: usize) {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    if let Some(core) = cores.into_iter().nth(index) {
        core_affinity::set_for_current(core);
    }
}

/// Returns the nanoseconds a call in each batch, and the allocations in all of them.
fn on_this_thread<T: TokenSource>(source: &T, start: &Barrier) -> Result<(Vec<f64>, u64)> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    // The others wait at the barrier for this thread even when it has nothing to run on.
    start.wait();
    // Unconstrained: a task that does nothing but ask would otherwise be sent to the back of the queue after
    // every 128th use of a tokio lock, and only peers that use one would pay for it.
    runtime?.block_on(unconstrained(async {
        for _ in 0..WARM_UP {
            black_box(source.header().await?);
        }
        // Room for batches of 5 ns a call, so that it never grows while allocations are counted.
        let mut batches = Vec::with_capacity(ASKING.as_micros() as usize);
        let before = allocations::on_this_thread();
        let end = Instant::now() + ASKING;
        while Instant::now() < end {
            let start = Instant::now();
            for _ in 0..CALLS_IN_BATCH {
                black_box(source.header().await?);
            }
            batches.push(start.elapsed().as_nanos() as f64 / CALLS_IN_BATCH as f64);
        }
        Ok((batches, allocations::on_this_thread() - before))
    }))
}
