//! Tests of rate limits over HTTP.

use std::time::Duration;

use moneykit_emulator::{Emulator, RateLimit, RateLimits};

use crate::common::{get_links, issue_token, request_token};

const LIMIT: RateLimit = RateLimit { capacity: 2, refill_per_second: 0.5 };

#[test]
fn requests_beyond_the_limit_are_rejected_until_the_bucket_refills() {
    let limits = RateLimits { token_endpoint: Some(LIMIT), api: None };
    let emulator = Emulator::builder().rate_limits(limits).start().unwrap();
    emulator.freeze_clock();
    let token = issue_token(&emulator);
    issue_token(&emulator);

    let response = request_token(&emulator);
    response.assert_error(429, "api_error.rate_limit_exceeded");
    assert_eq!(response.header("retry-after"), Some("2"));
    assert!((0..5).all(|_| get_links(&emulator, &token).status == 200), "the API has no limit");
    emulator.advance(Duration::from_secs(2));
    assert_eq!([(); 2].map(|()| request_token(&emulator).status), [201, 429]);
    assert_eq!((emulator.request_counts().token, emulator.request_counts().tokens_issued), (5, 3));
    let rejected =
        moneykit_emulator::RequestFilter::new().status(moneykit_emulator::StatusCode::TOO_MANY_REQUESTS);
    assert!(emulator.requests(&rejected).requests.iter().all(|request| request.rate_limited));
}

#[test]
fn limits_can_be_replaced_and_removed() {
    let emulator = crate::common::start();
    emulator.freeze_clock();
    let token = issue_token(&emulator);
    emulator.set_rate_limits(RateLimits { token_endpoint: None, api: Some(LIMIT) }).unwrap();
    assert_eq!([(); 3].map(|()| get_links(&emulator, &token).status), [200, 200, 429]);
    emulator.set_rate_limits(RateLimits::default()).unwrap();
    assert_eq!(get_links(&emulator, &token).status, 200);
    let impossible = RateLimit { capacity: 0, ..LIMIT };
    assert!(emulator.set_rate_limits(RateLimits { token_endpoint: Some(impossible), api: None }).is_err());
}
