//! The life of a token: request, caching, refresh, invalidation.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use moneykit::{ClientAuthMethod, ManualClock, reqwest};
use moneykit_emulator::Emulator;

use crate::scripted::transport;
use crate::{CLIENT_ID, CLIENT_SECRET, client_builder, emulated};

/// Sends a request with an `Authorization` header, and returns the status of the response.
async fn get_status(emulator: &Emulator, authorization: &http::HeaderValue) -> u16 {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.get(format!("{}/links", emulator.url())).header("authorization", authorization);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn both_auth_methods_get_a_token_that_the_api_accepts() {
    let (emulator, _) = emulated();
    for method in [ClientAuthMethod::ClientSecretPost, ClientAuthMethod::ClientSecretBasic] {
        let client = client_builder(emulator.url()).auth_method(method).build().unwrap();
        let token = client.access_token().await.unwrap();

        assert_eq!(token.lifetime(), Duration::from_secs(3600));
        assert_eq!(get_status(&emulator, token.authorization_header()).await, 200);
    }
}

#[tokio::test]
async fn credentials_with_reserved_characters_arrive_unchanged() {
    let (id, secret) = ("a&b=c +%", "1+1 é:&=%20");
    let emulator = Emulator::builder().client(id, secret).start().unwrap();
    for method in [ClientAuthMethod::ClientSecretPost, ClientAuthMethod::ClientSecretBasic] {
        let builder = client_builder(emulator.url()).credentials(id, secret);
        let client = builder.auth_method(method).build().unwrap();
        client.request_token().await.unwrap();
    }
}

#[tokio::test]
async fn a_cached_token_is_reused_until_shortly_before_it_expires() {
    let builder = Emulator::builder().client(CLIENT_ID, CLIENT_SECRET);
    let emulator = builder.token_lifetime(Duration::from_secs(100)).start().unwrap();
    let clock = Arc::new(ManualClock::default());
    let client = client_builder(emulator.url()).clock(Arc::clone(&clock)).build().unwrap();
    let advance = |seconds| {
        emulator.advance(Duration::from_secs(seconds));
        clock.advance(Duration::from_secs(seconds));
    };

    let first = client.access_token().await.unwrap();
    advance(69);
    let cached = client.clone().access_token().await.unwrap();
    assert_eq!(cached.expose_secret(), first.expose_secret());

    advance(21);
    let second = client.access_token().await.unwrap();
    assert_ne!(second.expose_secret(), first.expose_secret());
    assert_eq!(get_status(&emulator, second.authorization_header()).await, 200);
    assert_eq!(emulator.request_counts().tokens_issued, 2);
}

#[tokio::test]
async fn a_token_expires_at_a_time_of_the_clients_wall_clock() {
    let (emulator, _) = emulated();
    let clock = ManualClock::new();
    let start = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    clock.set_wall(start);
    let client = client_builder(emulator.url()).clock(clock.clone()).build().unwrap();

    let token = client.access_token().await.unwrap();
    assert_eq!(token.expires_at(), Some(start + Duration::from_secs(3600)));
    clock.suspend(Duration::from_secs(60));
    let later = client.request_token().await.unwrap();
    assert_eq!(later.expires_at(), Some(start + Duration::from_secs(3660)));
    assert_eq!(token.expires_at(), Some(start + Duration::from_secs(3600)), "the time is fixed");
}

#[tokio::test]
async fn request_token_bypasses_the_cache() {
    let (emulator, client) = emulated();

    let one = client.request_token().await.unwrap();
    let two = client.request_token().await.unwrap();
    assert_ne!(one.expose_secret(), two.expose_secret());
    assert_eq!(emulator.request_counts().tokens_issued, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_callers_share_one_refresh() {
    let (emulator, client) = emulated();

    let calls: Vec<_> = (0..100)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.access_token().await.unwrap().expose_secret().to_owned() })
        })
        .collect();
    let mut values = Vec::new();
    for call in calls {
        values.push(call.await.unwrap());
    }
    values.dedup();

    assert_eq!(values.len(), 1);
    assert_eq!(emulator.request_counts().token, 1);
}

#[tokio::test]
async fn an_invalidated_token_is_replaced_once() {
    let (emulator, client) = emulated();
    let revoked = client.access_token().await.unwrap();
    emulator.revoke_tokens();
    assert_eq!(get_status(&emulator, revoked.authorization_header()).await, 401);

    client.invalidate(&revoked);
    let fresh = client.access_token().await.unwrap();
    client.invalidate(&revoked);

    assert_eq!(get_status(&emulator, fresh.authorization_header()).await, 200);
    assert_eq!(client.access_token().await.unwrap().expose_secret(), fresh.expose_secret());
    assert_eq!(emulator.request_counts().tokens_issued, 2);
}

#[tokio::test]
async fn a_wrong_secret_is_unauthorized() {
    let (emulator, _) = emulated();
    let client = client_builder(emulator.url()).credentials(CLIENT_ID, "another").build().unwrap();

    let error = client.access_token().await.unwrap_err();
    assert!(error.is_unauthorized());
    assert!(error.message().is_some() && error.documentation_url().is_some());
}

#[tokio::test]
async fn disallowed_scopes_are_unauthorized() {
    let emulator =
        Emulator::builder().client_with_scopes(CLIENT_ID, CLIENT_SECRET, ["accounts"]).start().unwrap();

    let client = |scopes| client_builder(emulator.url()).scopes(scopes).build().unwrap();
    client("accounts").access_token().await.unwrap();
    let error = client("accounts payments").access_token().await.unwrap_err();
    assert!(error.is_unauthorized());
}

#[tokio::test]
async fn clients_that_share_a_transport_have_their_own_tokens() {
    let emulator = Emulator::builder().client("one", "1").client("two", "2").start().unwrap();
    let transport = transport();
    let client = |id, secret| {
        let builder = client_builder(emulator.url()).credentials(id, secret);
        builder.transport(transport.clone()).build().unwrap()
    };
    let (one, two) = (client("one", "1"), client("two", "2"));

    assert_ne!(
        one.access_token().await.unwrap().expose_secret(),
        two.access_token().await.unwrap().expose_secret()
    );
    assert_eq!(emulator.request_counts().tokens_issued, 2);
}
