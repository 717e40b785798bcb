//! The loop of attempts.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::debug;

use super::RetryPolicy;
use super::budget::RetryBudget;
use crate::time::{Clock, Jitter};

/// What the retries of a client have in common.
#[derive(Debug)]
pub(crate) struct Retries {
    policy: Option<RetryPolicy>,
    budget: RetryBudget,
    jitter: Jitter,
    clock: Arc<dyn Clock>,
}

/// The outcome of one attempt.
pub(crate) enum Attempt<T> {
    /// The server responded as it should.
    Succeeded(T),
    /// A later attempt would fail as well.
    Failed(T),
    /// A later attempt may succeed, after the delay that the server requests.
    Transient { outcome: T, retry_after: Option<Duration> },
}

impl Retries {
    /// `policy` is that of requests without one of their own.
    pub(crate) fn new(policy: Option<RetryPolicy>, jitter_seed: Option<u64>, clock: Arc<dyn Clock>) -> Self {
        let jitter = Jitter::seeded(jitter_seed.unwrap_or_else(|| fastrand::u64(..)));
        Self { policy, budget: RetryBudget::new(), jitter, clock }
    }

    /// Returns the policy of requests without one of their own.
    pub(crate) fn policy(&self) -> Option<&RetryPolicy> {
        self.policy.as_ref()
    }

    /// Returns the present by the wall clock, as the time since the Unix epoch.
    pub(crate) fn wall(&self) -> Duration {
        self.clock.now().wall()
    }

