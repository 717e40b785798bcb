//! A lock between processes, with a deadline.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use tracing::debug;

/// A lock between processes, until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    file: Option<File>,
}

impl Lock {
    /// Waits for the lock of a file, which is created if it does not exist. Does without the lock when the deadline
    /// passes, and where the file system has no locks.
    pub(crate) fn acquire(path: &Path, timeout: Duration) -> Self {
        let lock = Self { file: open(path).ok().and_then(|file| locked(file, timeout)) };
        if !lock.is_held() {
            debug!(
                "the token cache is not locked: its file system has no locks, or a process holds its lock for too long"
            );
        }
        lock
    }

    /// Returns a lock that locks nothing.
    pub(crate) fn none() -> Self {
        Self { file: None }
    }

    fn is_held(&self) -> bool {
        self.file.is_some()
    }
}

/// Locks a file. Returns `None` if that fails, or takes too long.
fn locked(file: File, timeout: Duration) -> Option<File> {
    match file.try_lock() {
        Ok(()) => return Some(file),
        Err(TryLockError::Error(_)) => return None,
        Err(TryLockError::WouldBlock) => {}
    }
    // The system wakes the thread at once; polling would let a hundred processes wait for each other's pauses.
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let locked = file.lock().is_ok().then_some(file);
        // After the deadline nobody receives it, and it is unlocked.
        let _ = sender.send(locked);
    });
    receiver.recv_timeout(timeout).ok().flatten()
}

/// Opens a file that only its owner can open, and that is never deleted: two processes could hold locks of two files of
/// one name.
fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_held_is_done_without_after_the_deadline() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        let first = Lock::acquire(&path, Duration::ZERO);
        assert!(first.is_held());
        assert!(!Lock::acquire(&path, Duration::from_millis(1)).is_held());
        drop(first);
        assert!(Lock::acquire(&path, Duration::from_secs(10)).is_held());
        assert!(!Lock::acquire(&folder.path().join("no/folder"), Duration::ZERO).is_held());
    }
}
