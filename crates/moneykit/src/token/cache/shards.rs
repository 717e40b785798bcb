//! Values in several copies, so that threads do not contend for one cache line.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use crossbeam_utils::CachePadded;

use crate::sync::{AtomicU64, Ordering};

/// A value in one copy per core.
///
/// Threads that write to one cache line take turns, and cloning a reference-counted value writes to its count.
pub(super) struct Sharded<T>(Box<[T]>);

impl<T> Sharded<T> {
    pub(super) fn new(make: impl FnMut() -> T) -> Self {
        Self::with_count(shard_count(), make)
    }

    /// Creates `count` copies, which must be a power of two.
    fn with_count(count: usize, make: impl FnMut() -> T) -> Self {
        Self(std::iter::repeat_with(make).take(count).collect())
    }

    /// Returns the copy of a shard.
    pub(super) fn get(&self, shard: ShardIndex) -> &T {
        // The count is a power of two: a mask costs one cycle, a division thirty.
        &self.0[shard.0 & (self.0.len() - 1)]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }
}

impl<T> fmt::Debug for Sharded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sharded").finish_non_exhaustive()
    }
}

/// A counter in cache lines of its own.
#[derive(Default)]
pub(super) struct Counter(CachePadded<AtomicU64>);

impl Counter {
    pub(super) fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// More copies are not worth their memory.
const MAX_SHARDS: usize = 8;

/// Returns one shard per core that this process may use, rounded up to a power of two.
fn shard_count() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();

    *COUNT.get_or_init(|| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        cores.min(MAX_SHARDS).next_power_of_two()
    })
}

/// The shard of a thread: the lowest index that no other living thread has. So as many threads as there are shards
/// never share one.
#[derive(Clone, Copy)]
pub(super) struct ShardIndex(usize);

impl ShardIndex {
    /// Returns the shard of the current thread.
    pub(super) fn current() -> Self {
        thread_local! {
            static LEASE: IndexLease = IndexLease::acquire();
        }

        // A thread that is about to end may have returned its index already.
        Self(LEASE.try_with(|lease| lease.0).unwrap_or_default())
    }
}

/// An index that belongs to one thread until the thread ends.
struct IndexLease(usize);

/// The indices that ended threads returned, and the lowest one that was never leased.
static INDICES: Mutex<(BinaryHeap<Reverse<usize>>, usize)> = Mutex::new((BinaryHeap::new(), 0));

impl IndexLease {
    fn acquire() -> Self {
        let (free, next) = &mut *INDICES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Reverse(index)) = free.pop() {
            return Self(index);
        }
        *next += 1;
        Self(*next - 1)
    }
}

impl Drop for IndexLease {
    fn drop(&mut self) {
        let (free, _) = &mut *INDICES.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(Reverse(self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_threads_as_there_are_shards_have_one_each() {
        let mut next = 0..;
        let shards = Sharded::with_count(4, || next.next());

        let copies: Vec<_> = (0..6).map(|index| shards.get(ShardIndex(index)).unwrap()).collect();
        assert_eq!(copies, [0, 1, 2, 3, 0, 1]);
    }

    #[test]
    fn the_index_of_an_ended_thread_is_leased_again() {
        let indices: Vec<_> =
            (0..100).map(|_| std::thread::spawn(|| ShardIndex::current().0).join().unwrap()).collect();

        // Other tests have threads of their own, but fewer than this.
        assert!(indices.iter().max().unwrap() < &100, "{indices:?}");
        assert_eq!(ShardIndex::current().0, ShardIndex::current().0);
    }

    #[test]
    fn the_number_of_shards_is_a_power_of_two_and_bounded() {
        assert!(shard_count().is_power_of_two() && shard_count() <= MAX_SHARDS);
    }
}
