//! Credentials providers: rotated, rejected and unavailable credentials.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use moneykit::{Client, ClientAuthMethod, ClientBuilder, Clock, Credentials, ManualClock};
use moneykit_emulator::Emulator;

use crate::render;

/// A secret store with one secret, which counts the lookups.
#[derive(Clone, Default)]
struct Vault {
    secret: Arc<Mutex<String>>,
    lookups: Arc<AtomicUsize>,
}

impl Vault {
    fn with(secret: &str) -> Self {
        let vault = Self::default();
        vault.set(secret);
        vault
    }

    fn set(&self, secret: &str) {
        secret.clone_into(&mut self.secret.lock().unwrap());
    }

    fn lookups(&self) -> usize {
        self.lookups.load(Ordering::SeqCst)
    }

    /// Returns a builder for a client whose provider reads this store.
    fn client_builder(&self, emulator: &Emulator) -> ClientBuilder {
        let vault = self.clone();
        let provider = move || {
            vault.lookups.fetch_add(1, Ordering::SeqCst);
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
async fn a_provider_is_called_for_each_refresh_but_not_for_a_cached_token() {
    let (emulator, vault) = (emulator(), Vault::with("pale-secret"));
    let client = vault.client_builder(&emulator).build().unwrap();
    assert_eq!(vault.lookups(), 0);

    for _ in 0..3 {
        client.access_token().await.unwrap();
    }
    assert_eq!(vault.lookups(), 1);
    client.invalidate(&client.access_token().await.unwrap());
    client.access_token().await.unwrap();
    assert_eq!(vault.lookups(), 2);
}

#[tokio::test]
async fn a_secret_rotated_during_the_request_is_used_at_once() {
    let emulator = emulator();
    let calls = AtomicUsize::new(0);
    let provider = move || {
        let secret = if calls.fetch_add(1, Ordering::SeqCst) == 0 { "old-secret" } else { "pale-secret" };
        async move { Credentials::new("live_1", secret) }
    };
    let client = Client::builder().credentials_provider(provider).base_url(emulator.url()).build().unwrap();

    client.access_token().await.unwrap();
    assert_eq!(emulator.request_counts().token, 2);
}

#[tokio::test]
async fn rejected_credentials_are_sent_again_only_after_a_change() {
    let (emulator, vault) = (emulator(), Vault::with("old-secret"));
    let client = vault.client_builder(&emulator).build().unwrap();

    for _ in 0..3 {
        let error = client.access_token().await.unwrap_err();
        assert!(error.is_unauthorized(), "{error}");
    }
    assert_eq!(emulator.request_counts().token, 1, "rejected credentials are not sent again");

    vault.set("pale-secret");
    client.access_token().await.unwrap();
    assert_eq!(emulator.request_counts().token, 2, "changed credentials are sent at once");
}

#[tokio::test]
async fn rejected_credentials_are_retried_after_five_seconds_and_then_ten() {
    let (emulator, vault) = (emulator(), Vault::with("old-secret"));
    let clock = Arc::new(ManualClock::default());
    let client = vault.client_builder(&emulator).clock(Arc::clone(&clock)).build().unwrap();

    for (milliseconds, requests) in [(0, 1), (4_999, 1), (1, 2), (4_999, 2), (1, 2), (4_999, 2), (1, 3)] {
        clock.advance(Duration::from_millis(milliseconds));
        client.access_token().await.unwrap_err();
        assert_eq!(emulator.request_counts().token, requests, "at {:?}", clock.now());
    }
}

#[tokio::test]
async fn two_rejected_secrets_that_alternate_are_sent_once_each() {
    let emulator = emulator();
    let calls = AtomicUsize::new(0);
    let provider = move || {
        let secret = format!("stale-{}", calls.fetch_add(1, Ordering::SeqCst) % 2);
        async move { Credentials::new("live_1", secret) }
    };
    let client = Client::builder().credentials_provider(provider).base_url(emulator.url()).build().unwrap();

    for _ in 0..200 {
        let error = client.access_token().await.unwrap_err();
        assert!(error.is_unauthorized(), "{error}");
    }
    assert_eq!(emulator.request_counts().token, 2);
    let error = client.access_token().await.unwrap_err();
    assert!(error.to_string().starts_with("no request was sent: "), "{error}");
    assert!(error.retry_after().unwrap() <= Duration::from_secs(5));
}

#[tokio::test]
async fn a_provider_that_panics_is_reported_as_that() {
    let emulator = emulator();
    let is_broken = Arc::new(AtomicUsize::new(1));
    let broken = Arc::clone(&is_broken);
    let provider = move || {
        let broken = Arc::clone(&broken);
        async move {
            assert_eq!(broken.load(Ordering::SeqCst), 0, "pale-secret is broken");
            Credentials::new("live_1", "pale-secret")
        }
    };
    let clock = Arc::new(ManualClock::default());
    let client = Client::builder().credentials_provider(provider).base_url(emulator.url());
    let client = client.clock(Arc::clone(&clock)).build().unwrap();

    let cached = client.access_token().await.unwrap_err();
    for error in [cached, client.request_token().await.unwrap_err()] {
        assert!(error.to_string().starts_with("the credentials provider panicked"), "{error}");
        assert!(error.is_transient() && !render(&error).contains("pale"), "{error:?}");
    }

    is_broken.store(0, Ordering::SeqCst);
    clock.advance(Duration::from_secs(60));
    client.access_token().await.unwrap();
}

#[tokio::test]
async fn a_provider_that_panics_before_it_returns_a_future_is_reported_as_that() {
    struct Broken;

    impl moneykit::CredentialsProvider for Broken {
        fn credentials(&self) -> moneykit::CredentialsFuture<'_> {
            panic!("pale-secret is broken")
        }
    }

    let emulator = emulator();
    let client = Client::builder().credentials_provider(Broken).base_url(emulator.url()).build().unwrap();
    let error = client.request_token().await.unwrap_err();
    assert!(error.to_string().starts_with("the credentials provider panicked"), "{error}");
}

#[tokio::test]
async fn a_provider_that_hangs_is_bounded_by_the_token_timeout() {
    let emulator = emulator();
    let provider = || async {
        std::future::pending::<()>().await;
        Credentials::new("live_1", "pale-secret")
    };
    let limit = Duration::from_millis(200);
    let client = Client::builder().credentials_provider(provider).base_url(emulator.url());
    let client = client.token_timeout(limit).build().unwrap();

    let cached = client.access_token().await.unwrap_err();
    for error in [cached, client.request_token().await.unwrap_err()] {
        assert!(error.is_timeout() && error.to_string().contains("raise `token_timeout`"), "{error}");
    }
}

#[tokio::test]
async fn a_failed_provider_is_called_again() {
    let emulator = emulator();
    let credentials = || Credentials::new("live_1", "pale-secret").unwrap();
    let calls = AtomicUsize::new(0);
    let provider = move || {
        let is_first = calls.fetch_add(1, Ordering::SeqCst) == 0;
        async move { if is_first { Err("the vault is sealed".to_owned()) } else { Ok(credentials()) } }
    };
    let client = Client::builder().credentials_provider(provider).base_url(emulator.url()).build().unwrap();

    let error = client.request_token().await.unwrap_err();
    assert!(error.is_transient());
    assert!(error.to_string().starts_with("the credentials provider failed; "), "{error}");
    assert!(render(&error).contains("the vault is sealed"));
    client.request_token().await.unwrap();
}

#[tokio::test]
async fn a_client_id_with_a_colon_is_rejected_for_client_secret_basic_before_sending() {
    let emulator = emulator();
    let provider = || async { Credentials::new("live:1", "pale-secret") };
    let client = Client::builder()
        .credentials_provider(provider)
        .auth_method(ClientAuthMethod::ClientSecretBasic)
        .base_url(emulator.url())
        .build()
        .unwrap();

    let error = client.access_token().await.unwrap_err();
    assert!(error.is_configuration() && error.to_string().contains("client_id contains a colon"), "{error}");
    assert_eq!(emulator.request_counts().token, 0);
}
