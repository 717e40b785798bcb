//! The signals to stop.

use std::io;
use std::time::Duration;

use tokio::runtime::{self, Runtime};
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::session::clock::Clock;

/// Waits until the process is told to stop: by Ctrl-C, by SIGTERM, or by the end of its parent.
pub(super) struct Shutdown {
    runtime: Runtime,
    stopped: mpsc::Receiver<()>,
}

impl Shutdown {
    /// Begins to listen for the signals.
    pub(super) fn new(exit_with_parent: bool) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = mpsc::channel(1);
        let entered = runtime.enter();
        #[cfg(unix)]
        {
            // A signal that arrives before the runtime polls is not lost, and does not end the process on its own.
            for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
                let mut signals = signal(kind)?;
                let stop = stop.clone();
                runtime.spawn(async move {
                    signals.recv().await;
                    let _ = stop.try_send(());
                });
            }
        }
        #[cfg(not(unix))]
        {
            let stop = stop.clone();
            runtime.spawn(async move {
                if tokio::signal::ctrl_c().await.is_ok() {
                    let _ = stop.try_send(());
                }
            });
        }
        if exit_with_parent {
            let parent = parent_id()?;
            runtime.spawn(async move {
                // An orphan gets another parent.
                while parent_id().is_ok_and(|current| current == parent) {
                    Clock::sleep(PARENT_INTERVAL).await;
                }
                let _ = stop.try_send(());
            });
        }
        drop(entered);
        Ok(Self { runtime, stopped })
    }

    pub(super) fn wait(mut self) {
        self.runtime.block_on(self.stopped.recv());
    }
}

const PARENT_INTERVAL: Duration = Duration::from_millis(200);

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "it fails on other systems")]
fn parent_id() -> io::Result<u32> {
    Ok(std::os::unix::process::parent_id())
}

#[cfg(not(unix))]
fn parent_id() -> io::Result<u32> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "--exit-with-parent is supported on Unix only; end the process",
    ))
}
