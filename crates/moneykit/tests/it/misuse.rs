//! Misuse that must stay harmless: dropped runtimes, calls outside of a runtime, thousands of clients, cancellation.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use moneykit::Client;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::scripted::Step::{AwaitClose, ReadRequest};
use crate::scripted::{ScriptedServer, Step, response, send, transport};
use crate::{client_builder, emulated, token_body};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Builds a runtime whose server keeps running while the runtimes of clients end.
fn server_runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// Waits until the current runtime has no tasks left.
async fn wait_for_idle() {
    let metrics = Handle::current().metrics();
    let idle = async {
        while metrics.num_alive_tasks() > 0 {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(10), idle).await;
    assert!(in_time.is_ok(), "{} tasks are left", metrics.num_alive_tasks());
}

#[test]
fn a_client_outlives_the_runtimes_it_was_used_on() {
    let (emulator, client) = emulated();
    for round in 1..=5 {
        runtime().block_on(async {
            client.request_token().await.unwrap();
            let token = client.access_token().await.unwrap();
            if round == 1 {
                client.invalidate(&token);
            }
        });
    }
    // Five from `request_token`, and two cached ones.
    assert_eq!(emulator.request_counts().tokens_issued, 7);
}

#[test]
fn a_pooled_connection_of_an_idle_runtime_does_not_block_other_runtimes() {
    let (emulator, _) = emulated();
    let builder = client_builder(emulator.url()).token_attempt_timeout(Duration::from_millis(200));
    let client = builder.build().unwrap();
    let idle = runtime();
    let first = idle.block_on(client.access_token()).unwrap();
    client.invalidate(&first);

    // From here on nothing drives the first runtime, which owns the pooled connection.
    let second = runtime().block_on(client.access_token()).unwrap();
    assert_ne!(second.expose_secret(), first.expose_secret());
}

#[test]
fn each_call_outside_of_a_runtime_is_an_error_that_names_the_cause() {
    fn poll_once<T>(future: impl Future<Output = T>) -> T {
        match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => unreachable!("without a runtime there is nothing to wait for"),
        }
    }

    let client = Client::builder().credentials("id", "pale-secret").build().unwrap();
    let raw = client.raw().generate_access_token().body_map(|form| form.client_id("id".to_owned()));
    for error in [
        poll_once(client.access_token()).unwrap_err().to_string(),
        poll_once(client.authorization_header()).unwrap_err().to_string(),
        poll_once(client.access_token_valid_for(Duration::from_secs(1))).unwrap_err().to_string(),
        poll_once(client.request_token()).unwrap_err().to_string(),
        poll_once(raw.send()).unwrap_err().to_string(),
    ] {
        assert!(error.contains("no tokio runtime") && error.contains("call this within one"), "{error}");
    }
}

#[test]
fn a_runtime_without_timers_or_io_is_an_error_that_names_the_remedy() {
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        for has_timers in [false, true] {
            if has_timers {
                builder.enable_time();
            }
            let (_emulator, client) = emulated();
            let errors = builder.build().unwrap().block_on(async {
                [client.access_token().await.unwrap_err(), client.request_token().await.unwrap_err()]
            });
            for error in errors {
                assert!(error.to_string().contains("build it with `enable_all`"), "{error}");
                assert!(!error.is_transient());
            }
        }
    }
}

#[test]
fn ten_thousand_clones_share_one_token_and_leave_no_task_behind() {
    let server_runtime = server_runtime();
    let script = vec![ReadRequest, response("201 Created", token_body()), AwaitClose];
    let server = server_runtime.block_on(ScriptedServer::start(vec![script]));
    runtime().block_on(async {
        let client = server.client_builder(&transport()).build().unwrap();
        let calls: Vec<_> = std::iter::repeat_n(client, 10_000)
            .map(|client| tokio::spawn(async move { client.access_token().await.map(drop) }))
            .collect();
        for call in calls {
            call.await.unwrap().unwrap();
        }

        wait_for_idle().await;
        server.wait_until(|stats| stats.client_disconnects == 1).await;
    });
    assert_eq!(server.stats().requests, 1);
}

#[test]
fn a_hundred_clients_reuse_the_connections_of_their_transport() {
    let server_runtime = server_runtime();
    let responses = (0..100).flat_map(|_| [ReadRequest, response("201 Created", token_body())]);
    let script: Vec<Step> = responses.chain([AwaitClose]).collect();
    let server = server_runtime.block_on(ScriptedServer::start(vec![script]));
    runtime().block_on(async {
        let transport = transport();
        for _ in 0..100 {
            server.client_builder(&transport).build().unwrap().access_token().await.unwrap();
            tokio::task::yield_now().await;
        }
        drop(transport);

        wait_for_idle().await;
        server.wait_until(|stats| stats.client_disconnects == stats.connections).await;
    });
    assert_eq!(server.stats().requests, 100);
    assert!(server.stats().connections < 5, "{:?}", server.stats());
}

#[test]
fn building_and_dropping_unused_clients_leaves_no_task_behind() {
    runtime().block_on(async {
        let transport = transport();
        for _ in 0..1_000 {
            let client = Client::builder().credentials("id", "secret").transport(transport.clone());
            drop(client.build().unwrap().clone());
        }
        drop(Client::builder().credentials("id", "secret").build().unwrap());
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
    });
}

#[test]
fn a_client_dropped_during_a_refresh_leaves_no_task_behind() {
    let server_runtime = server_runtime();
    let partial = "HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{";
    for script in [vec![ReadRequest, AwaitClose], vec![ReadRequest, send(partial), AwaitClose]] {
        let server = server_runtime.block_on(ScriptedServer::start(vec![script]));
        runtime().block_on(async {
            let client = server.client_builder(&transport()).build().unwrap();
            let cached = tokio::spawn({
                let client = client.clone();
                async move { client.access_token().await.map(drop) }
            });
            let uncached = tokio::spawn({
                let client = client.clone();
                async move { client.request_token().await.map(drop) }
            });
            server.wait_until(|stats| stats.requests == 2).await;
            drop(client);
            cached.abort();
            uncached.abort();

            wait_for_idle().await;
            server.wait_until(|stats| stats.client_disconnects == 2).await;
        });
    }
}
