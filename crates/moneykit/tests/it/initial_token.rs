//! A client that starts with a token which was obtained before.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use moneykit::{Clock, ManualClock, SystemClock};
use moneykit_emulator::Emulator;

use super::{CLIENT_ID, CLIENT_SECRET, client_builder};

const LIFETIME: Duration = Duration::from_secs(3600);

/// Returns a time relative to the present.
fn expires_in(seconds: u64) -> SystemTime {
    UNIX_EPOCH + SystemClock.now().wall() + Duration::from_secs(seconds)
}

/// Starts an emulator, and requests a token from it.
async fn with_token() -> (Emulator, String) {
    let emulator = Emulator::builder().client(CLIENT_ID, CLIENT_SECRET).start().unwrap();
    let client = client_builder(emulator.url()).build().unwrap();
    let token = client.access_token().await.unwrap().expose_secret().to_owned();
    (emulator, token)
}

#[tokio::test]
async fn it_is_used_until_it_expires() {
    let (emulator, token) = with_token().await;
    let clock = ManualClock::new();
    clock.set_wall(UNIX_EPOCH + Duration::from_secs(1_000_000));
    let expiry = UNIX_EPOCH + Duration::from_secs(1_000_600);
    let builder = client_builder(emulator.url()).initial_token(&token, expiry, LIFETIME).clock(clock.clone());
    let client = builder.refresh_window(Duration::ZERO).jitter_seed(1).build().unwrap();

    assert_eq!(client.token_status().expires_in, Some(Duration::from_secs(600)));
    assert_eq!(client.access_token().await.unwrap().expose_secret(), token);
    assert_eq!(emulator.request_counts().token, 1);

    clock.advance(Duration::from_secs(591));
    assert_ne!(client.access_token().await.unwrap().expose_secret(), token);
    assert_eq!(emulator.request_counts().token, 2);
}

#[tokio::test]
async fn an_expired_one_is_ignored() {
    let (emulator, token) = with_token().await;
    let builder = client_builder(emulator.url());
    let client = builder.initial_token(&token, expires_in(0), LIFETIME).build().unwrap();

    assert_ne!(client.access_token().await.unwrap().expose_secret(), token);
}

#[tokio::test]
async fn a_401_replaces_it() {
    let (emulator, token) = with_token().await;
    emulator.revoke_tokens();
    let builder = client_builder(emulator.url());
    let client = builder.initial_token(&token, expires_in(3000), LIFETIME).build().unwrap();

    assert_eq!(client.get("/links").send().await.unwrap().status(), 200);
    assert_eq!(emulator.request_counts().tokens_issued, 2);
    assert_ne!(client.access_token().await.unwrap().expose_secret(), token);
}

#[test]
fn an_invalid_one_is_reported_without_being_quoted() {
    for (token, problem) in [("", "initial_token is empty"), ("pale token", "character that no header")] {
        let builder =
            client_builder("https://api.example.com").initial_token(token, expires_in(60), LIFETIME);
        assert!(!format!("{builder:?}").contains("pale token"));
        let error = builder.build().unwrap_err();
        assert!(error.is_configuration() && error.to_string().contains(problem), "{error}");
        assert!(!error.to_string().contains("pale token"), "{error}");
    }
}