    /// Makes attempts until one does not fail transiently, or no other may follow. Returns the outcome of the last one.
    ///
    /// `attempt` gets the number of earlier attempts and the time that remains. `discard` disposes of the outcome of
    /// an attempt that another follows; it may use the time of the delay.
    pub(crate) async fn run<T, A, D>(
        &self,
        policy: &RetryPolicy,
        mut attempt: impl FnMut(u32, Duration) -> A,
        discard: impl Fn(T) -> D,
    ) -> T
    where
        A: Future<Output = Attempt<T>>,
        D: Future<Output = ()>,
    {
        let started = Instant::now();
        let remaining = || policy.timeout().saturating_sub(started.elapsed());
        let mut failures = 0;
        loop {
            let (outcome, retry_after) = match attempt(failures, remaining()).await {
                Attempt::Succeeded(outcome) => {
                    self.budget.deposit(failures > 0);
                    return outcome;
                }
                Attempt::Failed(outcome) => return outcome,
                Attempt::Transient { outcome, retry_after } => (outcome, retry_after),
            };
            failures += 1;
            let delay = policy.backoff().delay(failures, retry_after, remaining(), &self.jitter);
            // A server may request a delay that no clock can add.
            let next = delay.and_then(|delay| Some((delay, Instant::now().checked_add(delay)?)));
            let Some((delay, next)) = next else { return outcome };
            if !self.budget.withdraw() {
                debug!(attempt = failures, "not retrying the request: the retry budget is exhausted");
                return outcome;
            }
            let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
            debug!(attempt = failures, delay_ms, "retrying the request");
            // An outcome that takes longer is dropped in the middle.
            let _ = timeout_at(next, discard(outcome)).await;
            sleep_until(next).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::num::NonZeroU32;

    use super::*;
    use crate::time::SystemClock;

    const SECOND: Duration = Duration::from_secs(1);

    fn retries() -> Retries {
        Retries::new(None, Some(7), Arc::new(SystemClock))
    }

    fn policy(max_attempts: u32) -> RetryPolicy {
        RetryPolicy::new().max_attempts(NonZeroU32::new(max_attempts).unwrap())
    }

    /// Makes attempts that all fail after `duration`. Returns when each of them started, and how many were discarded.
    async fn fail(
        retries: &Retries,
        policy: &RetryPolicy,
        retry_after: Option<Duration>,
        duration: Duration,
    ) -> (Vec<Duration>, u32) {
        let (started, starts, discarded) = (Instant::now(), RefCell::new(Vec::new()), Cell::new(0));
        let attempt = |number: u32, _| {
            starts.borrow_mut().push(started.elapsed());
            async move {
                tokio::time::advance(duration).await;
                Attempt::Transient { outcome: number, retry_after }
            }
        };
        let discard = async |_| discarded.set(discarded.get() + 1);
        let last = retries.run(policy, attempt, discard).await;
        assert_eq!(last as usize + 1, starts.borrow().len());
        (starts.take(), discarded.get())
    }

    #[tokio::test(start_paused = true)]
    async fn a_transient_failure_is_retried_up_to_the_maximum_after_random_delays() {
        let policy = policy(5).base_delay(SECOND).max_delay(4 * SECOND);
        let mut delays = Vec::new();
        for _ in 0..100 {
            // A budget of its own, since all fail.
            let (starts, discarded) = fail(&retries(), &policy, None, Duration::ZERO).await;
            assert_eq!((starts.len(), discarded), (5, 4));
            delays.push(starts.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect::<Vec<_>>());
        }
        let tick = Duration::from_millis(2);
        for (index, most) in [1, 2, 4, 4].into_iter().enumerate() {
            assert!(delays.iter().all(|delays| delays[index] <= most * SECOND + tick), "{index}");
        }

        let shared = retries();
        let mut first = Vec::new();
        for _ in 0..20 {
            first.push(fail(&shared, &policy, None, Duration::ZERO).await.0[1]);
        }
        let (least, most) = (first.iter().min().unwrap(), first.iter().max().unwrap());
        assert!(*least < SECOND / 4 && *most > SECOND * 3 / 4, "{first:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_retry_waits_for_as_long_as_the_server_requests() {
        let (starts, _) = fail(&retries(), &policy(2), Some(10 * SECOND), Duration::ZERO).await;
        assert!(starts[1] > 10 * SECOND && starts[1] <= 11 * SECOND + SECOND / 100, "{starts:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_retry_starts_beyond_the_total_timeout() {
        let policy = policy(100).base_delay(SECOND / 100).total_timeout(10 * SECOND);
        let (starts, _) = fail(&retries(), &policy, None, 3 * SECOND).await;
        assert_eq!(starts.len(), 4, "{starts:?}");

        let (starts, discarded) = fail(&retries(), &policy, Some(10 * SECOND), Duration::ZERO).await;
        assert_eq!(
            (starts.len(), discarded),
            (1, 0),
            "the caller gets a `Retry-After` that is too long at once"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn each_attempt_gets_the_time_that_remains() {
        let remaining = RefCell::new(Vec::new());
        let attempt = |_, left: Duration| {
            remaining.borrow_mut().push(left.as_secs());
            async {
                tokio::time::advance(20 * SECOND).await;
                Attempt::Transient { outcome: (), retry_after: None }
            }
        };
        let policy = policy(3).base_delay(Duration::ZERO);
        retries().run(&policy, attempt, std::future::ready).await;
        assert_eq!(remaining.take(), [60, 40, 20]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_and_a_permanent_failure_end_the_attempts() {
        for is_success in [true, false] {
            let attempts = Cell::new(0);
            let attempt = |number, _| {
                attempts.set(attempts.get() + 1);
                std::future::ready(match (number, is_success) {
                    (0, _) => Attempt::Transient { outcome: 0, retry_after: None },
                    (_, true) => Attempt::Succeeded(1),
                    (_, false) => Attempt::Failed(1),
                })
            };
            let discard = |_| std::future::ready(());
            assert_eq!(retries().run(&policy(9), attempt, discard).await, 1);
            assert_eq!(attempts.get(), 2);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_is_not_multiplied_because_all_requests_share_a_budget() {
        let (retries, policy) = (retries(), policy(3));
        let mut attempts = 0;
        for _ in 0..1_000 {
            attempts += fail(&retries, &policy, None, Duration::ZERO).await.0.len();
        }
        assert_eq!(attempts, 1_100);

        // The budget recovers with the server.
        for _ in 0..5 {
            retries.run(&policy, |_, _| std::future::ready(Attempt::Succeeded(())), std::future::ready).await;
        }
        assert_eq!(fail(&retries, &policy, None, Duration::ZERO).await.0.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_outcome_that_takes_too_long_to_discard_does_not_delay_the_next_attempt() {
        let started = Instant::now();
        let attempt = |number, _| {
            std::future::ready(match number {
                0 => Attempt::Transient { outcome: (), retry_after: None },
                _ => Attempt::Succeeded(()),
            })
        };
        retries().run(&policy(2).base_delay(SECOND), attempt, |()| std::future::pending()).await;
        assert!(started.elapsed() <= SECOND + SECOND / 100);
    }
}
