//! Credentials whose secret is in a file: rotation, and files that cannot be read.

use std::time::Duration;

use moneykit::{Client, ClientBuilder, ClientConfig, FileCredentials, ManualClock};
use moneykit_emulator::Emulator;

use crate::{CLIENT_ID, CLIENT_SECRET};

fn emulator(secret: &str) -> Emulator {
    Emulator::builder().client(CLIENT_ID, secret).start().unwrap()
}

#[tokio::test]
async fn a_rotated_secret_is_used_for_the_next_refresh() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "old-secret\n").unwrap();
    let emulator = emulator("old-secret");
    let clock = ManualClock::new();
    let credentials = FileCredentials::new(CLIENT_ID, &path).unwrap();
    let builder = Client::builder().credentials_provider(credentials).base_url(emulator.url());
    let client = builder.clock(clock.clone()).build().unwrap();
    client.warm_up().await.unwrap();

    std::fs::write(&path, "a wrong secret").unwrap();
    clock.advance(Duration::from_secs(3600));
    assert!(client.access_token().await.unwrap_err().is_unauthorized());
    // A change ends the cool-down.
    std::fs::write(&path, "old-secret\r\n").unwrap();
    client.access_token().await.unwrap();
}

#[tokio::test]
async fn the_file_of_a_configuration_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "old-secret").unwrap();
    let emulator = emulator(CLIENT_SECRET);
    let config = serde_json::json!({
        "client_id": CLIENT_ID, "client_secret_file": path, "base_url": emulator.url()
    });
    let client = Client::from_config(serde_json::from_value::<ClientConfig>(config).unwrap()).unwrap();

    std::fs::write(&path, CLIENT_SECRET).unwrap();
    client.access_token().await.unwrap();
}

#[tokio::test]
async fn the_last_secret_remains_in_use_while_the_file_is_unreadable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, CLIENT_SECRET).unwrap();
    let emulator = emulator(CLIENT_SECRET);
    let credentials = FileCredentials::new(CLIENT_ID, &path).unwrap();
    let client =
        Client::builder().credentials_provider(credentials).base_url(emulator.url()).build().unwrap();

    std::fs::remove_file(&path).unwrap();
    client.request_token().await.unwrap();
    std::fs::write(&path, "").unwrap();
    client.request_token().await.unwrap();
}

#[test]
fn a_file_without_a_usable_secret_is_an_error_that_shows_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    for (content, expected) in [
        (&b""[..], "whose content is empty"),
        (b"pale\n\n", "whose content begins or ends with whitespace"),
        (b"pale\xff", "which is not UTF-8"),
        (&b"pale".repeat(5000), "which is larger than 16384 bytes"),
    ] {
        std::fs::write(&path, content).unwrap();
        let error = FileCredentials::new("", &path).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(error.is_configuration() && text.contains(expected), "{text}");
        assert!(text.contains("client_id is empty") && text.contains(path.to_str().unwrap()), "{text}");
        assert!(!text.contains("pale"), "{text}");
    }
}

#[test]
fn debug_shows_the_id_and_hides_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, CLIENT_SECRET).unwrap();
    let credentials = FileCredentials::new(CLIENT_ID, &path).unwrap();
    let builder =
        ClientBuilder::from_config(ClientConfig::default()).credentials_provider(credentials.clone());

    let shown = format!("{credentials:?} {builder:?}");
    assert!(shown.contains(CLIENT_ID) && !shown.contains("pale"), "{shown}");
}
