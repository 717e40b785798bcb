use std::sync::Arc;
use std::time::{Duration, Instant};

use fastrand::Rng;
use moneykit::{AccessToken, Error, raw};
use tokio::time::timeout;

use crate::clock::last_reading;
use crate::pause::pause;
use crate::world::{Held, SECRET, World, id};

/// Calls again and again, one thing or another, until it is over.
pub(crate) async fn call(world: Arc<World>, seed: u64) {
    let mut chance = Rng::with_seed(seed);
    while !world.is_stopped() {
        let (slot, held) = world.client(&mut chance);
        match chance.u32(..1_000) {
            0..650 => header(&world, &held).await,
            650..750 => {
                let life = Duration::from_millis(chance.u64(..4_000));
                let _ =
                    token(&world, "access_token_valid_for", held.client.access_token_valid_for(life)).await;
            }
            750..830 => {
                let patience = Duration::from_millis(chance.u64(..20));
                if timeout(patience, held.client.access_token()).await.is_err() {
                    world.ledger.given_up();
                }
            }
            830..880 => {
                bounded(&world, "warm_up", held.client.warm_up()).await;
            }
            880..940 => use_the_api(&world, &held).await,
            940..950 => {
                if let Some(token) = token(&world, "access_token", held.client.access_token()).await {
                    held.client.invalidate(&token);
                }
            }
            950..960 => {
                world.ledger.direct_request();
                let _ = token(&world, "request_token", held.client.request_token()).await;
            }
            960..970 => raw_request(&world, &held, slot).await,
            970..973 => world.replace(slot),
            _ => drop(held.client.token_status()),
        }
        drop(held);
        pause(Duration::from_millis(chance.u64(..10))).await;
    }
}

async fn header(world: &World, held: &Held) {
    let began = world.emulator.now();
    let header = bounded(world, "authorization_header", held.client.authorization_header()).await;
    let decided = last_reading();
    if let Some(value) = header.as_ref().and_then(|header| header.to_str().ok()?.strip_prefix("Bearer ")) {
        check(world, value, began, decided);
    }
}

/// Waits for a token, and holds it against what the server knows of it.
async fn token(
    world: &World,
    what: &str,
    call: impl Future<Output = Result<AccessToken, Error>>,
) -> Option<AccessToken> {
    let began = world.emulator.now();
    let token = bounded(world, what, call).await;
    let decided = last_reading();
    if let Some(token) = &token {
        check(world, token.expose_secret(), began, decided);
    }
    token
}

/// A token that was revoked is none of which the client could know.
fn check(world: &World, value: &str, began: Duration, decided: Duration) {
    if let Some(end) = world.emulator.token_expires_at(value) {
        world.ledger.token(began, decided, end);
    }
}

/// Does what applications do: a request with the token, and an end to a token that is refused.
async fn use_the_api(world: &World, held: &Held) {
    let Some(token) = token(world, "access_token", held.client.access_token()).await else { return };
    let request = world.http.get(format!("{}/links", held.client.base_url()));
    let answer = request.header("authorization", token.authorization_header()).send().await;
    let Ok(answer) = answer else { return world.ledger.object("the API did not answer") };
    world.ledger.api_call(answer.status() == 200);
    if answer.status() == 401 {
        held.client.invalidate(&token);
    }
}

async fn raw_request(world: &World, held: &Held, slot: usize) {
    world.ledger.direct_request();
    let request = held.client.raw().generate_access_token().body_map(|form| {
        form.grant_type(raw::types::AccessTokenRequestGrantType::ClientCredentials)
            .client_id(id(slot))
            .client_secret(raw::Secret::from(SECRET))
    });
    bounded(world, "raw", request.send()).await;
}

/// Waits for a call, and takes note of how long it took.
async fn bounded<T, E>(world: &World, what: &str, call: impl Future<Output = Result<T, E>>) -> Option<T> {
    /// Far beyond any bound: a call that takes so long does not end at all.
    const NEVER: Duration = Duration::from_secs(60);

    let started = Instant::now();
    let Ok(outcome) = timeout(NEVER, call).await else {
        world.ledger.object(&format!("a call of `{what}` did not end"));
        return None;
    };
    world.ledger.call(what, started.elapsed(), outcome.is_ok());
    outcome.ok()
}
