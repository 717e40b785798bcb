//! The ledger: counts of calls, requests and tokens during the run, and the violations found.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moneykit::TokenStatus;
use moneykit_emulator::RequestCounts;

/// Counts of events during the run, and every violation of the client's guarantees.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    calls: u64,
    failed_calls: u64,
    cancelled_calls: u64,
    tokens: u64,
    expired_on_arrival: u64,
    api_requests: u64,
    rejected_api_requests: u64,
    /// Requests of the clients to the good path.
    requests: u64,
    /// Those that got a 401.
    unauthorized_requests: u64,
    failed_requests: u64,
    /// Requests of the clients to the path that is always refused.
    refused_requests: u64,
    forced_refreshes: u64,
    slowest_call: Duration,
    /// The slowest successful request to the good path while the API and the network had no fault.
    slowest_calm_request: Duration,
    clients: u64,
    refreshes: u64,
    cache_hits: u64,
    /// Token requests that callers made without the cache.
    uncached_requests: u64,
    request_counts: RequestCounts,
    /// Peak resident memory early and late in the run, in bytes.
    memory_peaks: Option<(u64, u64)>,
    violations: Vec<String>,
}

/// The longest time that a call for a token may take. It returns within the three seconds of `token_timeout`, plus two
/// for a runtime that makes no progress; the other five are for loaded machines.
const MAX_TOKEN_CALL_DURATION: Duration = Duration::from_secs(10);
/// The longest time that a request may take: a token and a response within the two seconds of `request_timeout`, and
/// both once more after a 401.
const MAX_REQUEST_DURATION: Duration = Duration::from_secs(19);
/// The maximum growth of resident memory in bytes, which allows for the allocator's handling of freed memory.
const MAX_MEMORY_GROWTH: u64 = 16 * 1024 * 1024;
/// The number of attempts per refresh (the default of `token_max_attempts`).
const MAX_ATTEMPTS: u64 = 3;

impl Ledger {
    pub(crate) fn report_violation(&self, message: &str) {
        self.entries().violations.push(message.to_owned());
    }

    /// Records a call that returned, with a value or an error.
    pub(crate) fn record_call(&self, method: &str, duration: Duration, is_ok: bool) {
        let mut entries = self.entries();
        entries.calls += 1;
        entries.failed_calls += u64::from(!is_ok);
        entries.slowest_call = entries.slowest_call.max(duration);
        let limit = if method == "send" { MAX_REQUEST_DURATION } else { MAX_TOKEN_CALL_DURATION };
        if duration > limit {
            entries.violations.push(format!("a call of `{method}` took {duration:?}"));
        }
    }

    pub(crate) fn record_cancelled_call(&self) {
        self.entries().cancelled_calls += 1;
    }

    pub(crate) fn record_uncached_request(&self) {
        self.entries().uncached_requests += 1;
    }

    pub(crate) fn record_api_request(&self, is_ok: bool) {
        let mut entries = self.entries();
        entries.api_requests += 1;
        entries.rejected_api_requests += u64::from(!is_ok);
    }

    /// Records a response to a request of a client to the good path, and its duration if there was no fault.
    pub(crate) fn record_request(&self, is_ok: bool, calm_duration: Option<Duration>) {
        let mut entries = self.entries();
        entries.requests += 1;
        entries.unauthorized_requests += u64::from(!is_ok);
        entries.slowest_calm_request = entries.slowest_calm_request.max(calm_duration.unwrap_or_default());
    }

    /// Records a request of a client to the good path that got no response.
    pub(crate) fn record_failed_request(&self) {
        let mut entries = self.entries();
        entries.requests += 1;
        entries.failed_requests += 1;
    }

    /// Records a response to a request of a client to the path that is always refused.
    pub(crate) fn record_refused_request(&self, is_unauthorized: bool) {
        let mut entries = self.entries();
        entries.refused_requests += 1;
        if !is_unauthorized {
            entries.violations.push("a refused request got another status than 401".to_owned());
        }
    }

    /// Records that a 401 forced a refresh of a steady client.
    pub(crate) fn record_forced_refresh(&self) {
        self.entries().forced_refreshes += 1;
    }

    /// Records a token that a call returned: the time of the call, the time at which the client read its clock to
    /// validate the token, and the time at which the token expires.
    pub(crate) fn record_token(&self, called_at: Duration, validated_at: Duration, expires_at: Duration) {
        // Longer than the time between a call's start and its first reading of the clock.
        const MIN_WAIT: Duration = Duration::from_millis(50);

        let mut entries = self.entries();
        entries.tokens += 1;
        if validated_at < expires_at {
            return;
        }
        if expires_at <= called_at || validated_at.saturating_sub(called_at) < MIN_WAIT {
            entries.violations.push(format!(
                "a call at {called_at:?} returned, at {validated_at:?}, a token that had expired at {expires_at:?}"
            ));
        } else {
            // A token that expires while it is requested may go to the callers that waited for it, and to no others.
            entries.expired_on_arrival += 1;
        }
    }

