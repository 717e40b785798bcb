//! Connections that fail, and what the store does next.

use std::time::{Duration, Instant};

use moneykit::token_store::TokenStore;
use moneykit_redis::RedisTokenStore;

use crate::proxy::{Mode, Proxy};
use crate::server::{LEASE, Server, free_port, key, token};

/// The time that a client grants its store.
const BUDGET: Duration = Duration::from_millis(250);

/// Expects an error within the time that a client grants its store, and returns its text.
#[expect(clippy::disallowed_methods, reason = "the wait is one of the real clock")]
async fn fails(store: &RedisTokenStore) -> String {
    let started = Instant::now();
    let error = store.acquire(&key("accounts"), LEASE).await.unwrap_err();
    let waited = started.elapsed();
    assert!(waited < BUDGET, "{waited:?}: {error}");
    error.to_string()
}

async fn works(store: &RedisTokenStore) {
    let key = key("accounts");
    if let Some(lease) = store.acquire(&key, LEASE).await.unwrap() {
        store.release(&key, &lease).await.unwrap();
    }
}

#[tokio::test]
async fn a_killed_server_is_used_again_once_it_is_back() {
    let Some(mut server) = Server::start(&[]) else { return };
    let store = server.store();
    works(&store).await;
    server.kill();
    let error = fails(&store).await;
    assert!(error.contains("can't reach the Redis server at"), "{error}");
    server.restart();
    works(&store).await;
    // Without a call that would notice it.
    server.kill();
    server.restart();
    works(&store).await;
}

#[tokio::test]
async fn a_suspended_server_is_used_again_once_it_runs() {
    let Some(server) = Server::start(&[]) else { return };
    let store = server.store();
    works(&store).await;
    server.signal("STOP");
    // Over the connection that was there, and over a new one, which the system accepts for the server.
    for _ in 0..2 {
        let error = fails(&store).await;
        assert!(error.contains("no response from the Redis server"), "{error}");
    }
    server.signal("CONT");
    works(&store).await;
}

#[tokio::test]
async fn a_connection_whose_peer_vanished_is_replaced() {
    let Some(server) = Server::start_on_port(&[]) else { return };
    let proxy = Proxy::start(server.port()).await;
    let store = RedisTokenStore::open(&proxy.url()).unwrap();
    works(&store).await;

    proxy.set(Mode::SwallowOnOldConnections);
    fails(&store).await;
    works(&store).await;
}

/// The client's patience may end before the store's own timeout.
#[tokio::test]
async fn a_call_that_is_dropped_does_not_keep_a_dead_connection() {
    let Some(server) = Server::start_on_port(&[]) else { return };
    let proxy = Proxy::start(server.port()).await;
    let store = RedisTokenStore::open(&proxy.url()).unwrap();
    works(&store).await;

    proxy.set(Mode::SwallowOnOldConnections);
    let key = key("accounts");
    assert!(tokio::time::timeout(Duration::from_millis(20), store.load(&key)).await.is_err());
    works(&store).await;
}

#[tokio::test]
async fn a_slow_server_costs_at_most_the_timeout() {
    let Some(server) = Server::start_on_port(&[]) else { return };
    let proxy = Proxy::start(server.port()).await;
    let store = RedisTokenStore::open(&proxy.url()).unwrap();
    works(&store).await;
    proxy.set(Mode::Delay(Duration::from_millis(400)));
    fails(&store).await;
    proxy.set(Mode::Forward);
    works(&store).await;
}

/// A caller gives up; the connection is there for the next one.
#[tokio::test]
async fn connecting_goes_on_without_the_caller() {
    let Some(server) = Server::start_on_port(&[]) else { return };
    let proxy = Proxy::start(server.port()).await;
    proxy.set(Mode::Delay(Duration::from_millis(30)));
    let store = RedisTokenStore::open(&proxy.url()).unwrap();
    let key = key("accounts");
    assert!(tokio::time::timeout(Duration::from_millis(5), store.load(&key)).await.is_err());

    // Enough for a call, but not for connecting as well.
    let loads = async { while store.load(&key).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(5), loads).await.unwrap();
    let clients: String = server.run_command("CLIENT LIST TYPE normal");
    assert!(clients.lines().filter(|client| !client.is_empty()).count() <= 2, "{clients}");
}

#[tokio::test]
async fn nothing_is_connected_at_construction() {
    let port = free_port();
    let store = RedisTokenStore::open(&format!("redis://:sesame@127.0.0.1:{port}")).unwrap();
    let error = fails(&store).await;
    assert!(error.contains(&format!("127.0.0.1:{port}")) && !error.contains("sesame"), "{error}");
    assert!(!format!("{store:?}").contains("sesame"), "{store:?}");
}

