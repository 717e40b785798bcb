//! Simulated time for the tests of the cache and of stores: it passes when every task waits.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::time::{Clock, Moment};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// Polls a future once and returns its output; panics if the future waits.
#[track_caller]
pub(crate) fn now_or_never<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the future waits"),
    }
}

/// Advances the simulated time. Runs the tasks that are ready before and after.
pub(crate) async fn advance(time: Duration) {
    settle().await;
    tokio::time::advance(time).await;
    settle().await;
}

/// Waits in simulated time, which passes when nothing else is left to do.
pub(crate) async fn sleep(time: Duration) {
    tokio::time::sleep_until(tokio::time::Instant::now() + time).await;
}

/// Runs every task until it waits.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// Tokio's paused clock, with a wall clock that can be set.
#[derive(Debug)]
pub(crate) struct SimulatedClock {
    start: Mutex<Option<tokio::time::Instant>>,
    wall_offset_ms: AtomicI64,
}

impl Default for SimulatedClock {
    fn default() -> Self {
        Self { start: Mutex::new(None), wall_offset_ms: AtomicI64::new(1_700_000_000_000) }
    }
}

impl SimulatedClock {
    /// Sets the wall clock forward, or back if `seconds` is negative.
    pub(crate) fn shift_wall_clock(&self, seconds: i64) {
        self.wall_offset_ms.fetch_add(seconds * 1_000, Ordering::Relaxed);
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Moment {
        let now = tokio::time::Instant::now();
        let monotonic = now.duration_since(*self.start.lock().unwrap().get_or_insert(now));
        let offset = u64::try_from(self.wall_offset_ms.load(Ordering::Relaxed)).unwrap();
        Moment::new(monotonic, monotonic + Duration::from_millis(offset))
    }
}
