//! The retry budget of a client: a token bucket that retries take from and successful requests fill.

use std::sync::atomic::{AtomicU32, Ordering};

/// A bucket of retries, with the capacity and the costs that the AWS SDKs use.
///
/// While the server works, every failed request may be retried. In an outage the bucket runs empty, and then the client
/// sends as many requests as its callers do: retries multiply the load just when the server has the least capacity.
#[derive(Debug)]
pub(super) struct RetryBudget(AtomicU32);

const CAPACITY: u32 = 500;
const RETRY: u32 = 5;
/// What a success without a retry adds.
const SUCCESS: u32 = 1;

impl RetryBudget {
    pub(super) fn new() -> Self {
        Self(AtomicU32::new(CAPACITY))
    }

    /// Takes a retry from the budget. Returns false if it is exhausted.
    pub(super) fn withdraw(&self) -> bool {
        self.update(|left| left.checked_sub(RETRY))
    }

    /// Records a success. After a retry it returns what the retry took.
    pub(super) fn deposit(&self, is_retry: bool) {
        let amount = if is_retry { RETRY } else { SUCCESS };
        self.update(|left| (left < CAPACITY).then(|| left.saturating_add(amount).min(CAPACITY)));
    }

    fn update(&self, change: impl FnMut(u32) -> Option<u32>) -> bool {
        // No other memory depends on the number.
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes all retries, and returns their number.
    fn drain(budget: &RetryBudget) -> usize {
        std::iter::repeat_with(|| budget.withdraw()).take_while(|taken| *taken).count()
    }

    #[test]
    fn the_budget_has_a_hundred_retries_and_one_more_after_five_successes() {
        let budget = RetryBudget::new();
        assert_eq!(drain(&budget), 100);
        assert_eq!(drain(&budget), 0);

        (0..4).for_each(|_| budget.deposit(false));
        assert_eq!(drain(&budget), 0);
        budget.deposit(false);
        assert_eq!(drain(&budget), 1);
    }

    #[test]
    fn a_successful_retry_is_returned_and_the_capacity_is_never_exceeded() {
        let budget = RetryBudget::new();
        assert!(budget.withdraw());
        budget.deposit(true);
        (0..1_000).for_each(|_| budget.deposit(true));

        assert_eq!(drain(&budget), 100);
    }
}
