//! Waiting for the token that another member requests.

use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use super::budget::{Budget, Failure};
use super::shared_fetch::{Attempt, Turn};
use crate::sync::{self, Instant};

impl Attempt<'_> {
    /// Waits until another member has published a token, or until this one can take over.
    pub(super) async fn wait(&self) -> Result<Turn, Failure> {
        let (started, mut interval) = (Instant::now(), FIRST_INTERVAL);
        let mut hint = self.hint();
        loop {
            let left = self.fetch.wait_limit.saturating_sub(started.elapsed());
            if left.is_zero() {
                self.purpose.record_wait();
                return Ok(Turn::GiveUp);
            }
            let pause = interval / 2 + self.fetch.jitter.up_to(interval / 2);
            self.pause(&mut hint, pause.min(left)).await?;
            interval = (interval * 2).min(LONGEST_INTERVAL);
            // Each round has a budget of its own: waiting for another member is no delay by the store.
            if let Some(turn) = self.try_turn(&mut Budget::default()).await? {
                return Ok(turn);
            }
        }
    }

    /// Waits for a hint of the store, for a limited time.
    async fn pause<'a>(&'a self, hint: &mut Hint<'a>, limit: Duration) -> Result<(), Failure> {
        let hinted = first_of(sync::catch_panic(hint.as_mut()), sync::sleep(limit)).await;
        let Some(hinted) = hinted else { return Ok(()) };
        hinted.map_err(|_| Failure::Panicked)?;
        *hint = self.hint();
        // Members that receive one hint must not all load at once, and a store that hints for ever must not be polled
        // without a pause.
        sync::sleep(HINT_PAUSE + self.fetch.jitter.up_to(HINT_JITTER)).await;
        Ok(())
    }

    fn hint(&self) -> Hint<'_> {
        // The store is called when the future is polled, where a panic is caught.
        Box::pin(async { self.fetch.store.published(self.key).await })
    }
}

/// Awaits a future until another one ends; returns `None` if that ends first.
async fn first_of<T>(future: impl Future<Output = T>, limit: impl Future<Output = ()>) -> Option<T> {
    let (mut future, mut limit) = (pin!(future), pin!(limit));
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => limit.as_mut().poll(context).map(|()| None),
    })
    .await
}

type Hint<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The interval of the first two polls, and the longest. Each is shortened by up to half, at random.
const FIRST_INTERVAL: Duration = Duration::from_millis(50);
const LONGEST_INTERVAL: Duration = Duration::from_millis(500);
const HINT_PAUSE: Duration = Duration::from_millis(5);
const HINT_JITTER: Duration = Duration::from_millis(20);
