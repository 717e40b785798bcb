//! Sleeps in real time. `cargo xtask tidy` bans sleeping in all files but a few; this is one of them.

use std::time::Duration;

/// Sleeps in real time: the scenarios measure how long callers wait.
pub(crate) async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
