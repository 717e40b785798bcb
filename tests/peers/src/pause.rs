//! Sleeps in real time. `cargo xtask tidy` bans sleeping in all files but a few; this is one of them.

use std::time::Duration;

/// Suspends a task. The scenarios measure real time.
pub async fn task(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Blocks a thread.
pub fn thread(duration: Duration) {
    std::thread::sleep(duration);
}
