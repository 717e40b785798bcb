//! Work that goes as deep as a document does.

use std::io;
use std::panic::resume_unwind;
use std::thread::{Builder, scope};

/// Does something on a stack of its own, of so many bytes. Only what is used of them costs memory.
///
/// # Errors
///
/// When there is no thread to be had.
pub(crate) fn on_a_stack_of<T: Send>(bytes: usize, work: impl FnOnce() -> T + Send) -> io::Result<T> {
    scope(|scope| {
        let worker = Builder::new().stack_size(bytes).spawn_scoped(scope, work)?;
        Ok(worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}
