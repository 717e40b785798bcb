//! Metrics for the `metrics` facade. Without the feature `metrics`, these calls compile to nothing.

use std::time::Duration;

/// Counts a call that returned the cached token without waiting.
#[inline]
pub(crate) fn cache_hit() {
    #[cfg(feature = "metrics")]
    metrics::counter!("moneykit_token_cache_hits_total").increment(1);
}

/// Counts a refresh that started.
pub(crate) fn refresh_started(reason: &'static str) {
    #[cfg(feature = "metrics")]
    metrics::counter!("moneykit_token_refreshes_total", "reason" => reason).increment(1);
    let _ = reason;
}

/// Counts an attempt of a refresh after its first.
pub(crate) fn retry() {
    #[cfg(feature = "metrics")]
    metrics::counter!("moneykit_token_retries_total").increment(1);
}

/// Records the duration of a refresh, by whether it obtained a token.
pub(crate) fn refresh_finished(has_token: bool, duration: Duration) {
    #[cfg(feature = "metrics")]
    {
        let outcome = if has_token { "token" } else { "error" };
        metrics::histogram!("moneykit_token_refresh_duration_seconds", "outcome" => outcome).record(duration);
    }
    let _ = (has_token, duration);
}

/// Counts a rejection by a server.
pub(crate) fn rejection(kind: Rejected) {
    #[cfg(feature = "metrics")]
    {
        let kind = match kind {
            Rejected::Credentials => "credentials",
            Rejected::AccessToken => "access_token",
        };
        metrics::counter!("moneykit_rejections_total", "kind" => kind).increment(1);
    }
    let _ = kind;
}

/// The kind of a rejection by a server.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rejected {
    /// The token endpoint rejected the credentials, the grant type or the scopes.
    Credentials,
    /// The API rejected the access token.
    AccessToken,
}
