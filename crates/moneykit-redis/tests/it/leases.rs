//! Leases, fences, and publications.

use std::time::Duration;

use moneykit::token_store::{Lease, TokenStore as _};

use crate::server::{HOUR, LEASE, Server, key, name, token};

#[tokio::test]
async fn a_published_token_is_loaded_for_its_remaining_life() {
    let Some(server) = Server::start(&[]) else { return };
    let (store, key) = (server.store(), key("accounts"));
    assert!(store.load(&key).await.unwrap().is_none());

    let lease = store.acquire(&key, LEASE).await.unwrap().unwrap();
    let published = moneykit::token_store::StoredToken::new("token", HOUR, HOUR / 2);
    assert!(store.publish(&key, &lease, &published).await.unwrap());

    let loaded = server.store().load(&key).await.unwrap().unwrap();
    assert_eq!((loaded.expose_secret(), loaded.lifetime()), ("token", HOUR));
    let ttl: u64 = server.run_command(&format!("PTTL {}", name(&key, "token")));
    for remaining in [loaded.remaining(), Duration::from_millis(ttl)] {
        assert!(remaining <= HOUR / 2 && remaining + Duration::from_secs(5) > HOUR / 2, "{remaining:?}");
    }
}

#[tokio::test]
async fn an_entry_ends_with_its_token() {
    let Some(server) = Server::start(&[]) else { return };
    let (store, key) = (server.store(), key("accounts"));
    let lease = store.acquire(&key, LEASE).await.unwrap().unwrap();
    let short = moneykit::token_store::StoredToken::new("token", HOUR, Duration::from_millis(30));
    assert!(store.publish(&key, &lease, &short).await.unwrap());

    while let Some(token) = store.load(&key).await.unwrap() {
        assert!(token.remaining() <= Duration::from_millis(30));
    }
    // A token is not loaded in the last millisecond of its entry. Without a key, the command returns -2.
    let ttl: i64 = server.run_command(&format!("PTTL {}", name(&key, "token")));
    assert!([-2, 0, 1].contains(&ttl), "{ttl}");
}

#[tokio::test]
async fn one_member_holds_the_lease() {
    let Some(server) = Server::start(&[]) else { return };
    let (store, key) = (server.store(), key("accounts"));
    let first = store.acquire(&key, LEASE).await.unwrap().unwrap();
    assert!(server.store().acquire(&key, LEASE).await.unwrap().is_none());
    assert!(store.acquire(&crate::server::key("transactions"), LEASE).await.unwrap().is_some());

    store.release(&key, &first).await.unwrap();
    let second = store.acquire(&key, LEASE).await.unwrap().unwrap();
    assert!(second.fence() > first.fence());
    // A holder whose lease is over neither renews nor ends the lease of its successor.
    assert!(!store.renew(&key, &first, LEASE).await.unwrap());
    store.release(&key, &first).await.unwrap();
    assert!(store.acquire(&key, LEASE).await.unwrap().is_none());
    assert!(store.renew(&key, &second, LEASE).await.unwrap());
}

#[tokio::test]
async fn a_lease_that_is_not_renewed_lapses() {
    let Some(server) = Server::start(&[]) else { return };
    let (store, key) = (server.store(), key("accounts"));
    let first = store.acquire(&key, Duration::from_millis(20)).await.unwrap().unwrap();
    let second = loop {
        if let Some(lease) = store.acquire(&key, LEASE).await.unwrap() {
            break lease;
        }
    };
    assert!(second.fence() > first.fence());
    assert!(!store.renew(&key, &first, LEASE).await.unwrap());
}

#[tokio::test]
async fn a_paused_holder_does_not_overwrite_a_newer_token() {
    let Some(server) = Server::start(&[]) else { return };
    let (store, key) = (server.store(), key("accounts"));
    let paused = store.acquire(&key, LEASE).await.unwrap().unwrap();
    store.release(&key, &paused).await.unwrap();
    let successor = store.acquire(&key, LEASE).await.unwrap().unwrap();
    assert!(store.publish(&key, &successor, &token("newer")).await.unwrap());

    assert!(!store.publish(&key, &paused, &token("older")).await.unwrap());

    assert_eq!(store.load(&key).await.unwrap().unwrap().expose_secret(), "newer");
    // A lease that lapsed does not matter otherwise, and the same holder may publish again.
    assert!(store.publish(&key, &successor, &token("newest")).await.unwrap());
}

