//! The cost of ten thousand clients in one process: `cargo bench -p moneykit-tests --bench many_clients`.
//!
//! Each client has its own credentials and token, as in an application that serves many customers. The clients share a
//! transport and its connections.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures with the real clock, and prints its results"
)]

mod common;

use std::time::{Duration, Instant};

use allocation_counter::{AllocationInfo, measure};
use moneykit::{Transport, reqwest};

const CLIENTS: u32 = 10_000;

fn main() {
    let (emulator, runtime) = common::emulator();

    let mut transport = None;
    report("transport", 1, || {
        transport = Some(Transport::new(reqwest::Client::builder().no_proxy()).unwrap());
    });
    let transport = transport.unwrap();
    let build = || common::client_builder(&emulator).transport(transport.clone()).build().unwrap();
    // The first client initializes process-wide state, which does not count.
    runtime.block_on(build().warm_up()).unwrap();

    let mut clients = Vec::with_capacity(CLIENTS as usize);
    report("client", CLIENTS, || clients.extend((0..CLIENTS).map(|_| build())));
    report("first token", CLIENTS, || {
        runtime.block_on(async {
            for client in &clients {
                client.warm_up().await.unwrap();
            }
        });
    });
    let mut clones = Vec::with_capacity(clients.len());
    report("clone", CLIENTS, || clones.extend(clients.iter().cloned()));
    report("cache hit, clients in turn", CLIENTS, || {
        runtime.block_on(async {
            for client in &clients {
                client.authorization_header().await.unwrap();
            }
        });
    });
    drop(clones);
    report("drop", CLIENTS, || drop(clients));
}

/// Runs an operation on a number of clients, and prints its time and memory per client.
fn report(name: &str, clients: u32, operation: impl FnOnce()) {
    let mut time = Duration::ZERO;
    let AllocationInfo { count_total, bytes_current, .. } = measure(|| {
        let started = Instant::now();
        operation();
        time = started.elapsed();
    });
    let (bytes, count) = (bytes_current / i64::from(clients), count_total / u64::from(clients));
    println!("{name:<30} {:>10.1?} {bytes:>8} bytes retained {count:>6} allocations", time / clients);
}
