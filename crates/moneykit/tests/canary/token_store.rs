//! The scenario of a token store: one that works, and one that fails.

use std::time::Duration;

use moneykit::token_store::{InMemoryTokenStore, Lease, StoreKey, StoredToken, TokenStore};
use moneykit::{Credentials, ManualClock};

use super::observability::debug;
use super::scenarios::{client_builder, token};
use super::secrets::{CLIENT_ID, CLIENT_SECRET, TOKEN};
use crate::scripted::ScriptedServer;
use crate::scripted::Step::ReadRequest;

pub(super) async fn shared() -> Vec<String> {
    let server = ScriptedServer::start(vec![vec![ReadRequest, token()]]).await;
    let store = InMemoryTokenStore::with_clock(ManualClock::new());
    let builder = || client_builder(&server).token_store(store.clone());
    let mut output = vec![debug(&store), debug(&InMemoryTokenStore::new()), debug(&builder())];
    for client in [builder().build().unwrap(), builder().build().unwrap()] {
        let token = client.access_token().await.unwrap();
        assert_eq!(token.expose_secret(), TOKEN);
        client.invalidate(&token);
        let status = client.token_status();
        assert!(status.store.as_ref().unwrap().is_available());
        output.extend([debug(&client), debug(&token), debug(&status)]);
    }
    output.extend(parts(&store).await);
    output
}

/// The types of which a store consists.
async fn parts(store: &dyn TokenStore) -> Vec<String> {
    let credentials = Credentials::new(CLIENT_ID, CLIENT_SECRET).unwrap();
    let key = StoreKey::new(&credentials, "https://a.test", None, "1");
    assert_eq!((key.name().len(), key.encryption_key().len()), (32, 32));
    let digest = key.digest(TOKEN);
    assert_eq!(digest.as_bytes().len(), 16);
    let lease: Lease = store.acquire(&key, Duration::from_secs(9)).await.unwrap().unwrap();
    assert!(lease.fence() > 0 && !lease.holder().is_empty());
    let token = StoredToken::new(TOKEN, Duration::from_secs(9), Duration::from_secs(8));
    assert!(token.lifetime() > token.remaining() && token.expose_secret() == TOKEN);
    assert!(store.publish(&key, &lease, &token).await.unwrap());
    let loaded = store.load(&key).await.unwrap();
    vec![debug(&key), debug(&digest), debug(&lease), debug(&token), debug(&loaded), key.name().to_owned()]
}
