//! Metrics for the `metrics` facade. Without the feature `metrics`, these calls compile to nothing.

use std::time::Duration;

/// Describes every metric to the recorder, with its unit.
pub(crate) fn describe() {
    #[cfg(feature = "metrics")]
    {
        use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

        describe_counter!(
            "moneykit_token_cache_hits_total",
            Unit::Count,
            "Calls that returned the cached token at once"
        );
        describe_counter!(
            "moneykit_token_refreshes_total",
            Unit::Count,
            "Token refreshes that were started, by reason"
        );
        describe_counter!(
            "moneykit_token_refresh_failures_total",
            Unit::Count,
            "Token refreshes that failed after their last attempt, by reason"
        );
        describe_counter!(
            "moneykit_token_retries_total",
            Unit::Count,
            "Attempts of token refreshes after the first"
        );
        describe_counter!(
            "moneykit_rejections_total",
            Unit::Count,
            "Rejections by the token endpoint, and access tokens that the API rejected with 401"
        );
        describe_histogram!(
            "moneykit_token_refresh_duration_seconds",
            Unit::Seconds,
            "Duration of a token refresh, including its retries"
        );
        describe_gauge!(
            "moneykit_token_expires_in_seconds",
            Unit::Seconds,
            "Time until the current token expires, as of the last refresh or status snapshot"
        );
        #[cfg(feature = "token-store")]
        describe_counter!(
            "moneykit_token_store_adoptions_total",
            Unit::Count,
            "Tokens that came from the token store, so that no request was sent"
        );
        #[cfg(feature = "token-store")]
        describe_counter!(
            "moneykit_token_store_failures_total",
            Unit::Count,
            "Failures of the token store, by reason"
        );
    }
}

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

/// Counts a refresh that failed after its last attempt.
pub(crate) fn refresh_failed(reason: &'static str) {
    #[cfg(feature = "metrics")]
    metrics::counter!("moneykit_token_refresh_failures_total", "reason" => reason).increment(1);
    let _ = reason;
}

/// Records the time until the current token expires.
pub(crate) fn token_expires_in(client_id: Option<String>, time: Duration) {
    #[cfg(feature = "metrics")]
    metrics::gauge!("moneykit_token_expires_in_seconds", "client_id" => client_id.unwrap_or_default())
        .set(time);
    #[cfg(not(feature = "metrics"))]
    let _ = (client_id, time);
}

/// Counts a token that came from the token store.
#[cfg(feature = "token-store")]
pub(crate) fn token_adopted() {
    #[cfg(feature = "metrics")]
    metrics::counter!("moneykit_token_store_adoptions_total").increment(1);
}

/// Counts a failure of the token store.
#[cfg(feature = "token-store")]
pub(crate) fn token_store_failed(reason: &'static str) {
    #[cfg(feature = "metrics")]
    metrics::counter!("moneykit_token_store_failures_total", "reason" => reason).increment(1);
    let _ = reason;
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
