//! The `Retry-After` header.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// Returns the delay that a response requests. `wall` is the present as the time since the Unix epoch.
pub(super) fn requested_delay(headers: &HeaderMap, wall: Duration) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    // A date is relative to the clock of the server, which may differ from the clock of this machine.
    let present = headers.get(DATE).and_then(|value| date(value.to_str().ok()?));
    retry_after(value, present.unwrap_or(wall))
}

/// Returns the delay that a `Retry-After` value asks for (RFC 9110 §10.2.3): whole seconds, or the time until a
/// date. `present` is the time since the Unix epoch, by the clock that the date is of. A past date is a delay of zero. Returns `None`
/// for a value that is neither.
pub(crate) fn retry_after(value: &str, present: Duration) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that overflows is a delay that exceeds every deadline.
        return Some(value.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    Some(date(value)?.saturating_sub(present))
}

/// Parses an HTTP date (RFC 9110 §5.6.7) into the time since the Unix epoch. An earlier date is the epoch.
fn date(value: &str) -> Option<Duration> {
    let date = httpdate::parse_http_date(value.trim()).ok()?;
    Some(date.duration_since(std::time::UNIX_EPOCH).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_seconds_or_a_date_and_anything_else_is_ignored() {
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
}
