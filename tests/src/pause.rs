//! Sleeps in real time. `cargo xtask tidy` bans sleeping in all files but a few; this is one of them.

use std::time::Duration;

/// Sleeps in real time: the measuring programs put load on real sockets for a given time.
pub async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
