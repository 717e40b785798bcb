//! Replacements for the facade's `sync` module: the same primitives, scheduled by the model checker.

use std::sync::{Arc, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicU64, Ordering};
pub(crate) use shuttle::sync::{Mutex, MutexGuard};

/// An `Arc` that is swapped atomically. Unlike the crate `arc-swap` it takes a lock; callers observe the same order
/// of loads and stores.
pub(crate) struct ArcSwapOption<T>(Mutex<Option<Arc<T>>>);

impl<T> ArcSwapOption<T> {
    pub(crate) fn empty() -> Self {
        Self(Mutex::new(None))
    }

    pub(crate) fn load(&self) -> Option<Arc<T>> {
        self.load_full()
    }

    pub(crate) fn load_full(&self) -> Option<Arc<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn store(&self, value: Option<Arc<T>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = value;
    }
}

/// A moment at which nothing has begun to pass: time does not pass in the model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instant;

impl Instant {
    pub(crate) fn now() -> Self {
        Self
    }

    pub(crate) fn elapsed(self) -> Duration {
        Duration::ZERO
    }
}

/// A handle that aborts a task.
#[derive(Clone)]
pub(crate) struct AbortHandle(Arc<shuttle::future::JoinHandle<()>>);

impl AbortHandle {
    pub(crate) fn abort(&self) {
        self.0.abort();
    }
}

pub(crate) fn has_runtime() -> bool {
    true
}

/// Awaits the future. A panic is an assertion of the model and has to reach the model checker.
pub(crate) fn has_timers() -> bool {
    true
}

pub(crate) async fn catch_panic<T>(future: impl Future<Output = T>) -> Result<T, Panicked> {
    Ok(future.await)
}

/// A future panicked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panicked {
    pub(crate) is_of_runtime: bool,
}

#[expect(clippy::unnecessary_wraps, reason = "tokio's fails without a runtime")]
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Option<AbortHandle> {
    Some(AbortHandle(Arc::new(shuttle::future::spawn(task))))
}

/// Yields to other tasks. Time does not pass in the model; only the order of events matters.
pub(crate) async fn sleep(_: Duration) {
    shuttle::future::yield_now().await;
}

/// Awaits the future without a limit. The facade's tests cover timeouts, on simulated time.
pub(crate) async fn timeout<T>(_: Duration, future: impl Future<Output = T>) -> Option<T> {
    Some(future.await)
}

/// A channel that holds one value, as in `tokio::sync::watch`.
pub(crate) mod watch {
    use super::{Arc, Mutex, PoisonError, Poll, Waker};

    struct Slot<T> {
        value: T,
        closed: bool,
        waiting: Vec<Waker>,
    }

    pub(crate) struct Sender<T>(Arc<Mutex<Slot<T>>>);

    pub(crate) struct Receiver<T>(Arc<Mutex<Slot<T>>>);

    /// The sender was dropped.
    #[derive(Debug)]
    pub(crate) struct Closed;

    pub(crate) fn channel<T>(value: T) -> (Sender<T>, Receiver<T>) {
        let slot = Arc::new(Mutex::new(Slot { value, closed: false, waiting: Vec::new() }));
        (Sender(Arc::clone(&slot)), Receiver(slot))
    }

    impl<T> Sender<T> {
        #[expect(clippy::unnecessary_wraps, reason = "tokio's fails without receivers")]
        pub(crate) fn send(&self, value: T) -> Result<(), Closed> {
            change(&self.0, |slot| slot.value = value);
            Ok(())
        }
    }

    impl<T> Drop for Sender<T> {
        fn drop(&mut self) {
            change(&self.0, |slot| slot.closed = true);
        }
    }

    fn change<T>(slot: &Mutex<Slot<T>>, change: impl FnOnce(&mut Slot<T>)) {
        let waiting = {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut slot);
            std::mem::take(&mut slot.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    impl<T> Clone for Receiver<T> {
        fn clone(&self) -> Self {
            Self(Arc::clone(&self.0))
        }
    }

    impl<T: Clone> Receiver<T> {
        pub(crate) async fn wait_for(&mut self, predicate: impl Fn(&T) -> bool) -> Result<T, Closed> {
            std::future::poll_fn(|context| {
                let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                if predicate(&slot.value) {
                    return Poll::Ready(Ok(slot.value.clone()));
                }
                if slot.closed {
                    return Poll::Ready(Err(Closed));
                }
                slot.waiting.push(context.waker().clone());
                Poll::Pending
            })
            .await
        }
    }
}
