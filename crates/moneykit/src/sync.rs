//! Synchronization primitives of the token cache, under names that the model checker replaces: `tests/model` compiles
//! the cache over primitives whose every interleaving it controls.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;
use std::time::Duration;

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
pub(crate) use std::sync::{Mutex, MutexGuard};

pub(crate) use arc_swap::ArcSwapOption;
pub(crate) use tokio::sync::watch;
pub(crate) use tokio::task::AbortHandle;
#[cfg(feature = "token-store")]
pub(crate) use tokio::time::Instant;

/// Returns true if the caller is within a runtime.
pub(crate) fn has_runtime() -> bool {
    tokio::runtime::Handle::try_current().is_ok()
}

/// Returns true if the caller's runtime has timers. tokio has no other way to ask: it panics where there are none.
pub(crate) fn has_timers() -> bool {
    catch_unwind(|| drop(tokio::time::sleep(Duration::ZERO))).is_ok()
}

/// Spawns a task on the caller's runtime; returns `None` outside of a runtime. Drops the task at once if the runtime
/// is shutting down.
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Option<AbortHandle> {
    let runtime = tokio::runtime::Handle::try_current().ok()?;
    Some(runtime.spawn(task).abort_handle())
}

pub(crate) async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Waits for a future for a limited time; returns `None` if the time runs out.
pub(crate) async fn timeout<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, future).await.ok()
}

/// A future panicked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panicked {
    /// The panic is tokio's, in a runtime that was built without timers or without I/O.
    pub(crate) is_of_runtime: bool,
}

/// Awaits a future; returns an error if it panics. The payload is dropped, since it may quote a secret.
pub(crate) async fn catch_panic<T>(future: impl Future<Output = T>) -> Result<T, Panicked> {
    let mut future = std::pin::pin!(future);
    // A future that panicked is not polled again, so nothing observes a broken invariant of it.
    std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(payload) => {
            let text = payload.downcast_ref::<&str>().copied();
            let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
            // tokio has no way to ask a runtime for its drivers.
            let is_of_runtime = text.is_some_and(|text| text.contains("on the runtime builder to enable"));
            Poll::Ready(Err(Panicked { is_of_runtime }))
        }
    })
    .await
}
