use std::task::{Context, Poll, Waker};

use tokio::runtime::Handle;
use tokio::task::coop;

/// Says whether this is async code on a tokio runtime, which a blocking call would keep from its work.
///
/// `Handle::try_current` alone does not tell: it succeeds on the threads of `spawn_blocking` as well.
/// `block_on` does, but by a panic. What async code has, and all else has not, is a budget: how much a task
/// may do before it has to give way to others. There is one if it can be used up.
pub(super) fn is_async() -> bool {
    /// Tokio gives 128. Should it ever give more than this, calls wait where they should fail.
    const MORE_THAN_ANY: u32 = 1024;

    if Handle::try_current().is_err() {
        return false;
    }
    let context = &mut Context::from_waker(Waker::noop());
    // Puts the budget back when it is dropped, so that the caller loses nothing.
    let Poll::Ready(_restore) = coop::poll_proceed(context) else { return true };
    for _ in 0..MORE_THAN_ANY {
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
    fn async_code_is_known_wherever_it_runs() {
        assert!(!is_async());
        for runtime in runtimes() {
            assert!(runtime.block_on(async { is_async() }));
            assert!(runtime.block_on(async { spawn(async { is_async() }).await.unwrap() }));
            assert!(LocalSet::new().block_on(&runtime, async { is_async() }));
        }
    }

    #[test]
    fn code_that_may_wait_is_known_wherever_it_runs() {
        for runtime in runtimes() {
            assert!(!runtime.block_on(async { spawn_blocking(is_async).await.unwrap() }));
            assert!(!runtime.block_on(async {
                let entered = || std::thread::spawn(is_async).join().unwrap();
                spawn_blocking(entered).await.unwrap()
            }));
            let _entered = runtime.enter();
            assert!(!is_async());
        }
        let [_, multi_thread] = runtimes();
        assert!(!multi_thread.block_on(async { block_in_place(is_async) }));
        assert!(!multi_thread.block_on(async { spawn(async { block_in_place(is_async) }).await.unwrap() }));
    }

    #[test]
    fn a_budget_is_neither_used_up_by_the_question_nor_needed_for_it() {
        let [runtime, _] = runtimes();
        runtime.block_on(async {
            assert!(is_async() && coop::has_budget_remaining());
            let mut polled = std::pin::pin!(async {
                loop {
                    consume_budget().await;
                }
            });
            assert!(polled.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            assert!(!coop::has_budget_remaining() && is_async());
        });
    }
}