#[test]
fn an_invalid_url_is_not_repeated() {
    for url in ["", "sesame", "http://:sesame@host", "redis://:sesame@host:port", "redis://:sesame@host/db"] {
        let error = RedisTokenStore::open(url).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("sesame"), "{error}");
        assert!(error.to_string().contains("redis://user:password@host"), "{error}");
    }
    #[cfg(not(any(feature = "rustls", feature = "native-tls")))]
    assert!(RedisTokenStore::open("rediss://host").unwrap_err().to_string().contains("feature `rustls`"));
}

#[tokio::test]
async fn a_wrong_password_is_reported_without_it() {
    let Some(server) = Server::start_on_port(&[]) else { return };
    let mut admin = server.admin();
    let mut require = |password: &str| {
        crate::server::run::<()>(&mut admin, &format!("CONFIG SET requirepass {password}")).unwrap();
    };
    require("open-sesame");
    let url = format!("redis://:sesame@127.0.0.1:{}", server.port());
    let store = RedisTokenStore::open(&url).unwrap();
    for store in [&store, &server.store()] {
        let error = fails(store).await;
        assert!(error.contains("check user and password") && !error.contains("sesame"), "{error}");
    }

    // The operator corrects it.
    require("sesame");
    works(&store).await;
}

#[tokio::test]
async fn a_replica_is_used_once_it_is_promoted() {
    let Some(primary) = Server::start_on_port(&[]) else { return };
    let of_primary = format!("127.0.0.1 {}", primary.port());
    let Some(replica) = Server::start_on_port(&["--replicaof", &of_primary]) else { return };
    let (store, key) = (replica.store(), key("accounts"));
    // In sync with its primary.
    let lease = loop {
        let link: String = replica.run_command("INFO replication");
        if link.contains("master_link_status:up") {
            break primary.store().acquire(&key, LEASE * 10).await.unwrap().unwrap();
        }
    };
    while replica.run_command::<u8>(&format!("EXISTS {}", crate::server::name(&key, "lease"))) == 0 {}
    let error = fails(&store).await;
    assert!(error.contains("READONLY: it is a replica"), "{error}");

    // In mid-lease.
    let _: () = replica.run_command("REPLICAOF NO ONE");
    assert!(store.acquire(&key, LEASE).await.unwrap().is_none());
    assert!(store.renew(&key, &lease, LEASE).await.unwrap());
    assert!(store.publish(&key, &lease, &token("token")).await.unwrap());
    store.release(&key, &lease).await.unwrap();
    assert!(store.acquire(&key, LEASE).await.unwrap().unwrap().fence() > lease.fence());
}

#[tokio::test]
async fn a_server_whose_memory_is_full_still_serves_the_token_that_it_has() {
    let Some(server) = Server::start(&["--maxmemory-policy", "noeviction"]) else { return };
    let (store, key) = (server.store(), key("accounts"));
    let lease = store.acquire(&key, LEASE).await.unwrap().unwrap();
    assert!(store.publish(&key, &lease, &token("token")).await.unwrap());
    let _: () = server.run_command("CONFIG SET maxmemory 1");

    assert!(store.load(&key).await.unwrap().is_some());
    let error = store.publish(&key, &lease, &token("next")).await.unwrap_err().to_string();
    assert!(error.contains("OOM: its memory is full"), "{error}");
    assert_eq!(store.load(&key).await.unwrap().unwrap().expose_secret(), "token");
    store.release(&key, &lease).await.unwrap();
    fails(&store).await;
}

#[tokio::test]
async fn a_connection_manager_can_be_used() {
    let Some(server) = Server::start(&[]) else { return };
    let client = redis::Client::open(server.url()).unwrap();
    let manager = client.get_connection_manager().await.unwrap();
    works(&RedisTokenStore::from_connection(manager)).await;
    works(&RedisTokenStore::from_client(client).key_prefix("team:moneykit")).await;
    let keys: Vec<String> = server.run_command("KEYS team:*");
    assert_eq!(keys.len(), 1);
}

/// As with clients whose runtimes end, and with blocking clients.
#[test]
fn a_store_outlives_the_runtime_that_connected() {
    let Some(server) = Server::start(&[]) else { return };
    let store = server.store();
    for _ in 0..2 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            works(&store).await;
        });
    }
}

/// Time is paused for the store alone; the server's responses are awaited first.
#[tokio::test]
async fn an_idle_connection_is_closed() {
    let Some(server) = Server::start(&[]) else { return };
    let store = server.store();
    let mut admin = server.admin();
    let mut connections = || {
        let clients: String = crate::server::run(&mut admin, "CLIENT LIST TYPE normal").unwrap();
        clients.lines().filter(|line| !line.is_empty()).count() - 1
    };
    works(&store).await;
    assert_eq!(connections(), 1);

    tokio::time::pause();
    // The last use restarts the time.
    for _ in 0..2 {
        tokio::time::advance(Duration::from_secs(11)).await;
        tokio::task::yield_now().await;
    }
    tokio::time::resume();
    let closed = async {
        while connections() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), closed).await.unwrap();
    works(&store).await;
}
