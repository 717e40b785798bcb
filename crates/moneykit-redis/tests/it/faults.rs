//! Faults of the server, as callers of clients meet them: the rows of the guide's table of failures.

#![expect(clippy::print_stdout, reason = "the measured table is worth reading")]

use std::time::{Duration, Instant};

use moneykit::http::StatusCode;
use moneykit::token_store::{StoreKey, TokenStore};
use moneykit::{Client, Credentials};
use moneykit_emulator::{Emulator, Fault};
use moneykit_redis::RedisTokenStore;
use tokio::task::JoinSet;

use crate::proxy::{Mode, Proxy};
use crate::server::{LEASE, SECRET, Server, name, token};

/// The time that a client grants its store, and what a token request may take on a machine that runs other tests.
const LIMIT: Duration = Duration::from_millis(250 + 500);

/// Clients in a fleet, with an emulator that counts their requests.
struct Fleet {
    emulator: Emulator,
    key: StoreKey,
}

/// What callers met.
struct Outcome {
    slowest: Duration,
    requests: u64,
    tokens: Vec<String>,
}

impl Fleet {
    fn new() -> Self {
        let emulator = Emulator::builder().client("fleet", SECRET).start().unwrap();
        let credentials = Credentials::new("fleet", SECRET).unwrap();
        let key = StoreKey::new(&credentials, emulator.url(), None, "2023-02-18");
        Self { emulator, key }
    }

    fn client(&self, url: &str) -> Client {
        self.client_with(RedisTokenStore::open(url).unwrap())
    }

    fn client_with(&self, store: RedisTokenStore) -> Client {
        let builder = Client::builder().base_url(self.emulator.url()).credentials("fleet", SECRET);
        builder.token_store(store).build().unwrap()
    }

    /// Asks each client for a token, all at once.
    #[expect(clippy::disallowed_methods, reason = "the wait is one of the real clock")]
    async fn ask(&self, fault: &str, clients: &[Client]) -> Outcome {
        let before = self.emulator.request_counts().token;
        let started = Instant::now();
        let mut calls = JoinSet::new();
        for client in clients {
            let client = client.clone();
            calls.spawn(async move { client.access_token().await });
        }
        let tokens = calls.join_all().await;
        let outcome = Outcome {
            slowest: started.elapsed(),
            requests: self.emulator.request_counts().token - before,
            tokens: tokens.into_iter().map(|token| token.unwrap().expose_secret().to_owned()).collect(),
        };
        let callers = clients.len();
        println!("| {fault} | {callers} tokens | {:.0?} | {} |", outcome.slowest, outcome.requests);
        for token in &outcome.tokens {
            assert!(self.emulator.token_expires_at(token).is_some(), "{fault}: a token of nobody");
        }
        outcome
    }
}

/// The number of clients in most rows.
const MEMBERS: usize = 8;

impl Fleet {
    fn clients(&self, url: &str) -> Vec<Client> {
        (0..MEMBERS).map(|_| self.client(url)).collect()
    }

    /// Each caller gets a token of its own, after what a client grants its store.
    async fn each_on_its_own(&self, fault: &str, clients: &[Client]) {
        let outcome = self.ask(fault, clients).await;
        assert!(outcome.slowest < LIMIT, "{fault}: {:?}", outcome.slowest);
        assert_eq!(outcome.requests, clients.len() as u64, "{fault}");
        for client in clients {
            let status = client.token_status().store.unwrap();
            assert!(!status.is_available() && status.last_error.is_some(), "{fault}");
        }
    }

