//! Credentials that change while a client runs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use moneykit::{Client, ClientAuthMethod, ClientBuilder, Clock, Credentials, Moment};
use moneykit_emulator::Emulator;

use crate::everything;

/// A place where a secret is kept, and replaced.
#[derive(Clone, Default)]
struct Vault {
    secret: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl Vault {
    fn with(secret: &str) -> Self {
        let vault = Self::default();
        vault.put(secret);
        vault
    }

    fn put(&self, secret: &str) {
        secret.clone_into(&mut self.secret.lock().unwrap());
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn client(&self, emulator: &Emulator) -> ClientBuilder {
        let vault = self.clone();
        let provider = move || {
            vault.asked.fetch_add(1, Ordering::SeqCst);
            let secret = vault.secret.lock().unwrap().clone();
            async move { Credentials::new("live_1", secret) }
        };
        Client::builder().credentials_provider(provider).base_url(emulator.url())
    }
}

fn emulator() -> Emulator {
    Emulator::builder().client("live_1", "pale-secret").start().unwrap()
}

#[tokio::test]
async fn a_provider_is_asked_before_each_flight_and_not_for_a_kept_token() {
    let (emulator, vault) = (emulator(), Vault::with("pale-secret"));
    let client = vault.client(&emulator).build().unwrap();
    assert_eq!(vault.asked(), 0);

    for _ in 0..3 {
        client.access_token().await.unwrap();
    }
    assert_eq!(vault.asked(), 1);
    client.invalidate(&client.access_token().await.unwrap());
    client.access_token().await.unwrap();
    assert_eq!(vault.asked(), 2);
}

#[tokio::test]
async fn a_secret_that_is_rotated_during_the_request_is_tried_at_once() {
    let emulator = emulator();
    let asked = AtomicUsize::new(0);
    let provider = move || {
        let secret = if asked.fetch_add(1, Ordering::SeqCst) == 0 { "old-secret" } else { "pale-secret" };
        async move { Credentials::new("live_1", secret) }
    };
    let client = Client::builder().credentials_provider(provider).base_url(emulator.url()).build().unwrap();

    client.access_token().await.unwrap();
    assert_eq!(emulator.request_counts().token, 2);
}

#[tokio::test]
async fn rejected_credentials_are_sent_again_only_when_they_have_changed() {
    let (emulator, vault) = (emulator(), Vault::with("old-secret"));
    let client = vault.client(&emulator).build().unwrap();

    for _ in 0..3 {
        let error = client.access_token().await.unwrap_err();
        assert!(error.is_unauthorized(), "{error}");
    }
    assert_eq!(emulator.request_counts().token, 1, "what was rejected is not sent again");

    vault.put("pale-secret");
    client.access_token().await.unwrap();
    assert_eq!(emulator.request_counts().token, 2, "what has changed is sent at once");
}

/// A clock that stands still until it is set ahead.
#[derive(Debug, Default)]
struct Stopped(Mutex<Duration>);

impl Clock for Stopped {
    fn now(&self) -> Moment {
        let now = *self.0.lock().unwrap();
        Moment::new(now, now)
    }
}

#[tokio::test]
async fn after_five_seconds_rejected_credentials_get_another_chance() {
    let (emulator, vault) = (emulator(), Vault::with("old-secret"));
    let clock = Arc::new(Stopped::default());
    let client = vault.client(&emulator).clock(Arc::clone(&clock) as Arc<dyn Clock>).build().unwrap();

    for (passed, requests) in [(0, 1), (4_999, 1), (5_000, 2), (9_999, 2), (10_000, 3)] {
        *clock.0.lock().unwrap() = Duration::from_millis(passed);
        client.access_token().await.unwrap_err();
        assert_eq!(emulator.request_counts().token, requests, "after {passed} ms");
    }
}

#[tokio::test]
async fn a_provider_that_fails_may_do_better_next_time() {
    let emulator = emulator();
    let credentials = || Credentials::new("live_1", "pale-secret").unwrap();
    let asked = AtomicUsize::new(0);
    let provider = move || {
        let first = asked.fetch_add(1, Ordering::SeqCst) == 0;
        async move { if first { Err("the vault is sealed".to_owned()) } else { Ok(credentials()) } }
    };
    let client = Client::builder().credentials_provider(provider).base_url(emulator.url()).build().unwrap();

    let error = client.request_token().await.unwrap_err();
    assert!(error.is_transient());
    assert!(error.to_string().starts_with("the credentials provider gave no credentials; "), "{error}");
    assert!(everything(&error).contains("the vault is sealed"));
    client.request_token().await.unwrap();
}

#[tokio::test]
async fn what_basic_can_not_carry_is_refused_before_anything_is_sent() {
    let emulator = emulator();
    let provider = || async { Credentials::new("live:1", "pale-secret") };
    let client = Client::builder()
        .credentials_provider(provider)
        .auth_method(ClientAuthMethod::ClientSecretBasic)
        .base_url(emulator.url())
        .build()
        .unwrap();

    let error = client.access_token().await.unwrap_err();
    assert!(error.is_configuration() && error.to_string().contains("client_id has a colon"), "{error}");
    assert_eq!(emulator.request_counts().token, 0);
}
