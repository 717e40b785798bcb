//! Running a future of the async client on the calling thread.

use super::{context, runtime};
use crate::error::{Error, Kind};

/// Runs a future to completion and blocks the calling thread meanwhile.
///
/// Tasks that the future spawns, and its timers and connections, run on the shared runtime. There is no timeout
/// here: each future has its own.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    if context::is_async() {
        return Err(Kind::BlockingInAsync.into());
    }
    let _entered = runtime::handle()?.enter();
    // Not tokio's `block_on`: it panics in async code, which `is_async` does not always recognize.
    pollster::block_on(future)
}
