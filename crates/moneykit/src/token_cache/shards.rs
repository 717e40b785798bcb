use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

/// A value in several copies, one for each thread as far as they go round.
///
/// Threads that change one cache line take turns at it, and a reference count is changed by every clone. With
/// a copy each they do not meet.
pub(super) struct Sharded<T>(Box<[T]>);

impl<T> Sharded<T> {
    pub(super) fn new(make: impl FnMut() -> T) -> Self {
        Self::with_count(count(), make)
    }

    /// Makes some copies; `count` is a power of two.
    fn with_count(count: usize, make: impl FnMut() -> T) -> Self {
        Self(std::iter::repeat_with(make).take(count).collect())
    }

    /// Returns the copy of a thread.
    pub(super) fn of(&self, thread: Thread) -> &T {
        // As many copies as a power of two has: a mask costs a cycle where a division costs thirty.
        &self.0[thread.0 & (self.0.len() - 1)]
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

/// More copies than this are not worth their memory.
const MOST: usize = 8;

/// One copy for each core that this process may use, rounded up to a power of two.
fn count() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();

    *COUNT.get_or_init(|| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        cores.min(MOST).next_power_of_two()
    })
}

/// The number of a thread: the lowest that no other living thread has, so that as many threads as there are copies
/// never share one.
#[derive(Clone, Copy)]
pub(super) struct Thread(usize);

impl Thread {
    pub(super) fn current() -> Self {
        thread_local! {
            static MINE: Number = Number::take();
        }

        // A thread that is about to end may have given its number back already.
        Self(MINE.try_with(|number| number.0).unwrap_or_default())
    }
}

/// A number that one thread has, until the thread ends.
struct Number(usize);

/// The numbers that threads have given back, and the lowest that none has had.
static NUMBERS: Mutex<(BinaryHeap<Reverse<usize>>, usize)> = Mutex::new((BinaryHeap::new(), 0));

impl Number {
    fn take() -> Self {
        let (free, next) = &mut *NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Reverse(number)) = free.pop() {
            return Self(number);
        }
        *next += 1;
        Self(*next - 1)
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        let (free, _) = &mut *NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(Reverse(self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_threads_as_there_are_copies_have_one_each() {
        let mut next = 0..;
        let shards = Sharded::with_count(4, || next.next());

        let copies: Vec<_> = (0..6).map(|number| shards.of(Thread(number)).unwrap()).collect();
        assert_eq!(copies, [0, 1, 2, 3, 0, 1]);
    }

    #[test]
    fn the_number_of_a_thread_that_has_ended_is_given_out_again() {
        let numbers: Vec<_> =
            (0..100).map(|_| std::thread::spawn(|| Thread::current().0).join().unwrap()).collect();

        // Other tests have threads of their own, but not as many as these.
        assert!(numbers.iter().max().unwrap() < &100, "{numbers:?}");
        assert_eq!(Thread::current().0, Thread::current().0);
    }

    #[test]
    fn there_is_a_copy_for_each_core_and_a_power_of_two_of_them() {
        assert!(count().is_power_of_two() && count() <= MOST);
    }
}
