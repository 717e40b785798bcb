//! The shared runtime of blocking clients, on a background thread.

use std::io;
use std::sync::{Mutex, OnceLock, PoisonError, mpsc};
use std::thread;

use tokio::runtime::{Builder, Handle};
use tracing::warn;

use crate::error::{Error, Kind};

/// Returns the handle of the shared runtime, and starts the runtime on the first call.
pub(super) fn handle() -> Result<&'static Handle, Error> {
    static RUNTIME: OnceLock<Handle> = OnceLock::new();
    static STARTING: Mutex<()> = Mutex::new(());

    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    match start() {
        Ok(runtime) => Ok(RUNTIME.get_or_init(|| runtime)),
        // The failure is not cached: the next call may succeed.
        Err(error) => {
            warn!(%error, "failed to start the background thread of blocking clients");
            Err(Kind::NoThread.into())
        }
    }
}

/// Starts a runtime on a thread of its own. The runtime is never dropped: dropping it in async code would panic.
fn start() -> io::Result<Handle> {
    let (sender, started) = mpsc::channel();
    thread::Builder::new().name("moneykit-blocking".to_owned()).spawn(move || {
        match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => {
                if sender.send(Ok(runtime.handle().clone())).is_ok() {
                    runtime.block_on(std::future::pending::<()>());
                }
            }
            // Sending cannot fail: the caller of `start` waits for this message.
            Err(error) => drop(sender.send(Err(error))),
        }
    })?;
    started.recv().unwrap_or_else(|error| Err(io::Error::other(error)))
}
