//! Exponential backoff.

use std::time::Duration;

/// Returns `base` doubled `exponent` times, but no more than `limit`.
pub(crate) fn exponential(base: Duration, exponent: u32, limit: Duration) -> Duration {
    base.saturating_mul(2_u32.saturating_pow(exponent)).min(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_the_limit_without_overflow() {
        let (base, limit) = (Duration::from_millis(200), Duration::from_secs(5));
        let delays: Vec<_> = (0..7).map(|exponent| exponential(base, exponent, limit).as_millis()).collect();

        assert_eq!(delays, [200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(exponential(base, u32::MAX, limit), limit);
    }
}
