//! The policy of retries: how many attempts, after which delays, and within which time.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::defaults;
use crate::time::Backoff;

/// How often a failed request is attempted again, after which delays, and within which time.
///
/// By default a client does not retry requests to the API. A policy applies to all of its requests with
/// [`ClientBuilder::retry_policy`](crate::ClientBuilder::retry_policy), and to one request with
/// [`RequestBuilder::retry_policy`](crate::RequestBuilder::retry_policy).
///
/// A failed attempt is followed by another one only if all of this is true:
///
/// - The request is idempotent (RFC 9110 §9.2.2): its method is GET, HEAD, OPTIONS, TRACE, PUT or DELETE, it has an
///   `Idempotency-Key` header, or the caller says so with
///   [`RequestBuilder::idempotent`](crate::RequestBuilder::idempotent).
/// - Its body is not a stream, which could be read only once.
/// - The failure is [transient](crate::Error::is_transient): no connection, a timeout or an interrupted response before
///   the headers arrived, or a response with the status 408, 425, 429, 500, 502 to 504, 520 to 524 or 529.
/// - An attempt is left, and the delay before it ends within the [total timeout](Self::total_timeout).
/// - The retry budget of the client is not exhausted. It allows for 100 retries, and for one more after every five
///   successful requests; a retry that succeeds is returned to it. So an outage is not multiplied by the number of attempts.
///
/// Otherwise the caller gets the last response or error. A failure to obtain a token is not retried here, because the
/// token cache has already done that, nor is a body that breaks after its headers arrived.
///
/// The delay is random, between zero and an upper bound that doubles with every attempt. `Retry-After` replaces it, in
/// seconds or as a date, plus up to a tenth.
///
/// ```
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// use moneykit::{Client, RetryPolicy};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let policy = RetryPolicy::new()
///     .max_attempts(NonZeroU32::new(4).ok_or("zero attempts")?)
///     .total_timeout(Duration::from_secs(20));
/// let client = Client::builder().credentials("live_1", "your-client-secret").retry_policy(policy).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    backoff: Backoff,
    total_timeout: Duration,
}

impl RetryPolicy {
    /// Creates a policy with up to three attempts within 60 seconds.
    pub fn new() -> Self {
        Self { backoff: Backoff::default(), total_timeout: defaults::RETRY_TOTAL_TIMEOUT }
    }

    /// Creates a policy without retries, for a request that must not be repeated.
    pub fn never() -> Self {
        Self::new().max_attempts(NonZeroU32::MIN)
    }

    /// Sets the maximum number of attempts, the first one included. Default: 3.
    pub fn max_attempts(mut self, max_attempts: NonZeroU32) -> Self {
        self.backoff.max_attempts = max_attempts.get();
        self
    }

    /// Sets the upper bound of the first delay. It doubles with every attempt. Default: 200 milliseconds.
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.backoff.base_delay = delay;
        self
    }

    /// Sets the maximum of that upper bound. Default: 5 seconds. `Retry-After` may request more.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.backoff.max_delay = delay;
        self
    }

    /// Sets the timeout of all attempts and delays together, to the last byte of the response. Default: 60 seconds.
    ///
    /// Each attempt has the timeout of its request as well. Waiting for a token is bounded by
    /// [`token_timeout`](crate::ClientBuilder::token_timeout).
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.total_timeout = timeout;
        self
    }

    /// Returns true if the policy allows for more than one attempt.
    pub(crate) fn retries(&self) -> bool {
        self.backoff.max_attempts > 1
    }

    pub(super) fn backoff(&self) -> &Backoff {
        &self.backoff
    }

    pub(super) fn timeout(&self) -> Duration {
        self.total_timeout
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new()
    }
}