/// The holder was paused after it had computed the remaining life.
#[tokio::test]
async fn a_publication_that_is_late_does_not_extend_the_tokens_life() {
    let Some(server) = Server::start(&[]) else { return };
    let (store, key) = (server.store(), key("accounts"));
    let lease = store.acquire(&key, LEASE).await.unwrap().unwrap();
    let (holder, time) = lease.holder().split_once(':').unwrap();
    let minutes_ago = |minutes: u64| {
        let time = time.parse::<u64>().unwrap() - minutes * 60_000;
        Lease::new(lease.fence(), format!("{holder}:{time}"))
    };

    assert!(store.publish(&key, &minutes_ago(40), &token("late")).await.unwrap());
    assert!(store.load(&key).await.unwrap().unwrap().remaining() <= HOUR / 3);

    assert!(store.publish(&key, &minutes_ago(61), &token("dead")).await.unwrap());
    assert_eq!(store.load(&key).await.unwrap().unwrap().expose_secret(), "late");
}

#[tokio::test]
async fn fences_rise_above_the_token_when_the_counter_is_lost() {
    let Some(server) = Server::start(&[]) else { return };
    let (store, key) = (server.store(), key("accounts"));
    for _ in 0..5 {
        let lease = store.acquire(&key, LEASE).await.unwrap().unwrap();
        assert!(store.publish(&key, &lease, &token("token")).await.unwrap());
        store.release(&key, &lease).await.unwrap();
    }
    let _: () = server.run_command(&format!("DEL {}", name(&key, "fence")));

    let lease = store.acquire(&key, LEASE).await.unwrap().unwrap();
    assert!(lease.fence() > 5);
    let ttl: u64 = server.run_command(&format!("TTL {}", name(&key, "fence")));
    assert!((24 * 3600..=48 * 3600).contains(&ttl), "{ttl}");
}

#[tokio::test]
async fn only_the_token_that_is_meant_is_invalidated() {
    let Some(server) = Server::start(&[]) else { return };
    let (store, key) = (server.store(), key("accounts"));
    let lease = store.acquire(&key, LEASE).await.unwrap().unwrap();
    assert!(store.publish(&key, &lease, &token("newer")).await.unwrap());

    store.invalidate(&key, &key.digest("older")).await.unwrap();
    assert!(store.load(&key).await.unwrap().is_some());
    store.invalidate(&key, &key.digest("newer")).await.unwrap();
    assert!(store.load(&key).await.unwrap().is_none());
}

#[tokio::test]
async fn a_server_that_forgot_the_scripts_learns_them_again() {
    let Some(server) = Server::start(&[]) else { return };
    let (store, key) = (server.store(), key("accounts"));
    let lease = store.acquire(&key, LEASE).await.unwrap().unwrap();
    let _: () = server.run_command("SCRIPT FLUSH");
    assert!(store.publish(&key, &lease, &token("token")).await.unwrap());
    assert!(store.load(&key).await.unwrap().is_some());
}

#[tokio::test]
async fn a_publication_and_a_release_wake_those_who_wait() {
    let Some(server) = Server::start(&[]) else { return };
    let url = format!("{}?protocol=resp3", server.url());
    let (store, key) = (moneykit_redis::RedisTokenStore::open(&url).unwrap(), key("accounts"));
    let lease = store.acquire(&key, LEASE).await.unwrap().unwrap();

    for publishes in [true, false] {
        let mut waiting = store.published(&key);
        // Polled until the server knows the subscriber.
        loop {
            let (_, subscribers): (String, u64) =
                server.run_command(&format!("PUBSUB NUMSUB {}", name(&key, "hint")));
            if subscribers > 0 {
                break;
            }
            let poll = tokio::time::timeout(Duration::from_millis(1), &mut waiting).await;
            assert!(poll.is_err());
        }
        // A first poll, for the second round.
        assert!(tokio::time::timeout(Duration::from_millis(20), &mut waiting).await.is_err());
        if publishes {
            assert!(store.publish(&key, &lease, &token("token")).await.unwrap());
        } else {
            store.release(&key, &lease).await.unwrap();
        }
        tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap();
    }
}
