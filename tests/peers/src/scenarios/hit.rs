//! Calls that find a valid token in the cache.

use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime;
use tokio::task::{spawn_blocking, unconstrained};

use crate::allocation_counter;
use crate::report::Row;
use crate::token_source::{BoxError, Result, TokenSource};

/// The time for which each thread makes calls. A fixed time rather than a fixed number of calls: the threads end
/// together, and a subject that is a thousand times slower does not run a thousand times as long.
const DURATION: Duration = Duration::from_millis(500);
const CALLS_PER_BATCH: usize = 200;
const WARM_UP_CALLS: usize = 5_000;

/// Measures the whole cost of calls that find a valid token: the call, the header value, and dropping that value.
pub async fn run<T: TokenSource>(address: SocketAddr) -> Result<Row> {
    let source = T::start(address).await?;
    source.header().await?;

    let clone = source.clone();
    let one = spawn_blocking(move || measure_on_threads(&source, 1)).await??;
    let two = spawn_blocking(move || measure_on_threads(&clone, 2)).await??;
    Ok(Row::default()
        .number("ns per call, 1 thread", one.nanoseconds)
        .number("ns per call, 2 threads", two.nanoseconds)
        .number("allocations per call", one.allocations))
}

/// The cost of one call.
struct Cost {
    /// The median of all batches.
    nanoseconds: f64,
    /// The mean of all calls.
    allocations: f64,
}

fn measure_on_threads<T: TokenSource>(source: &T, threads: usize) -> Result<Cost> {
    let start = Arc::new(Barrier::new(threads));
    let running: Vec<_> = (0..threads)
        .map(|index| {
            let (source, start) = (source.clone(), Arc::clone(&start));
            thread::spawn(move || {
                if threads > 1 {
                    pin_to_core(index);
                }
                measure_on_this_thread(&source, &start)
            })
        })
        .collect();

    let (mut nanoseconds, mut allocations) = (Vec::new(), 0);
    for thread in running {
        let (batches, count) = thread.join().map_err(|_| BoxError::from("panicked"))??;
        nanoseconds.extend(batches);
        allocations += count;
    }
    nanoseconds.sort_by(f64::total_cmp);
    let median = nanoseconds.get(nanoseconds.len() / 2).copied().ok_or("no batch was measured")?;
    let calls = nanoseconds.len() * CALLS_PER_BATCH;
    Ok(Cost { nanoseconds: median, allocations: allocations as f64 / calls as f64 })
}

/// Pins this thread to a separate core.
///
/// Otherwise the scheduler sometimes runs both threads on one core in turns, and threads that never run at the same
/// time do not contend. On systems that can't pin threads, the scheduler decides.
fn pin_to_core(index: usize) {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    if let Some(core) = cores.into_iter().nth(index) {
        core_affinity::set_for_current(core);
    }
}

/// Returns the nanoseconds per call of each batch, and the number of allocations in all batches.
fn measure_on_this_thread<T: TokenSource>(source: &T, start: &Barrier) -> Result<(Vec<f64>, u64)> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    // Before the error check, because the other threads wait at the barrier for this one.
    start.wait();
    // Unconstrained: tokio's cooperative scheduling would otherwise make the task yield after every 128th use of a
    // tokio lock, at the cost of the subjects that use one.
    runtime?.block_on(unconstrained(async {
        for _ in 0..WARM_UP_CALLS {
            black_box(source.header().await?);
        }
        // Capacity for batches of 5 ns per call, so that the vector does not grow while allocations are counted.
        let mut batches = Vec::with_capacity(DURATION.as_micros() as usize);
        let before = allocation_counter::on_this_thread();
        let end = Instant::now() + DURATION;
        while Instant::now() < end {
            let start = Instant::now();
            for _ in 0..CALLS_PER_BATCH {
                black_box(source.header().await?);
            }
            batches.push(start.elapsed().as_nanos() as f64 / CALLS_PER_BATCH as f64);
        }
        Ok((batches, allocation_counter::on_this_thread() - before))
    }))
}
