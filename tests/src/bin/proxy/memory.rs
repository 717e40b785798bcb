//! The memory of the proxy over many requests.

use crate::load::{Load, Scenario};
use crate::subjects::proxy;
use crate::upstream::Upstream;

/// Sends requests through the proxy in tenths, and prints its memory after each. Returns true if it grew by less than a
/// megabyte after the first tenth.
pub(crate) fn measure(upstream: &Upstream, requests: usize) -> bool {
    const LIMIT_BYTES: u64 = 1024 * 1024;

    let (proxy, load) = (proxy(upstream), Load::new());
    let [_, scenario, ..] = Scenario::ALL;
    let memory = || proxy.process.as_ref().unwrap().memory();
    println!("| requests | resident memory |\n|---:|---:|\n| 0 | {} KiB |", memory() / 1024);
    let samples: Vec<_> = (1..=10)
        .map(|tenth| {
            load.run_requests(&proxy, scenario, requests / 10);
            let bytes = memory();
            println!("| {} | {} KiB |", requests / 10 * tenth, bytes / 1024);
            bytes
        })
        .collect();
    samples[9] < samples[0] + LIMIT_BYTES
}
