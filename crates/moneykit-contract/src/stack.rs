//! Runs recursive work on a thread with a stack that is large enough.

use std::io;
use std::panic::resume_unwind;
use std::thread::{Builder, scope};

/// Runs `work` on a new thread with a stack of `bytes`. Only the used part of the stack takes memory.
///
/// # Errors
///
/// Returns an error if the thread can't be started.
pub(crate) fn with_stack_size<T: Send>(bytes: usize, work: impl FnOnce() -> T + Send) -> io::Result<T> {
    scope(|scope| {
        let worker = Builder::new().stack_size(bytes).spawn_scoped(scope, work)?;
        Ok(worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}
