//! Sleeping in real time, kept in one file because other code must not sleep.

use std::time::Duration;

/// Sleeps in real time: the scenarios measure how long callers wait.
pub(crate) async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
