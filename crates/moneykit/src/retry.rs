use std::time::Duration;

use crate::error::Error;
use crate::jitter::Jitter;

/// Which failures are tried again, and when.
#[derive(Debug, Clone)]
pub(crate) struct RetryPolicy {
    /// The maximum number of attempts, the first one included.
    pub(crate) max_attempts: u32,
    /// The longest that the first retry waits; each later one may wait twice as long as the one before.
    pub(crate) first: Duration,
    /// The longest that any retry waits by itself. The server may ask for more.
    pub(crate) longest: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 3, first: Duration::from_millis(200), longest: Duration::from_secs(5) }
    }
}

impl RetryPolicy {
    /// Says how long to wait before trying again after `failures` failures, the last of which was `error`;
    /// `None` when there is no point, no try, or not enough time left.
    pub(crate) fn next(
        &self,
        failures: u32,
        error: &Error,
        remaining: Duration,
        jitter: &Jitter,
    ) -> Option<Duration> {
        if !error.is_transient() || failures >= self.max_attempts {
            return None;
        }
        let delay = match error.retry_after() {
            Some(asked) => asked,
            None => jitter.up_to(doubled(self.first, failures - 1, self.longest)),
        };
        (delay < remaining).then_some(delay)
    }
}

/// Doubles a time some times over, up to a limit.
pub(crate) fn doubled(first: Duration, times: u32, limit: Duration) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times)).min(limit)
}

/// Reads the value of a `Retry-After` header (RFC 9110 §10.2.3): whole seconds, or a date. `wall` is the
/// present, since the Unix epoch. A date that is past means now; anything else means nothing.
pub(crate) fn retry_after(value: &str, wall: Duration) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a wait that outlasts every deadline.
        return Some(value.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let date = date.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Some(date.saturating_sub(wall))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Kind, Refusal};

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let wall = Duration::from_secs(784_111_777); // Sun, 06 Nov 1994 08:49:37 GMT
        for (value, expected) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Mon, 06 Nov 1995 08:49:37 GMT", Some(365 * 24 * 60 * 60)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Sunday, 06-Nov-94 08:49:47 GMT", Some(10)),
            ("-1", None),
            ("1.5", None),
            ("", None),
            ("soon", None),
            ("+3", None),
            ("1e3", None),
            ("0x10", None),
            ("٣", None),
            ("7, 8", None),
            ("Sun, 32 Nov 1994 08:50:37 GMT", None),
            ("1994-11-06T08:50:37Z", None),
        ] {
            assert_eq!(retry_after(value, wall), expected.map(Duration::from_secs), "{value:?}");
        }
        assert_eq!(retry_after("99999999999999999999999", wall), Some(Duration::MAX));
    }

    #[test]
    fn a_wait_that_takes_all_the_time_that_is_left_is_too_long() {
        let refused = |retry_after| {
            Error::from(Kind::Refused(Refusal {
                status: http::StatusCode::SERVICE_UNAVAILABLE,
                code: None,
                message: None,
                documentation_url: None,
                retry_after,
                location: None,
            }))
        };
        let (second, jitter) = (Duration::from_secs(1), Jitter::seeded(7));
        let next =
            |failures, error, remaining| RetryPolicy::default().next(failures, &error, remaining, &jitter);

        assert_eq!(next(1, refused(Some(second)), 2 * second), Some(second));
        assert_eq!(next(1, refused(Some(second)), second), None);
        assert_eq!(next(3, refused(Some(second)), 2 * second), None);
        assert!(next(2, refused(None), second).is_some());
    }

    #[test]
    fn doubling_stops_at_its_limit_and_never_overflows() {
        let (first, limit) = (Duration::from_millis(200), Duration::from_secs(5));
        let delays: Vec<_> = (0..7).map(|times| doubled(first, times, limit).as_millis()).collect();

        assert_eq!(delays, [200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(doubled(first, u32::MAX, limit), limit);
    }
}
