//! Synchronization primitives of the token cache, under names that the model checker replaces: `tests/model` compiles
//! the cache over primitives whose every interleaving it controls.

use std::time::Duration;

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
pub(crate) use std::sync::{Mutex, MutexGuard};

pub(crate) use arc_swap::ArcSwapOption;
pub(crate) use tokio::sync::watch;
pub(crate) use tokio::task::AbortHandle;

/// Spawns a task on the caller's runtime; returns `None` outside of a runtime.
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
