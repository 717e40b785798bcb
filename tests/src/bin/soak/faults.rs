//! The emulator's faults during the run.

use std::time::Duration;

use moneykit_emulator::{Fault, Faults, StatusCode};

/// Returns faults with which nearly half of all token requests fail, and most tokens live for a few seconds.
pub(crate) fn faults(seed: u64) -> Faults {
    let seconds = Duration::from_secs;
    Faults::seeded(seed)
        .one_in(300, Fault::Status(StatusCode::UNAUTHORIZED))
        .one_in(300, Fault::Status(StatusCode::BAD_REQUEST))
        .one_in(12, Fault::Status(StatusCode::SERVICE_UNAVAILABLE))
        .one_in(20, Fault::RetryAfter(StatusCode::TOO_MANY_REQUESTS, seconds(1)))
        // Longer than `token_timeout`.
        .one_in(100, Fault::RetryAfter(StatusCode::SERVICE_UNAVAILABLE, seconds(5)))
        .one_in(25, Fault::Delay(Duration::from_millis(100)))
        // Longer than `token_attempt_timeout`.
        .one_in(60, Fault::Delay(Duration::from_millis(1_500)))
        .one_in(30, Fault::CloseAfter(0))
        .one_in(30, Fault::CloseAfter(100))
        .one_in(40, Fault::Garbage("<html>Welcome to our Wi-Fi</html>".to_owned()))
        .one_in(60, Fault::Garbage("{}".to_owned()))
        .one_in(4, Fault::Lifetime(seconds(2)))
        .one_in(4, Fault::Lifetime(seconds(5)))
        .one_in(4, Fault::Lifetime(seconds(12)))
}
