use std::time::Duration;

/// Lets time pass for one task. Everything here is about real time, so all waiting goes through this file.
pub async fn task(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Lets time pass for one thread.
pub fn thread(duration: Duration) {
    std::thread::sleep(duration);
}
