//! Detection of async code, in which a blocking call must fail instead of blocking the runtime.

use std::task::{Context, Poll, Waker};

use tokio::runtime::Handle;
use tokio::task::coop;

/// Returns true in async code on a tokio runtime.
///
/// `Handle::try_current` is not enough: it succeeds on the threads of `spawn_blocking` too, which may block.
/// tokio's `block_on` makes the distinction, but it panics. The distinction made here is the cooperative budget,
/// which limits how much work a task does before it yields: only async code has one, and a budget can be exhausted.
pub(super) fn is_async() -> bool {
    /// An upper bound of the budget; tokio's is 128. If tokio's ever exceeds it, blocking calls in async code block
    /// instead of failing.
    const BUDGET_LIMIT: u32 = 1024;

    if Handle::try_current().is_err() {
        return false;
    }
    let context = &mut Context::from_waker(Waker::noop());
    // Restores the budget when it is dropped, so that the calling task loses none of it.
    let Poll::Ready(_restore) = coop::poll_proceed(context) else { return true };
    for _ in 0..BUDGET_LIMIT {
        match coop::poll_proceed(context) {
            Poll::Ready(spent) => spent.made_progress(),
            Poll::Pending => return true,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use tokio::runtime::{Builder, Runtime};
    use tokio::task::{LocalSet, block_in_place, consume_budget, spawn, spawn_blocking};

    use super::*;

    fn runtimes() -> [Runtime; 2] {
        [Builder::new_current_thread(), Builder::new_multi_thread()]
            .map(|mut builder| builder.build().unwrap())
    }

    #[test]
    fn async_code_is_detected_on_every_runtime() {
        assert!(!is_async());
        for runtime in runtimes() {
            assert!(runtime.block_on(async { is_async() }));
            assert!(runtime.block_on(async { spawn(async { is_async() }).await.unwrap() }));
            assert!(LocalSet::new().block_on(&runtime, async { is_async() }));
        }
    }

    #[test]
    fn code_that_may_block_is_not_mistaken_for_async_code() {
        for runtime in runtimes() {
            assert!(!runtime.block_on(async { spawn_blocking(is_async).await.unwrap() }));
            assert!(!runtime.block_on(async {
                let on_own_thread = || std::thread::spawn(is_async).join().unwrap();
                spawn_blocking(on_own_thread).await.unwrap()
            }));
            let _entered = runtime.enter();
            assert!(!is_async());
        }
        let [_, multi_thread] = runtimes();
        assert!(!multi_thread.block_on(async { block_in_place(is_async) }));
        assert!(!multi_thread.block_on(async { spawn(async { block_in_place(is_async) }).await.unwrap() }));
    }

    #[test]
    fn detection_neither_consumes_the_budget_nor_needs_any() {
        let [runtime, _] = runtimes();
        runtime.block_on(async {
            assert!(is_async() && coop::has_budget_remaining());
            let mut busy = std::pin::pin!(async {
                loop {
                    consume_budget().await;
                }
            });
            assert!(busy.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            assert!(!coop::has_budget_remaining() && is_async());
        });
    }
}