    /// All callers get one token for which there were that many requests.
    async fn together(&self, situation: &str, clients: &[Client], requests: u64) -> Outcome {
        let outcome = self.ask(situation, clients).await;
        assert_eq!(outcome.requests, requests, "{situation}");
        assert!(outcome.tokens.windows(2).all(|pair| pair[0] == pair[1]), "{situation}");
        outcome
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_fault_there_is_one_request() {
    let Some(server) = Server::start(&[]) else { return };
    let fleet = Fleet::new();
    let clients = fleet.clients(&server.url());
    let outcome = fleet.together("none, cold start", &clients, 1).await;
    assert!(outcome.slowest < LIMIT + Duration::from_secs(1), "{:?}", outcome.slowest);
    fleet.together("none, another cold start", &fleet.clients(&server.url()), 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_was_revoked_is_replaced_once() {
    let Some(server) = Server::start(&[]) else { return };
    let fleet = Fleet::new();
    let clients = fleet.clients(&server.url());
    let all_succeed = async || {
        let mut calls = JoinSet::new();
        for client in &clients {
            let client = client.clone();
            calls.spawn(async move { client.get("/links").send().await.unwrap().status() });
        }
        assert!(calls.join_all().await.iter().all(StatusCode::is_success));
    };
    all_succeed().await;
    assert_eq!(fleet.emulator.request_counts().token, 1);

    fleet.emulator.revoke_tokens();
    all_succeed().await;
    assert_eq!(fleet.emulator.request_counts().token, 2);
    fleet.together("token revoked", &clients, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_server_is_down_each_member_is_on_its_own() {
    let Some(mut server) = Server::start(&[]) else { return };
    let fleet = Fleet::new();
    server.kill();
    fleet.each_on_its_own("killed", &fleet.clients(&server.url())).await;
    server.restart();
    fleet.together("restarted, empty", &fleet.clients(&server.url()), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_server_is_suspended_each_member_is_on_its_own() {
    let Some(server) = Server::start(&[]) else { return };
    let fleet = Fleet::new();
    server.signal("STOP");
    fleet.each_on_its_own("suspended (SIGSTOP)", &fleet.clients(&server.url())).await;
    server.signal("CONT");
    fleet.together("resumed", &fleet.clients(&server.url()), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_server_is_as_none() {
    let Some(server) = Server::start_on_port(&[]) else { return };
    let proxy = Proxy::start(server.port()).await;
    proxy.set(Mode::Delay(Duration::from_millis(300)));
    let fleet = Fleet::new();
    fleet.each_on_its_own("responses 600 ms late", &fleet.clients(&proxy.url())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_whose_peer_vanished_costs_one_member_one_request() {
    let Some(server) = Server::start_on_port(&[]) else { return };
    let proxy = Proxy::start(server.port()).await;
    let fleet = Fleet::new();
    let clients = fleet.clients(&proxy.url());
    fleet.together("none, cold start", &clients, 1).await;

    proxy.set(Mode::SwallowOnOldConnections);
    fleet.emulator.advance(Duration::from_secs(3600));
    for client in &clients {
        client.invalidate(&client.access_token().await.unwrap());
    }
    fleet.each_on_its_own("half-open connections", &clients).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_rejects_writes_or_the_password_is_as_none() {
    let fleet = Fleet::new();
    let Some(server) = Server::start_on_port(&["--requirepass", "open-sesame"]) else { return };
    let url = format!("redis://:sesame@127.0.0.1:{}", server.port());
    fleet.each_on_its_own("wrong password", &fleet.clients(&url)).await;

    let Some(server) = Server::start(&[]) else { return };
    let _: () = server.run_command("CONFIG SET maxmemory 1");
    fleet.each_on_its_own("memory full (noeviction)", &fleet.clients(&server.url())).await;

    let Some(primary) = Server::start_on_port(&[]) else { return };
    let of_primary = format!("127.0.0.1 {}", primary.port());
    let Some(replica) = Server::start_on_port(&["--replicaof", &of_primary]) else { return };
    fleet.each_on_its_own("read-only replica", &fleet.clients(&replica.url())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_data_is_lost_in_mid_lease() {
    let Some(server) = Server::start(&[]) else { return };
    let fleet = Fleet::new();
    fleet.emulator.fail_next(usize::MAX, Fault::Delay(Duration::from_millis(300)));
    // Takes longer than the holder's request.
    let (holder, others) = (fleet.client(&server.url()), fleet.clients(&server.url()));
    let holding = tokio::spawn(async move { holder.access_token().await });
    let lease = name(&fleet.key, "lease");
    let mut admin = server.admin();
    while crate::server::run::<u8>(&mut admin, &format!("EXISTS {lease}")).unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    let _: () = server.run_command("FLUSHALL");

    let outcome = fleet.ask("FLUSHALL in mid-lease", &others).await;
    holding.await.unwrap().unwrap();
    assert_eq!((outcome.tokens.len(), fleet.emulator.request_counts().token), (MEMBERS, 2));
    fleet.together("after FLUSHALL", &fleet.clients(&server.url()), 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_holder_dies() {
    let Some(server) = Server::start(&[]) else { return };
    let fleet = Fleet::new();
    let clients = fleet.clients(&server.url());
    // A third of what a holder has, to save time. It is never renewed.
    let _lease = server.store().acquire(&fleet.key, LEASE / 3).await.unwrap().unwrap();
    let outcome = fleet.together("holder died 2 s ago", &clients, 1).await;
    assert!(outcome.slowest < LEASE / 3 + 2 * LIMIT, "{:?}", outcome.slowest);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_holder_is_paused_past_its_lease_and_wakes() {
    let Some(server) = Server::start(&[]) else { return };
    let fleet = Fleet::new();
    let (store, clients) = (server.store(), fleet.clients(&server.url()));
    let paused = store.acquire(&fleet.key, Duration::from_millis(50)).await.unwrap().unwrap();
    let outcome = fleet.together("holder paused past its lease", &clients, 1).await;

    assert!(!store.publish(&fleet.key, &paused, &token("older")).await.unwrap());
    store.release(&fleet.key, &paused).await.unwrap();
    let after = fleet.together("it wakes, and publishes", &fleet.clients(&server.url()), 0).await;
    assert_eq!(after.tokens[0], outcome.tokens[0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_that_another_program_changed_are_misses() {
    let Some(server) = Server::start(&[]) else { return };
    let fleet = Fleet::new();
    fleet.together("none, cold start", &fleet.clients(&server.url()), 1).await;
    let entry = name(&fleet.key, "token");

    let _: redis::Value = server.run_command(&format!("HSET {entry} token tampered"));
    fleet.together("tampered entry", &fleet.clients(&server.url()), 1).await;

    let other = crate::server::key("accounts");
    let store = server.store();
    let lease = store.acquire(&other, LEASE).await.unwrap().unwrap();
    assert!(store.publish(&other, &lease, &token("foreign")).await.unwrap());
    let _: redis::Value = server.run_command(&format!("COPY {} {entry} REPLACE", name(&other, "token")));
    fleet.together("entry of other credentials", &fleet.clients(&server.url()), 1).await;

    let _: redis::Value = server.run_command(&format!("SET {entry} text EX 100"));
    fleet.together("entry of another type", &fleet.clients(&server.url()), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_primary_is_lost_in_mid_lease() {
    let Some(mut primary) = Server::start_on_port(&[]) else { return };
    let of_primary = format!("127.0.0.1 {}", primary.port());
    let Some(replica) = Server::start_on_port(&["--replicaof", &of_primary]) else { return };
    let mut admin = replica.admin();
    let mut wait_for = |command: &str, text: &str| {
        while !crate::server::run::<String>(&mut admin, command).unwrap().contains(text) {}
    };
    wait_for("INFO replication", "master_link_status:up");
    let fleet = Fleet::new();
    let clients = fleet.clients(&replica.url());
    // The holder dies with the primary.
    let lease = primary.store().acquire(&fleet.key, LEASE / 3).await.unwrap().unwrap();
    wait_for("INFO keyspace", "keys=2");
    primary.kill();
    let _: () = replica.run_command("REPLICAOF NO ONE");

    let outcome = fleet.together("replica promoted in mid-lease", &clients, 1).await;
    assert!(outcome.slowest < LEASE / 3 + 2 * LIMIT, "{:?}", outcome.slowest);
    assert!(!replica.store().publish(&fleet.key, &lease, &token("older")).await.unwrap());
}
