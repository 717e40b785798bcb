use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, which also counts how often each thread asked it for memory.
pub struct Counting;

thread_local! {
    // One counter a thread: a shared one would slow down whoever allocates most on two threads, and it is
    // the others' allocations that are compared.
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

/// Returns how often this thread has asked for memory so far.
pub fn on_this_thread() -> u64 {
    COUNT.get()
}

fn count() {
    // A thread that is ending has no counter any more, and nobody reads it.
    let _ = COUNT.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: each method passes its arguments to the system's allocator unchanged; counting neither allocates
// (the counter is a constant-initialised thread-local without a destructor) nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promise about `layout` is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promise about `layout` is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: `pointer` came from the system's allocator, by way of the methods above.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from the system's allocator, by way of the methods above.
        unsafe { System.dealloc(pointer, layout) }
    }
}
