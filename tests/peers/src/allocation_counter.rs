//! An allocator that counts the allocations of each thread.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system allocator, with a count of allocations and reallocations per thread.
pub struct CountingAllocator;

thread_local! {
    // One counter per thread: a shared counter would slow down the subjects that allocate most when two threads
    // contend for it.
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

/// Returns the number of allocations and reallocations on this thread so far.
pub fn on_this_thread() -> u64 {
    COUNT.get()
}

fn count() {
    // A thread that is exiting has already dropped its counter, which nothing reads any more.
    let _ = COUNT.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: each method passes its arguments to the system allocator unchanged; counting neither allocates (the counter
// is a constant-initialized thread-local without a destructor) nor unwinds.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller upholds the contract for `layout`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller upholds the contract for `layout`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: `pointer` came from the system allocator, through the methods above.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from the system allocator, through the methods above.
        unsafe { System.dealloc(pointer, layout) }
    }
}
