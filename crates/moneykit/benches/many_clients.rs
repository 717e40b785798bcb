//! What thousands of clients cost in one process: `cargo bench -p moneykit --bench many_clients`.
//!
//! Each has credentials and a token of its own, as where one application serves many. They share a transport,
//! and with it their connections.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures with the real clock, and prints what it finds"
)]

use std::time::{Duration, Instant};

use allocation_counter::{AllocationInfo, measure};
use moneykit::{Client, Transport, reqwest};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};

const CLIENTS: u32 = 10_000;

fn main() {
    let emulator = Emulator::builder().start().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();

    let mut transport = None;
    report("a transport", 1, || {
        transport = Some(Transport::new(reqwest::Client::builder().no_proxy()).unwrap());
    });
    let transport = transport.unwrap();
    let build = || {
        Client::builder()
            .credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
            .base_url(emulator.url())
            .transport(transport.clone())
            .build()
            .unwrap()
    };
    // What is made once for the whole process is not counted.
    runtime.block_on(build().warm_up()).unwrap();

    let mut clients = Vec::with_capacity(CLIENTS as usize);
    report("a client of it", CLIENTS, || clients.extend((0..CLIENTS).map(|_| build())));
    report("its first token", CLIENTS, || {
        runtime.block_on(async {
            for client in &clients {
                client.warm_up().await.unwrap();
            }
        });
    });
    let mut clones = Vec::with_capacity(clients.len());
    report("a clone", CLIENTS, || clones.extend(clients.iter().cloned()));
    report("a kept token, of all in turn", CLIENTS, || {
        runtime.block_on(async {
            for client in &clients {
                client.authorization_header().await.unwrap();
            }
        });
    });
    drop(clones);
    report("the end of a client", CLIENTS, || drop(clients));
}

/// Does something to each of some clients, and prints what each of them costs.
fn report(what: &str, each_of: u32, act: impl FnOnce()) {
    let mut time = Duration::ZERO;
    let AllocationInfo { count_total, bytes_current, .. } = measure(|| {
        let started = Instant::now();
        act();
        time = started.elapsed();
    });
    let (bytes, count) = (bytes_current / i64::from(each_of), count_total / u64::from(each_of));
    println!("{what:<30} {:>10.1?} {bytes:>8} bytes kept {count:>6} allocations", time / each_of);
}
