//! What is counted for the `metrics` facade, under the feature of that name. Without it nothing is done, and
//! nothing is left of these calls.

use std::time::Duration;

/// Counts a call that got the kept token at once.
#[inline]
pub(crate) fn hit() {
    #[cfg(feature = "metrics")]
    metrics::counter!("moneykit_token_cache_hits_total").increment(1);
}

/// Counts an endeavour to get a new token.
pub(crate) fn flight(cause: &'static str) {
    #[cfg(feature = "metrics")]
    metrics::counter!("moneykit_token_refreshes_total", "cause" => cause).increment(1);
    let _ = cause;
}

/// Counts a try of a flight after its first.
pub(crate) fn retry() {
    #[cfg(feature = "metrics")]
    metrics::counter!("moneykit_token_retries_total").increment(1);
}

/// Counts a flight that is over, by whether it brought a token, and how long it took.
pub(crate) fn landed(brought_token: bool, took: Duration) {
    #[cfg(feature = "metrics")]
    {
        let outcome = if brought_token { "token" } else { "error" };
        metrics::histogram!("moneykit_token_refresh_duration_seconds", "outcome" => outcome).record(took);
    }
    let _ = (brought_token, took);
}

/// Counts something that a server would not have.
pub(crate) fn rejected(what: Rejected) {
    #[cfg(feature = "metrics")]
    {
        let what = match what {
            Rejected::Credentials => "credentials",
            Rejected::AccessToken => "access_token",
        };
        metrics::counter!("moneykit_rejections_total", "what" => what).increment(1);
    }
    let _ = what;
}

/// What a server would not have.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rejected {
    /// The token endpoint rejected the credentials, the grant or the scopes.
    Credentials,
    /// The API rejected the access token.
    AccessToken,
}
