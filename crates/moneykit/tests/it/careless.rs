//! Clients that are used as nobody should, and must not mind.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use moneykit::{Client, ClientBuilder, Transport, reqwest};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
use tokio::runtime::{Builder, Runtime};

use crate::scripted::Act::{Request, UntilClosed};
use crate::scripted::{Act, Server, answer, inflating, send};
use crate::token_body;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A runtime that a server goes on with while others end.
fn servers() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn client_of(emulator: &Emulator) -> ClientBuilder {
    Client::builder().credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET).base_url(emulator.url())
}

/// Waits until a runtime has nothing left to do.
async fn no_task_is_left() {
    let metrics = tokio::runtime::Handle::current().metrics();
    let idle = async {
        while metrics.num_alive_tasks() > 0 {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(10), idle).await;
    assert!(in_time.is_ok(), "{} tasks are left", metrics.num_alive_tasks());
}

#[test]
fn a_client_outlives_the_runtimes_that_it_was_used_on() {
    let emulator = Emulator::builder().start().unwrap();
    let client = client_of(&emulator).build().unwrap();
    for round in 1..=5 {
        runtime().block_on(async {
            client.request_token().await.unwrap();
            let token = client.access_token().await.unwrap();
            if round == 1 {
                client.invalidate(&token);
            }
        });
    }
    // One each time, and two that were kept.
    assert_eq!(emulator.request_counts().tokens_issued, 7);
}

#[test]
fn a_connection_that_was_kept_on_a_runtime_which_stands_still_holds_nobody_for_ever() {
    let emulator = Emulator::builder().start().unwrap();
    let client = client_of(&emulator).token_attempt_timeout(Duration::from_millis(200)).build().unwrap();
    let still = runtime();
    let first = still.block_on(client.access_token()).unwrap();
    client.invalidate(&first);

    // Nobody drives the first runtime from here on.
    let second = runtime().block_on(client.access_token()).unwrap();
    assert_ne!(second.expose_secret(), first.expose_secret());
}

#[test]
fn outside_of_a_runtime_each_call_is_an_error_that_says_so() {
    fn at_once<T>(future: impl Future<Output = T>) -> T {
        match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => unreachable!("there is nothing to wait for"),
        }
    }

    let client = Client::builder().credentials("id", "pale-secret").build().unwrap();
    let raw =
        at_once(client.raw().generate_access_token().body_map(|form| form.client_id("id".to_owned())).send());
    for error in [
        at_once(client.access_token()).unwrap_err().to_string(),
        at_once(client.authorization_header()).unwrap_err().to_string(),
        at_once(client.access_token_valid_for(Duration::from_secs(1))).unwrap_err().to_string(),
        at_once(client.request_token()).unwrap_err().to_string(),
        raw.unwrap_err().to_string(),
    ] {
        assert!(error.contains("no tokio runtime") && error.contains("call this inside of one"), "{error}");
    }
}

#[test]
fn ten_thousand_clones_share_one_token_and_leave_nothing_behind() {
    let servers = servers();
    let good = vec![Request, answer("201 Created", token_body()), UntilClosed];
    let server = servers.block_on(Server::start(vec![good]));
    runtime().block_on(async {
        let client = server.client(&inflating()).build().unwrap();
        let calls: Vec<_> = std::iter::repeat_n(client, 10_000)
            .map(|client| tokio::spawn(async move { client.access_token().await.map(drop) }))
            .collect();
        for call in calls {
            call.await.unwrap().unwrap();
        }

        no_task_is_left().await;
        server.sees(|seen| seen.hung_up == 1).await;
    });
    assert_eq!(server.seen().requests, 1);
}

#[test]
fn a_hundred_clients_share_one_connection_after_the_other() {
    let servers = servers();
    let kept: Vec<Act> = (0..100).flat_map(|_| [Request, answer("201 Created", token_body())]).collect();
    let server = servers.block_on(Server::start(vec![[kept, vec![UntilClosed]].concat()]));
    runtime().block_on(async {
        let transport = Transport::new(reqwest::Client::builder().no_proxy()).unwrap();
        for _ in 0..100 {
            server.client(&transport).build().unwrap().access_token().await.unwrap();
            tokio::task::yield_now().await;
        }
        drop(transport);

        no_task_is_left().await;
        server.sees(|seen| seen.hung_up == seen.connections).await;
    });
    assert_eq!(server.seen().requests, 100);
    assert!(server.seen().connections < 5, "{:?}", server.seen());
}

#[test]
fn clients_that_are_built_and_dropped_without_use_leave_nothing_behind() {
    runtime().block_on(async {
        let transport = inflating();
        for _ in 0..1_000 {
            let client = Client::builder().credentials("id", "secret").transport(transport.clone());
            drop(client.build().unwrap().clone());
        }
        drop(Client::builder().credentials("id", "secret").build().unwrap());
        assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    });
}

#[test]
fn a_client_that_is_dropped_in_a_flight_leaves_nothing_behind() {
    let servers = servers();
    let body = "HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{";
    for script in [vec![Request, UntilClosed], vec![Request, send(body), UntilClosed]] {
        let server = servers.block_on(Server::start(vec![script]));
        runtime().block_on(async {
            let client = server.client(&inflating()).build().unwrap();
            let waits_for_a_flight = tokio::spawn({
                let client = client.clone();
                async move { client.access_token().await.map(drop) }
            });
            let asks_by_itself = tokio::spawn({
                let client = client.clone();
                async move { client.request_token().await.map(drop) }
            });
            server.sees(|seen| seen.requests == 2).await;
            drop(client);
            waits_for_a_flight.abort();
            asks_by_itself.abort();

            no_task_is_left().await;
            server.sees(|seen| seen.hung_up == 2).await;
        });
    }
}
