//! Access control: the user that the guide creates has what the store needs, and no more.

use moneykit::token_store::TokenStore;
use moneykit_redis::RedisTokenStore;

use crate::server::{LEASE, Server, key, name, token};

/// Returns the command of the guide that creates the user.
fn acl() -> String {
    let guide = include_str!("../../../../docs/running-a-fleet.md");
    let command = guide
        .split("```sh\nredis-cli ACL SETUSER ")
        .nth(1)
        .and_then(|rest| rest.split("\n```").next())
        .unwrap();
    format!(
        "ACL SETUSER {}",
        command.replace("\\\n", " ").replace('\'', "").split_whitespace().collect::<Vec<_>>().join(" ")
    )
}

#[tokio::test]
async fn the_user_of_the_guide_can_use_the_store_and_nothing_else() {
    let Some(server) = Server::start_on_port(&[]) else { return };
    let _: () = server.run_command(&acl());
    let store = |user| {
        let url = format!("redis://{user}@127.0.0.1:{}?protocol=resp3", server.port());
        RedisTokenStore::open(&url).unwrap()
    };
    let (member, key) = (store("moneykit:change-me"), key("accounts"));

    let lease = member.acquire(&key, LEASE).await.unwrap().unwrap();
    assert!(member.renew(&key, &lease, LEASE).await.unwrap());
    let mut waiting = member.published(&key);
    while server.run_command::<(String, u64)>(&format!("PUBSUB NUMSUB {}", name(&key, "hint"))).1 == 0 {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(1), &mut waiting).await;
    }
    assert!(member.publish(&key, &lease, &token("token")).await.unwrap());
    tokio::time::timeout(std::time::Duration::from_secs(5), waiting).await.unwrap();
    assert!(member.load(&key).await.unwrap().is_some());
    member.invalidate(&key, &key.digest("token")).await.unwrap();
    member.release(&key, &lease).await.unwrap();

    let url = format!("redis://moneykit:change-me@127.0.0.1:{}", server.port());
    let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
    for command in ["GET other", "KEYS *", "FLUSHALL", "CONFIG GET *", "PUBLISH other x", "SCRIPT FLUSH"] {
        let result = crate::server::run::<redis::Value>(&mut connection, command);
        assert_eq!(result.unwrap_err().code(), Some("NOPERM"), "{command}");
    }
    let error = member.key_prefix("other").load(&key).await.unwrap_err().to_string();
    assert!(error.contains("NOPERM: permit the commands"), "{error}");
}

#[tokio::test]
async fn a_missing_permission_to_read_is_an_error_and_no_missing_entry() {
    let Some(server) = Server::start_on_port(&[]) else { return };
    let (store, key) = (server.store(), key("accounts"));
    let lease = store.acquire(&key, LEASE).await.unwrap().unwrap();
    assert!(store.publish(&key, &lease, &token("token")).await.unwrap());
    let _: () = server.run_command(&format!("{} -hget", acl()));

    let url = format!("redis://moneykit:change-me@127.0.0.1:{}", server.port());
    assert!(RedisTokenStore::open(&url).unwrap().load(&key).await.is_err());
}
