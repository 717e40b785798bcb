//! Sleeping in real time, kept in one file because other code must not sleep.

use std::time::Duration;

/// Suspends a task. The scenarios measure real time.
pub async fn task(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Blocks a thread.
pub fn thread(duration: Duration) {
    std::thread::sleep(duration);
}
