//! Default values of every setting, and the limits that are not settings. The README's table is tested against them.

use std::num::NonZeroU32;
use std::time::Duration;

// Settings of the builder.
pub(crate) const USER_AGENT: &str = concat!("moneykit-rust/", env!("CARGO_PKG_VERSION"));
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
pub(crate) const TOKEN_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
pub(crate) const TOKEN_TIMEOUT: Duration = Duration::from_secs(30);
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
pub(crate) const MAX_ATTEMPTS: NonZeroU32 = NonZeroU32::MIN.saturating_add(2);
pub(crate) const EXPIRY_MARGIN: Duration = Duration::from_secs(10);
pub(crate) const REFRESH_WINDOW: Duration = Duration::from_secs(5 * 60);

// Retries within a refresh.
pub(crate) const RETRY_BASE_DELAY: Duration = Duration::from_millis(200);
pub(crate) const RETRY_MAX_DELAY: Duration = Duration::from_secs(5);

// Cool-downs after a failed refresh.
pub(crate) const COOLDOWN_BASE: Duration = Duration::from_secs(1);
pub(crate) const COOLDOWN_MAX: Duration = Duration::from_secs(60);
pub(crate) const COOLDOWN_REJECTED: Duration = Duration::from_secs(5);
pub(crate) const COOLDOWN_MAX_RETRY_AFTER: Duration = Duration::from_secs(10 * 60);

// Limits of the cache.
pub(crate) const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
pub(crate) const SHORT_LIFETIME: Duration = Duration::from_secs(10);
pub(crate) const MIN_REFRESH_INTERVAL: Duration = Duration::from_secs(1);

/// The maximum size of a buffered body, after decompression. A token response has a few hundred bytes.
pub(crate) const MAX_BUFFERED_BODY_BYTES: usize = 64 * 1024;
