//! Default values of every setting, and the limits that are not settings. The README's table is tested against them.

use std::num::NonZeroU32;
use std::time::Duration;

// Settings of the builder.
pub(crate) const USER_AGENT: &str = concat!("moneykit-rust/", env!("CARGO_PKG_VERSION"));
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
pub(crate) const TOKEN_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
pub(crate) const TOKEN_TIMEOUT: Duration = Duration::from_secs(30);
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
pub(crate) const MAX_RESPONSE_BODY_BYTES: usize = 64 * 1024 * 1024;
pub(crate) const MAX_ATTEMPTS: NonZeroU32 = NonZeroU32::MIN.saturating_add(2);
pub(crate) const EXPIRY_MARGIN: Duration = Duration::from_secs(10);
pub(crate) const REFRESH_WINDOW: Duration = Duration::from_secs(5 * 60);

// Retries within a refresh.
pub(crate) const RETRY_BASE_DELAY: Duration = Duration::from_millis(200);
pub(crate) const RETRY_MAX_DELAY: Duration = Duration::from_secs(5);

// Retries of a request to the API. Attempts and delays are those of a refresh.
pub(crate) const RETRY_TOTAL_TIMEOUT: Duration = Duration::from_secs(60);

// Cool-downs after a failed refresh.
pub(crate) const COOLDOWN_BASE: Duration = Duration::from_secs(1);
pub(crate) const COOLDOWN_MAX: Duration = Duration::from_secs(60);
pub(crate) const COOLDOWN_REJECTED: Duration = Duration::from_secs(5);
pub(crate) const COOLDOWN_MAX_RETRY_AFTER: Duration = Duration::from_secs(10 * 60);

// What follows a 401 from the API.
pub(crate) const FORCED_REFRESH_MIN_INTERVAL: Duration = Duration::from_secs(1);
pub(crate) const FORCED_REFRESH_MAX_INTERVAL: Duration = Duration::from_secs(60);
/// This many 401s in a row mean that a token which worked before is dead.
pub(crate) const DEAD_TOKEN_STRIKES: u32 = 5;
/// A refresh that is held back for no longer than this is waited for.
pub(crate) const FORCED_REFRESH_PATIENCE: Duration = Duration::from_millis(10);
/// A token is young for this long: the API may not know it yet.
pub(crate) const YOUNG_TOKEN_AGE: Duration = Duration::from_secs(5);
/// How long a request waits before it is sent again with a young token, and how much longer at random.
pub(crate) const YOUNG_TOKEN_DELAY: Duration = Duration::from_millis(100);
pub(crate) const YOUNG_TOKEN_JITTER: Duration = Duration::from_millis(200);
/// The first and the longest pause between two requests that try a token which the API does not know yet.
pub(crate) const PROBE_PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

// Limits of the cache.
pub(crate) const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
pub(crate) const SHORT_LIFETIME: Duration = Duration::from_secs(10);
pub(crate) const MIN_REFRESH_INTERVAL: Duration = Duration::from_secs(1);

/// The maximum size of a buffered body, after decompression. A token response has a few hundred bytes.
pub(crate) const MAX_BUFFERED_BODY_BYTES: usize = 64 * 1024;
