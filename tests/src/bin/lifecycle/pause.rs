use std::time::Duration;

/// Lets real time pass: these scenarios measure what people wait for.
pub(crate) async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
