//! Entries that another program wrote, and what an operator of the server can see.

use moneykit::token_store::{StoreKey, TokenStore};

use crate::server::{HOUR, LEASE, SECRET, Server, key, name, run, token};

async fn publish(server: &Server, key: &StoreKey, value: &str) {
    let store = server.store();
    let lease = store.acquire(key, LEASE).await.unwrap().unwrap();
    assert!(store.publish(key, &lease, &token(value)).await.unwrap());
    store.release(key, &lease).await.unwrap();
}

#[tokio::test]
async fn changed_entries_are_misses_and_are_replaced() {
    let Some(server) = Server::start(&[]) else { return };
    let (first, second) = (key("accounts"), key("transactions"));
    let (mine, other) = (name(&first, "token"), name(&second, "token"));
    let changes: [(&str, String); 6] = [
        ("tampered", format!("HSET {mine} token no-ciphertext-but-long-enough-for-a-nonce-and-a-tag")),
        ("truncated", format!("HSET {mine} token x")),
        ("swapped", format!("COPY {other} {mine} REPLACE")),
        ("without an end", format!("PERSIST {mine}")),
        ("of another type", format!("SET {mine} x EX 100")),
        ("without a token", format!("HDEL {mine} token")),
    ];
    for (change, command) in changes {
        publish(&server, &first, "mine").await;
        publish(&server, &second, "other").await;
        let store = server.store();
        assert_eq!(store.load(&first).await.unwrap().unwrap().expose_secret(), "mine", "{change}");

        let _: redis::Value = server.run_command(&command);

        assert!(store.load(&first).await.unwrap().is_none(), "{change}");
        publish(&server, &first, "next").await;
        assert_eq!(store.load(&first).await.unwrap().unwrap().expose_secret(), "next", "{change}");
    }
}

#[tokio::test]
async fn no_entry_of_another_program_blocks_the_lease() {
    let Some(server) = Server::start(&[]) else { return };
    let key = key("accounts");
    let (token, lease, fence) = (name(&key, "token"), name(&key, "lease"), name(&key, "fence"));
    for command in [
        format!("SET {lease} x"),
        format!("RPUSH {lease} x"),
        format!("SET {fence} x"),
        format!("SET {fence} 9223372036854775807"),
        format!("SET {fence} -5"),
        format!("RPUSH {fence} x"),
        format!("RPUSH {token} x"),
        format!("HSET {token} fence x"),
        format!("HSET {token} fence 1e300"),
        format!("HSET {token} fence -1"),
        format!("HSET {token} fence 9007199254740991"),
    ] {
        let _: redis::Value = server.run_command("FLUSHALL");
        let _: redis::Value = server.run_command(&command);
        let store = server.store();
        assert!(store.load(&key).await.unwrap().is_none(), "{command}");
        let held = store.acquire(&key, LEASE).await.unwrap().unwrap();
        assert!(store.renew(&key, &held, LEASE).await.unwrap(), "{command}");
        let published = store.publish(&key, &held, &crate::server::token("token")).await.unwrap();
        assert!(published || command.contains("9007199254740991"), "{command}");
        store.invalidate(&key, &key.digest("token")).await.unwrap();
        store.release(&key, &held).await.unwrap();
    }
}

/// Also looks into the log of commands that the server writes to its disk.
#[tokio::test]
async fn the_server_sees_neither_secret_nor_token() {
    const TOKEN: &str = "canary-token-77aa";
    let Some(server) = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]) else { return };
    let key = key("accounts");
    publish(&server, &key, TOKEN).await;
    server.store().invalidate(&key, &key.digest("another")).await.unwrap();

    let mut seen = Vec::new();
    let mut admin = server.admin();
    for key in run::<Vec<String>>(&mut admin, "KEYS *").unwrap() {
        seen.extend(redis::cmd("DUMP").arg(&key).query::<Vec<u8>>(&mut admin).unwrap());
        seen.extend(key.into_bytes());
    }
    let mut folders = vec![server.folder().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => folders.push(entry.path()),
                kind if kind.is_file() => seen.extend(std::fs::read(entry.path()).unwrap()),
                _ => {}
            }
        }
    }
    let contains = |text: &[u8]| seen.windows(text.len()).any(|window| window == text);
    assert!(contains(key.name().as_bytes()) && contains(b"fence"));
    for secret in [TOKEN, SECRET, "canary-client", "api.example"] {
        assert!(!contains(secret.as_bytes()), "{secret}");
    }
    assert!(!contains(key.encryption_key()));
}

#[tokio::test]
async fn every_key_ends() {
    let Some(server) = Server::start(&[]) else { return };
    let key = key("accounts");
    publish(&server, &key, "token").await;
    let _lease = server.store().acquire(&key, LEASE).await.unwrap().unwrap();

    let keys: Vec<String> = server.run_command("KEYS *");
    assert_eq!(keys.len(), 3);
    for key in keys {
        let ttl: i64 = server.run_command(&format!("TTL {key}"));
        assert!(ttl > 0, "{key}");
    }
    assert!(HOUR.as_secs() < 48 * 3600);
}
