use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::{context, runtime};
use crate::error::{Error, Kind};

/// Runs a call of the async client to its end, on this thread.
///
/// Whatever the call starts and waits for is on the runtime of all blocking calls. Nothing limits the time
/// here: each call does that itself.
pub(super) fn wait<T>(call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    if context::is_async() {
        return Err(Kind::BlockingInAsync.into());
    }
    let _entered = runtime::handle()?.enter();
    // Not tokio's `block_on`: it panics in async code, and not all of that is known as such.
    block_on(call)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let parked = Arc::new(Parked { thread: thread::current(), woken: AtomicBool::new(false) });
    let waker = Waker::from(Arc::clone(&parked));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(outcome) = future.as_mut().poll(&mut context) {
            return outcome;
        }
        while !parked.woken.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}

/// A thread that waits for its future. Others may park and unpark the thread too, so being unparked says
/// little.
struct Parked {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[test]
    fn a_wake_is_not_lost_when_somebody_else_takes_the_unparking() {
        let mut polls = 0;
        let outcome = block_on(poll_fn(|context| {
            polls += 1;
            if polls == 3 {
                return Poll::Ready("done");
            }
            context.waker().wake_by_ref();
            thread::park();
            Poll::Pending
        }));
        assert_eq!(outcome, "done");
    }

    #[test]
    fn an_unparking_by_somebody_else_is_no_wake() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        thread::current().unpark();
        let waiting = thread::current();
        thread::spawn(move || {
            waiting.unpark();
            sender.send("woken").unwrap();
        });
        let mut polls = 0;
        let mut receiver = pin!(receiver);
        let outcome = block_on(poll_fn(|context| {
            polls += 1;
            receiver.as_mut().poll(context)
        }));
        assert_eq!(outcome, Ok("woken"));
        assert!(polls <= 2, "{polls}");
    }
}
