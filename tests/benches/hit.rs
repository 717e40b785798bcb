//! The cost of a cache hit: `cargo bench -p moneykit-tests --bench hit`.
//!
//! The floor is the minimum work of such a cache: load a shared pointer, read a clock, clone a header. The floor with a
//! copy for each thread shares one number only, by which a thread notices that its copy is outdated. It is not what the
//! client does: the copies, which are tokens, would outlive the client until their threads end. A result for two threads
//! is the time per call of each thread while the other one makes calls, too.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark measures with the real clock"
)]

mod common;

use std::cell::RefCell;
use std::hint::black_box;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use criterion::{Criterion, criterion_group, criterion_main};
use http::HeaderValue;

criterion_group!(benches, hit);
criterion_main!(benches);

fn hit(criterion: &mut Criterion) {
    let (emulator, runtime) = common::emulator();
    let client = common::client_builder(&emulator).build().unwrap();
    runtime.block_on(client.warm_up()).unwrap();

    let header = || ready(client.authorization_header()).unwrap();
    let token = || ready(client.access_token()).unwrap();
    let floor = Floor::new();
    let thread_floor = ThreadFloor::new();

    let mut group = criterion.benchmark_group("hit");
    group.bench_function("floor, 1 thread", |bench| bench.iter(|| floor.header()));
    group.bench_function("floor with a copy per thread, 1 thread", |bench| {
        bench.iter(|| thread_floor.header());
    });
    group.bench_function("authorization_header, 1 thread", |bench| bench.iter(header));
    group.bench_function("access_token, 1 thread", |bench| bench.iter(token));
    group.bench_function("floor, 2 threads", |bench| {
        bench.iter_custom(|calls| on_two_threads(calls, || floor.header()));
    });
    group.bench_function("floor with a copy per thread, 2 threads", |bench| {
        bench.iter_custom(|calls| on_two_threads(calls, || thread_floor.header()));
    });
    group.bench_function("authorization_header, 2 threads", |bench| {
        bench.iter_custom(|calls| on_two_threads(calls, header));
    });
    group.bench_function("access_token, 2 threads", |bench| {
        bench.iter_custom(|calls| on_two_threads(calls, token));
    });
    group.finish();
}

/// A cache that does the minimum.
struct Floor(ArcSwap<(Instant, HeaderValue)>);

impl Floor {
    fn new() -> Self {
        let header = HeaderValue::from_str(&format!("Bearer {}", "t".repeat(64))).unwrap();
        let end = Instant::now() + Duration::from_secs(3600);
        Self(ArcSwap::from_pointee((end, header)))
    }

    fn header(&self) -> HeaderValue {
        let cached = self.0.load();
        assert!(Instant::now() < cached.0);
        cached.1.clone()
    }
}

/// A cache with a copy of the header for each thread.
struct ThreadFloor {
    current: Floor,
    /// The number of the current header.
    generation: AtomicU64,
}

impl ThreadFloor {
    fn new() -> Self {
        Self { current: Floor::new(), generation: AtomicU64::new(1) }
    }

    fn header(&self) -> HeaderValue {
        thread_local! {
            static COPY: RefCell<Option<(u64, Instant, HeaderValue)>> = const { RefCell::new(None) };
        }

        let generation = self.generation.load(Ordering::Acquire);
        COPY.with_borrow_mut(|copy| match copy {
            Some((copied, end, header)) if *copied == generation => {
                assert!(Instant::now() < *end);
                header.clone()
            }
            _ => {
                let current = self.current.0.load();
                // A copy of its own: a shared one would be a counter that all threads write.
                let own = HeaderValue::from_bytes(current.1.as_bytes()).unwrap();
                let (_, _, header) = copy.insert((generation, current.0, own));
                header.clone()
            }
        })
    }
}

/// Returns the output of a future that is ready at the first poll.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a cache hit does not wait"),
    }
}

/// Makes calls on two threads concurrently, and returns the time of the slower thread.
fn on_two_threads<T>(calls: u64, call: impl Fn() -> T + Sync) -> Duration {
    let start = Arc::new(Barrier::new(2));
    let run = || {
        start.wait();
        let started = Instant::now();
        for _ in 0..calls {
            black_box(call());
        }
        started.elapsed()
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(run);
        run().max(other.join().unwrap())
    })
}
