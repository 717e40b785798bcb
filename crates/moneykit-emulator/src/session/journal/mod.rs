//! The journal of a session: the requests it received, in a ring buffer.

mod entry;
mod filter;
mod packed;
mod redact;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

pub use entry::JournalEntry;
pub use filter::RequestFilter;
use packed::PackedEntry;
pub(crate) use redact::Redactor;

/// The limits of a journal. When one is exceeded, the oldest entries are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JournalLimits {
    /// The maximum number of entries. The default is 10,000.
    pub max_entries: usize,
    /// The maximum memory of all entries, approximately. The default is 32 MiB.
    pub max_bytes: usize,
}

impl Default for JournalLimits {
    fn default() -> Self {
        Self { max_entries: 10_000, max_bytes: 32 * 1024 * 1024 }
    }
}

/// The journal of a session.
pub(crate) struct Journal {
    entries: Mutex<Entries>,
    /// Wakes blocking waiters.
    added: Condvar,
    /// Wakes asynchronous waiters.
    notify: Notify,
}

#[derive(Default)]
struct Entries {
    limits: JournalLimits,
    ring: VecDeque<PackedEntry>,
    bytes: usize,
    last_id: u64,
    dropped: u64,
    /// The number of threads that wait for entries.
    blocking_waiters: usize,
}

/// Entries of the journal that match a filter.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct JournalPage {
    /// The matching entries, the oldest first.
    pub requests: Vec<Arc<JournalEntry>>,
    /// The ID of the journal's last entry. Pass it to [`RequestFilter::since`] to get later ones.
    pub last_id: u64,
    /// The number of entries that were dropped because of the limits.
    pub dropped: u64,
}

impl Journal {
    pub(crate) fn new(limits: JournalLimits) -> Self {
        Self {
            entries: Mutex::new(Entries { limits, ..Entries::default() }),
            added: Condvar::new(),
            notify: Notify::new(),
        }
    }

    /// Appends an entry and assigns its ID.
    pub(crate) fn push(&self, entry: &JournalEntry) {
        let mut entry = PackedEntry::pack(entry);
        let mut entries = self.lock();
        entries.last_id += 1;
        entry.id = entries.last_id;
        entries.bytes += entry.bytes();
        entries.ring.push_back(entry);
        entries.drop_oldest();
        let has_blocking_waiters = entries.blocking_waiters > 0;
        drop(entries);
        // A notification is a system call even if nobody waits.
        if has_blocking_waiters {
            self.added.notify_all();
        }
        self.notify.notify_waiters();
    }

    pub(crate) fn page(&self, filter: &RequestFilter) -> JournalPage {
        self.lock().page(filter)
    }

    pub(crate) fn count(&self, filter: &RequestFilter) -> usize {
        self.lock().matching(filter).count()
    }

    /// Removes all entries. IDs continue, so that a cursor stays valid.
    pub(crate) fn clear(&self) {
        let mut entries = self.lock();
        entries.ring.clear();
        entries.bytes = 0;
        entries.dropped = 0;
    }

    /// Blocks until at least `count` entries match, or the time is over.
    pub(crate) fn wait(&self, filter: &RequestFilter, count: usize, timeout: Duration) -> JournalPage {
        let mut entries = self.lock();
        entries.blocking_waiters += 1;
        let is_incomplete = |entries: &mut Entries| entries.matching(filter).count() < count;
        let waited = self.added.wait_timeout_while(entries, timeout, is_incomplete);
        let mut entries = waited.unwrap_or_else(PoisonError::into_inner).0;
        entries.blocking_waiters -= 1;
        entries.page(filter)
    }

    /// Waits until at least `count` entries match.
    pub(crate) async fn wait_async(&self, filter: &RequestFilter, count: usize) -> JournalPage {
        loop {
            // Registered before the check, so that no entry between both is missed.
            let mut added = std::pin::pin!(self.notify.notified());
            added.as_mut().enable();
            if self.count(filter) >= count {
                return self.page(filter);
            }
            added.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn page(&self, filter: &RequestFilter) -> JournalPage {
        JournalPage {
            requests: self.matching(filter).map(|entry| Arc::new(entry.unpack())).collect(),
            last_id: self.last_id,
            dropped: self.dropped,
        }
    }

    fn matching<'e>(&'e self, filter: &'e RequestFilter) -> impl Iterator<Item = &'e PackedEntry> {
        self.ring.iter().filter(|entry| filter.matches(entry))
    }

    fn drop_oldest(&mut self) {
        while self.ring.len() > self.limits.max_entries || self.bytes > self.limits.max_bytes {
            let Some(entry) = self.ring.pop_front() else { return };
            self.bytes -= entry.bytes();
            self.dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str) -> JournalEntry {
        JournalEntry { path: path.to_owned(), ..JournalEntry::default() }
    }

    fn paths(page: &JournalPage) -> Vec<&str> {
        page.requests.iter().map(|entry| &*entry.path).collect()
    }

    #[test]
    fn the_oldest_entries_are_dropped_and_counted() {
        let by_number = Journal::new(JournalLimits { max_entries: 2, ..JournalLimits::default() });
        let max_bytes = 2 * PackedEntry::pack(&entry("/1")).bytes();
        let by_size = Journal::new(JournalLimits { max_bytes, ..JournalLimits::default() });
        for journal in [by_number, by_size] {
            for path in ["/1", "/2", "/3"] {
                journal.push(&entry(path));
            }
            let page = journal.page(&RequestFilter::new());
            assert_eq!((paths(&page), page.last_id, page.dropped), (vec!["/2", "/3"], 3, 1));
            assert_eq!(paths(&journal.page(&RequestFilter::new().since(2))), ["/3"]);
            journal.clear();
            journal.push(&entry("/4"));
            let page = journal.page(&RequestFilter::new());
            assert_eq!((page.requests[0].id, page.last_id, page.dropped), (4, 4, 0));
        }
    }

    #[test]
    fn waiting_ends_with_the_last_entry_or_the_timeout() {
        let journal = Journal::new(JournalLimits::default());
        let filter = RequestFilter::new().path("/a/*").unwrap();
        assert!(journal.wait(&filter, 1, Duration::from_millis(1)).requests.is_empty());
        std::thread::scope(|scope| {
            let blocking = scope.spawn(|| journal.wait(&filter, 2, Duration::from_secs(60)));
            let asynchronous = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(journal.wait_async(&filter, 2))
            });
            for path in ["/a/1", "/b", "/a/2"] {
                journal.push(&entry(path));
            }
            for waiter in [blocking, asynchronous] {
                assert_eq!(paths(&waiter.join().unwrap()), ["/a/1", "/a/2"]);
            }
        });
        assert_eq!(journal.count(&filter), 2);
    }
}
