use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moneykit::TokenStatus;
use moneykit_emulator::RequestCounts;

/// What happened, and what must not have.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    calls: u64,
    failed: u64,
    given_up: u64,
    tokens: u64,
    late: u64,
    api_calls: u64,
    api_refused: u64,
    slowest: Duration,
    clients: u64,
    flights: u64,
    hits: u64,
    /// Token requests that callers made past the cache.
    direct: u64,
    requests: RequestCounts,
    memory: Option<(u64, u64)>,
    objections: Vec<String>,
}

/// A call ends within the three seconds of a flight and two more for a runtime that stands still. The rest is
/// for machines that have other things to do.
const LONGEST_CALL: Duration = Duration::from_secs(10);
/// Room for what the system's allocator does with freed memory.
const GROWTH: u64 = 16 * 1024 * 1024;
/// How many tries a flight has.
const TRIES: u64 = 3;

impl Ledger {
    pub(crate) fn object(&self, what: &str) {
        self.entries().objections.push(what.to_owned());
    }

    /// A call has ended, with or without success.
    pub(crate) fn call(&self, what: &str, took: Duration, is_ok: bool) {
        let mut entries = self.entries();
        entries.calls += 1;
        entries.failed += u64::from(!is_ok);
        entries.slowest = entries.slowest.max(took);
        if took > LONGEST_CALL {
            entries.objections.push(format!("a call of `{what}` took {took:?}"));
        }
    }

    pub(crate) fn given_up(&self) {
        self.entries().given_up += 1;
    }

    pub(crate) fn direct_request(&self) {
        self.entries().direct += 1;
    }

    pub(crate) fn api_call(&self, is_ok: bool) {
        let mut entries = self.entries();
        entries.api_calls += 1;
        entries.api_refused += u64::from(!is_ok);
    }

    /// A token was handed out: when its call began, when the client looked at the clock for it, and when it
    /// ends.
    pub(crate) fn token(&self, began: Duration, decided: Duration, end: Duration) {
        // Longer than the way from one look at the clock to the next.
        const WAIT: Duration = Duration::from_millis(50);

        let mut entries = self.entries();
        entries.tokens += 1;
        if decided < end {
            return;
        }
        if end <= began || decided.saturating_sub(began) < WAIT {
            entries.objections.push(format!(
                "a token that ended at {end:?} was handed out at {decided:?}, in a call from {began:?}"
            ));
        } else {
            // Dead when it came: it goes to those who waited for it, and to nobody else.
            entries.late += 1;
        }
    }

    /// A client is gone that lived for so long.
    pub(crate) fn settle(&self, lived: Duration, status: &TokenStatus) {
        // After a failure flights rest for half a second or more; after a success the next is a second away,
        // save that the API may reject a token at once. That makes two in a second, and some for where a
        // second begins.
        let allowed = 2 * lived.as_secs() + 4;
        let mut entries = self.entries();
        entries.clients += 1;
        entries.flights += status.refreshes;
        entries.hits += status.cache_hits;
        if status.refreshes > allowed {
            let flights = status.refreshes;
            entries.objections.push(format!("{flights} flights in {lived:?}, where {allowed} are allowed"));
        }
    }

    pub(crate) fn note_requests(&self, requests: RequestCounts) {
        self.entries().requests = requests;
    }

    /// The server saw no more requests than flights have tries.
    pub(crate) fn compare_requests(&self) {
        let mut entries = self.entries();
        let (seen, flights, direct) = (entries.requests.token, entries.flights, entries.direct);
        if seen > TRIES * flights + direct {
            entries
                .objections
                .push(format!("{seen} token requests for {flights} flights and {direct} others"));
        }
        if entries.tokens == 0 || flights == 0 {
            entries.objections.push("nothing happened".to_owned());
        }
    }

    pub(crate) fn compare_memory(&self, early: u64, late: u64) {
        let mut entries = self.entries();
        entries.memory = Some((early, late));
        if late > early + GROWTH {
            entries.objections.push(format!("the memory grew from {early} to {late} bytes"));
        }
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.entries().objections.is_empty()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// As many as fit on a screen; the rest say the same.
        const SHOWN: usize = 20;

        let entries = self.entries();
        let Entries { calls, failed, given_up, tokens, late, .. } = &*entries;
        let Entries { api_calls, api_refused, clients, flights, hits, direct, requests, .. } = &*entries;
        writeln!(f, "| what | how many |")?;
        writeln!(f, "|---|---:|")?;
        for (what, count) in [
            ("calls", calls),
            ("calls that failed", failed),
            ("calls that were given up", given_up),
            ("tokens handed out", tokens),
            ("of them dead when they came", late),
            ("hits", hits),
            ("clients", clients),
            ("flights", flights),
            ("token requests past the cache", direct),
            ("token requests that the server saw", &requests.token),
            ("tokens issued", &requests.tokens_issued),
            ("requests to the API", api_calls),
            ("of them refused", api_refused),
        ] {
            writeln!(f, "| {what} | {count} |")?;
        }
        writeln!(f, "| slowest call | {} ms |", entries.slowest.as_millis())?;
        match entries.memory {
            Some((early, late)) => {
                writeln!(f, "| memory, warm and at the end | {} KiB, {} KiB |", early / 1_024, late / 1_024)?;
            }
            None => writeln!(f, "| memory | not measured |")?,
        }
        writeln!(f, "| objections | {} |", entries.objections.len())?;
        for objection in entries.objections.iter().take(SHOWN) {
            writeln!(f, "\n{objection}")?;
        }
        Ok(())
    }
}
