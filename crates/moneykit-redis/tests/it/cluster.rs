//! A cluster of three nodes.

use moneykit::token_store::TokenStore;
use moneykit_redis::RedisTokenStore;

use crate::server::{LEASE, Server, free_port, key, token};

/// Three nodes that share the slots, or `None` if no server is installed.
fn start() -> Option<[Server; 3]> {
    let node = || {
        let bus = free_port().to_string();
        let server = Server::start_on_port(&["--cluster-enabled", "yes", "--cluster-port", &bus])?;
        Some((server, bus))
    };
    let nodes = [node()?, node()?, node()?];
    for ((node, _), slots) in nodes.iter().zip(["0 5460", "5461 10922", "10923 16383"]) {
        let _: () = node.run_command(&format!("CLUSTER ADDSLOTSRANGE {slots}"));
    }
    for (number, (node, bus)) in nodes.iter().enumerate() {
        let _: () = node.run_command(&format!("CLUSTER SET-CONFIG-EPOCH {}", number + 1));
        let _: () = nodes[0].0.run_command(&format!("CLUSTER MEET 127.0.0.1 {} {bus}", node.port()));
    }
    let nodes = nodes.map(|(node, _)| node);
    for node in &nodes {
        while !node.run_command::<String>("CLUSTER INFO").contains("cluster_state:ok") {}
        while node.run_command::<String>("CLUSTER NODES").matches("connected").count() < 3 {}
    }
    Some(nodes)
}

#[tokio::test]
async fn every_token_has_its_node() {
    let Some(nodes) = start() else { return };
    let store = RedisTokenStore::open_cluster([nodes[0].url()]).unwrap();
    for scope in ["a", "b", "c", "d", "e", "f"] {
        let key = key(scope);
        let lease = store.acquire(&key, LEASE).await.unwrap().unwrap();
        assert!(store.acquire(&key, LEASE).await.unwrap().is_none());
        assert!(store.renew(&key, &lease, LEASE).await.unwrap());
        assert!(store.publish(&key, &lease, &token(scope)).await.unwrap());
        assert_eq!(store.load(&key).await.unwrap().unwrap().expose_secret(), scope);
        store.release(&key, &lease).await.unwrap();
    }
    for node in &nodes {
        let keys: Vec<String> = node.run_command("KEYS *");
        assert!(keys.len() < 12, "{keys:?}");
    }

    // A store that takes one node for the whole server says so.
    let mut errors = Vec::new();
    for scope in ["a", "b", "c", "d", "e", "f"] {
        errors.extend(nodes[0].store().load(&key(scope)).await.err().map(|error| error.to_string()));
    }
    assert!(errors.iter().any(|error| error.contains("use `RedisTokenStore::open_cluster`")), "{errors:?}");
}

#[tokio::test]
async fn a_node_that_is_down_is_used_again_once_it_is_back() {
    let Some(mut nodes) = start() else { return };
    let store = RedisTokenStore::open_cluster(nodes.iter().map(Server::url)).unwrap();
    let scopes = ["a", "b", "c", "d", "e", "f", "g", "h"];
    for scope in scopes {
        store.load(&key(scope)).await.unwrap();
    }
    nodes[2].kill();
    let mut failures = 0;
    for scope in scopes {
        failures += u32::from(store.load(&key(scope)).await.is_err());
    }
    assert!(failures > 0);

    nodes[2].restart();
    let recovers = async {
        for scope in scopes {
            while store.load(&key(scope)).await.is_err() {}
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), recovers).await.unwrap();
}

#[test]
fn unusable_urls_are_reported() {
    for urls in [vec![], vec!["redis://:sesame@a", "redis://:other@b"]] {
        let error = RedisTokenStore::open_cluster(urls).unwrap_err().to_string();
        assert!(error.contains("at least one node") && !error.contains("sesame"), "{error}");
    }
}