    /// Records the status of a client that was dropped at the given age.
    pub(crate) fn record_dropped_client(&self, age: Duration, status: &TokenStatus) {
        // A cool-down of at least half a second follows a failure. After a success the next refresh is a second
        // away, unless the API rejects the token immediately. That makes two per second; four more allow for the
        // boundaries between seconds.
        let limit = 2 * age.as_secs() + 4;
        let mut entries = self.entries();
        entries.clients += 1;
        entries.refreshes += status.refreshes;
        entries.cache_hits += status.cache_hits;
        if status.refreshes > limit {
            let refreshes = status.refreshes;
            entries
                .violations
                .push(format!("a client made {refreshes} token refreshes in {age:?}; the limit is {limit}"));
        }
    }

    pub(crate) fn record_request_counts(&self, counts: RequestCounts) {
        self.entries().request_counts = counts;
    }

    /// Checks that the server received at most `MAX_ATTEMPTS` requests per refresh, and that the run was not empty.
    pub(crate) fn check_request_counts(&self) {
        let mut entries = self.entries();
        let (requests, refreshes, uncached) =
            (entries.request_counts.token, entries.refreshes, entries.uncached_requests);
        if requests > MAX_ATTEMPTS * refreshes + uncached {
            entries.violations.push(format!(
                "{requests} token requests for {refreshes} refreshes and {uncached} requests without the cache"
            ));
        }
        if entries.tokens == 0 || refreshes == 0 || entries.requests == 0 {
            entries.violations.push("no token was returned or refreshed, or no request was sent".to_owned());
        }
    }

    pub(crate) fn check_memory(&self, early: u64, late: u64) {
        let mut entries = self.entries();
        entries.memory_peaks = Some((early, late));
        if late > early + MAX_MEMORY_GROWTH {
            entries.violations.push(format!("resident memory grew from {early} to {late} bytes"));
        }
    }

    pub(crate) fn has_violations(&self) -> bool {
        !self.entries().violations.is_empty()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// The number of different violations that are printed; further ones rarely differ in kind.
        const MAX_PRINTED: usize = 20;

        let entries = self.entries();
        writeln!(f, "| event | count |")?;
        writeln!(f, "|---|---:|")?;
        for (event, count) in [
            ("calls", entries.calls),
            ("calls that failed", entries.failed_calls),
            ("calls that were cancelled", entries.cancelled_calls),
            ("tokens returned", entries.tokens),
            ("tokens that expired before they arrived", entries.expired_on_arrival),
            ("cache hits", entries.cache_hits),
            ("clients", entries.clients),
            ("token refreshes", entries.refreshes),
            ("token requests without the cache", entries.uncached_requests),
            ("token requests at the server", entries.request_counts.token),
            ("tokens issued", entries.request_counts.tokens_issued),
            ("refreshes of steady clients that 401s forced", entries.forced_refreshes),
            ("requests of the clients", entries.requests),
            ("of these, 401s", entries.unauthorized_requests),
            ("of these, without a response", entries.failed_requests),
            ("requests to the path that is always refused", entries.refused_requests),
            ("requests with another HTTP client", entries.api_requests),
            ("of these, rejected", entries.rejected_api_requests),
        ] {
            writeln!(f, "| {event} | {count} |")?;
        }
        writeln!(
            f,
            "| slowest request without a fault of API or network | {} ms |",
            entries.slowest_calm_request.as_millis()
        )?;
        writeln!(f, "| slowest call | {} ms |", entries.slowest_call.as_millis())?;
        match entries.memory_peaks {
            Some((early, late)) => {
                writeln!(f, "| peak memory, early and late | {} KiB, {} KiB |", early / 1_024, late / 1_024)?;
            }
            None => writeln!(f, "| peak memory | not measured |")?,
        }
        writeln!(f, "| violations | {} |", entries.violations.len())?;
        let mut counts = BTreeMap::<_, u64>::new();
        for violation in &entries.violations {
            *counts.entry(violation).or_default() += 1;
        }
        for (violation, count) in counts.iter().take(MAX_PRINTED) {
            writeln!(f, "\n{count} times: {violation}")?;
        }
        Ok(())
    }
}
