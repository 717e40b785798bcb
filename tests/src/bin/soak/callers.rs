//! The callers: each makes random calls on random clients and reports the results to the ledger.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fastrand::Rng;
use moneykit::{AccessToken, Error, raw};
use moneykit_tests::pause;
use tokio::time::timeout;

use crate::clock::last_reading;
use crate::harness::{CLIENT_SECRET, Harness, TrackedClient, client_id};
use crate::requests;

/// Makes random calls until the harness stops.
pub(crate) async fn call(harness: Arc<Harness>, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    while !harness.is_stopped() {
        let (slot, tracked) = harness.random_client(&mut rng);
        let client = &tracked.client;
        match rng.u32(..1_000) {
            0..580 => authorization_header(&harness, &tracked).await,
            580..660 => {
                let limit = Duration::from_millis(rng.u64(..20));
                if timeout(limit, client.access_token()).await.is_err() {
                    harness.ledger.record_cancelled_call();
                }
            }
            660..710 => {
                let _ = bounded(&harness, "warm_up", client.warm_up()).await;
            }
            710..720 => {
                harness.ledger.record_uncached_request();
                let _ = token(&harness, "request_token", client.request_token()).await;
            }
            720..730 => raw_request(&harness, &tracked, slot).await,
            730..860 => requests::send(&harness, &tracked, &mut rng).await,
            860..870 => drop(client.token_status()),
            // What follows forces refreshes or ends clients.
            _ if tracked.is_steady => {}
            870..930 => requests::send_with_another_client(&harness, &tracked).await,
            930..980 => {
                let validity = Duration::from_millis(rng.u64(..4_000));
                let _ =
                    token(&harness, "access_token_valid_for", client.access_token_valid_for(validity)).await;
            }
            980..990 => {
                if let Some(token) = token(&harness, "access_token", client.access_token()).await {
                    client.invalidate(&token);
                }
            }
            990..996 => harness.replace(slot),
            _ => {}
        }
        drop(tracked);
        pause(Duration::from_millis(rng.u64(..10))).await;
    }
}

async fn authorization_header(harness: &Harness, tracked: &TrackedClient) {
    let called_at = harness.emulator.now();
    let header = bounded(harness, "authorization_header", tracked.client.authorization_header()).await;
    let validated_at = last_reading();
    let header = header.and_then(Result::ok);
    if let Some(value) = header.as_ref().and_then(|header| header.to_str().ok()?.strip_prefix("Bearer ")) {
        check_expiry(harness, value, called_at, validated_at);
    }
}

/// Awaits a call that returns a token, and checks the token's expiry.
pub(crate) async fn token(
    harness: &Harness,
    method: &str,
    call: impl Future<Output = Result<AccessToken, Error>>,
) -> Option<AccessToken> {
    let called_at = harness.emulator.now();
    let token = bounded(harness, method, call).await.and_then(Result::ok);
    let validated_at = last_reading();
    if let Some(token) = &token {
        check_expiry(harness, token.expose_secret(), called_at, validated_at);
    }
    token
}

/// Checks a token against the expiry that the emulator knows. Revoked tokens have none there and are skipped: a
/// client can't know that a token was revoked.
fn check_expiry(harness: &Harness, token: &str, called_at: Duration, validated_at: Duration) {
    if let Some(expires_at) = harness.emulator.token_expires_at(token) {
        harness.ledger.record_token(called_at, validated_at, expires_at);
    }
}

async fn raw_request(harness: &Harness, tracked: &TrackedClient, slot: usize) {
    harness.ledger.record_uncached_request();
    let request = tracked.client.raw().generate_access_token().body_map(|form| {
        form.grant_type(raw::types::AccessTokenRequestGrantType::ClientCredentials)
            .client_id(client_id(slot))
            .client_secret(raw::Secret::from(CLIENT_SECRET))
    });
    let _ = bounded(harness, "raw", request.send()).await;
}

/// Awaits a call and records its duration and its result. Returns `None` if the call hangs.
pub(crate) async fn bounded<T, E>(
    harness: &Harness,
    method: &str,
    call: impl Future<Output = Result<T, E>>,
) -> Option<Result<T, E>> {
    /// Far beyond every timeout: a call that takes this long hangs.
    const LIMIT: Duration = Duration::from_secs(60);

    let start = Instant::now();
    let Ok(result) = timeout(LIMIT, call).await else {
        harness.ledger.report_violation(&format!("a call of `{method}` did not return"));
        return None;
    };
    harness.ledger.record_call(method, start.elapsed(), result.is_ok());
    Some(result)
}
