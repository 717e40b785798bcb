//! API requests of callers, and the checks of their outcomes.

use std::time::Instant;

use fastrand::Rng;
use moneykit::http::StatusCode;
use moneykit::{Error, Response};

use crate::api::REFUSED;
use crate::callers::{bounded, token};
use crate::harness::{Harness, IDLE_TIMEOUT, TrackedClient};

/// The path that the API accepts with every valid token.
pub(crate) const GOOD: &str = "/links";

/// Sends a request of the client, which handles 401s itself; one in eight to the path that is always refused.
pub(crate) async fn send(harness: &Harness, tracked: &TrackedClient, rng: &mut Rng) {
    if rng.u32(..8) == 0 {
        if let Some(Ok(response)) = bounded(harness, "send", tracked.client.get(REFUSED).send()).await {
            harness.ledger.record_refused_request(response.status() == StatusCode::UNAUTHORIZED);
        }
        return;
    }
    // What the callers of these clients invalidate, they may have to wait for.
    if tracked.is_steady { send_checked(harness, tracked).await } else { send_good(harness, tracked).await }
}

async fn send_good(harness: &Harness, tracked: &TrackedClient) {
    let start = Instant::now();
    let Some(outcome) = bounded(harness, "send", tracked.client.get(GOOD).send()).await else { return };
    check_failure(harness, tracked, start, &outcome);
}

/// Sends a request, and checks that a good token is used if there is one.
async fn send_checked(harness: &Harness, tracked: &TrackedClient) {
    let Some(before) = token(harness, "access_token", tracked.client.access_token()).await else { return };
    let was_known = harness.api.knows(before.expose_secret());
    let was_cooling_down = tracked.is_cooling_down();
    let start = Instant::now();
    let Some(outcome) = bounded(harness, "send", tracked.client.get(GOOD).send()).await else { return };
    check_failure(harness, tracked, start, &outcome);
    if !matches!(&outcome, Ok(response) if response.status() == StatusCode::UNAUTHORIZED) {
        return;
    }
    if !harness.incidents.explain_unauthorized(start) && !was_cooling_down && !tracked.is_cooling_down() {
        harness.ledger.report_violation("a request got a 401 although the API had no fault");
    }
    let Some(after) = token(harness, "access_token", tracked.client.access_token()).await else { return };
    let is_same = before.expose_secret() == after.expose_secret();
    if was_known
        && is_same
        && harness.api.knows(after.expose_secret())
        && !harness.incidents.refused_since(start)
    {
        harness.ledger.report_violation("a request got a 401 while the current token was good");
    }
}

/// Sends a request with another HTTP client, as some applications do, and invalidates the token if the API refuses it.
pub(crate) async fn send_with_another_client(harness: &Harness, tracked: &TrackedClient) {
    let Some(token) = token(harness, "access_token", tracked.client.access_token()).await else { return };
    let start = Instant::now();
    let request = harness.http.get(format!("{}{GOOD}", tracked.client.base_url()));
    let response = request.header("authorization", token.authorization_header()).send().await;
    let Ok(response) = response else {
        if !harness.incidents.explain_timeout(start, IDLE_TIMEOUT) {
            harness.ledger.report_violation("an API request got no response");
        }
        return;
    };
    harness.ledger.record_api_request(response.status() == StatusCode::OK);
    if response.status() == StatusCode::UNAUTHORIZED {
        tracked.client.invalidate(&token);
    }
}

/// Records the outcome of a request to the good path, and reports a failure that no fault explains.
fn check_failure(
    harness: &Harness,
    tracked: &TrackedClient,
    start: Instant,
    outcome: &Result<Response, Error>,
) {
    match outcome {
        Ok(response) => {
            let is_ok = response.status() == StatusCode::OK;
            let is_calm = !harness.incidents.explain_unauthorized(start)
                && !harness.incidents.explain_timeout(start, tracked.idle_timeout);
            harness.ledger.record_request(is_ok, (is_ok && is_calm).then(|| start.elapsed()));
            if !is_ok && response.status() != StatusCode::UNAUTHORIZED {
                harness.ledger.report_violation(&format!("a request got a {}", response.status()));
            }
        }
        // The token endpoint fails at random.
        Err(error) if error.is_token_request() => harness.ledger.record_failed_request(),
        Err(error) => {
            harness.ledger.record_failed_request();
            let is_expected = error.is_timeout()
                && error.is_transient()
                && harness.incidents.explain_timeout(start, tracked.idle_timeout);
            if !is_expected {
                harness.ledger.report_violation(&format!("a request failed: {error}"));
            }
        }
    }
}
