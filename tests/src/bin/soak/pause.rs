use std::time::Duration;

/// Lets real time pass: load goes on for as long as it is told to.
pub(crate) async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
