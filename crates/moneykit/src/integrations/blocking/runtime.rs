use std::io;
use std::sync::{Mutex, OnceLock, PoisonError, mpsc};
use std::thread;

use tokio::runtime::{Builder, Handle};
use tracing::warn;

use crate::error::{Error, Kind};

/// Returns the runtime of all blocking calls. The first call starts it.
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
        // What comes next may have more luck, so the failure is not kept.
        Err(error) => {
            warn!(%error, "the thread of blocking calls can't be started");
            Err(Kind::NoThread.into())
        }
    }
}

/// Starts a runtime on a thread of its own. It lives there, so it never ends on a thread that may not wait
/// for it.
fn start() -> io::Result<Handle> {
    let (sender, started) = mpsc::channel();
    thread::Builder::new().name("moneykit-blocking".to_owned()).spawn(move || {
        match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => {
                if sender.send(Ok(runtime.handle().clone())).is_ok() {
                    runtime.block_on(std::future::pending::<()>());
                }
            }
            // The one who started this waits for it.
            Err(error) => drop(sender.send(Err(error))),
        }
    })?;
    started.recv().unwrap_or_else(|error| Err(io::Error::other(error)))
}
