//! The token and the refresh in progress that blocking and async callers share.

use std::sync::{Arc, Barrier};
use std::task::{Context, Waker};
use std::thread;

use moneykit::blocking::Client;
use moneykit_emulator::RequestCounts;
use tokio::task::{spawn, spawn_blocking};

use super::gated_server::GatedServer;
use crate::{client_builder, emulated, runtimes};

#[test]
fn fifty_threads_and_fifty_tasks_share_one_token_request() {
    for runtime in runtimes() {
        let (emulator, client) = emulated();
        let start = Arc::new(Barrier::new(51));
        let threads: Vec<_> = (0..50)
            .map(|_| {
                let (client, start) = (client.clone(), Arc::clone(&start));
                thread::spawn(move || {
                    start.wait();
                    client.access_token().unwrap()
                })
            })
            .collect();
        let mut tokens = runtime.block_on(async {
            let calls: Vec<_> = (0..50)
                .map(|_| {
                    let client = client.as_async().clone();
                    spawn(async move { client.access_token().await.unwrap() })
                })
                .collect();
            start.wait();
            let mut tokens = Vec::new();
            for call in calls {
                tokens.push(call.await.unwrap());
            }
            tokens
        });
        tokens.extend(threads.into_iter().map(|thread| thread.join().unwrap()));

        assert!(tokens.iter().all(|token| token.expose_secret() == tokens[0].expose_secret()));
        assert_eq!((tokens.len(), emulator.request_counts().token), (100, 1));
    }
}

#[test]
fn async_callers_join_a_refresh_started_by_a_blocking_caller() {
    for runtime in runtimes() {
        let server = GatedServer::start();
        let client = client_builder(&server.url).build_blocking().unwrap();
        thread::scope(|threads| {
            let blocking = threads.spawn(|| client.access_token().unwrap());
            server.wait_for_request();
            runtime.block_on(async {
                let mut call = std::pin::pin!(client.as_async().access_token());
                assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
                server.respond();
                assert_eq!(call.await.unwrap().expose_secret(), "gated");
            });
            assert_eq!(blocking.join().unwrap().expose_secret(), "gated");
        });
        assert_eq!(client.token_status().refreshes, 1);
        assert!(!server.has_unexpected_request());
    }
}

#[test]
fn blocking_callers_join_a_refresh_started_by_an_async_caller() {
    for runtime in runtimes() {
        let server = GatedServer::start();
        let client = client_builder(&server.url).build().unwrap();
        let blocking = Client::from(client.clone());
        let start = Barrier::new(11);
        thread::scope(|threads| {
            let first = threads.spawn(|| runtime.block_on(client.access_token()).unwrap());
            server.wait_for_request();
            let calls: Vec<_> = (0..10)
                .map(|_| {
                    threads.spawn(|| {
                        start.wait();
                        blocking.access_token().unwrap()
                    })
                })
                .collect();
            start.wait();
            server.respond();
            for call in calls.into_iter().chain([first]) {
                assert_eq!(call.join().unwrap().expose_secret(), "gated");
            }
        });
        assert_eq!(client.token_status().refreshes, 1);
        assert!(!server.has_unexpected_request());
    }
}

#[test]
fn a_blocking_caller_restarts_a_refresh_whose_runtime_has_shut_down() {
    let (emulator, client) = emulated();
    let [runtime, _] = runtimes();
    runtime.block_on(async {
        let mut call = std::pin::pin!(client.as_async().access_token());
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    });
    thread::scope(|threads| {
        let call = threads.spawn(|| client.access_token());
        // The refresh in progress ends with its runtime.
        drop(runtime);
        call.join().unwrap().unwrap();
    });
    assert_eq!((client.token_status().refreshes, emulator.request_counts().token), (2, 1));
}

#[test]
fn blocking_and_async_requests_share_the_transport() {
    for runtime in runtimes() {
        let (emulator, client) = emulated();
        let requests = 10;
        runtime.block_on(async {
            for _ in 0..requests {
                let blocking = client.clone();
                let status = spawn_blocking(move || blocking.get("/links").send().unwrap().status());
                assert_eq!(status.await.unwrap(), 200);
                let response = client.as_async().get("/links").send().await.unwrap();
                assert!(!response.text().await.unwrap().is_empty());
            }
        });
        let RequestCounts { token, api, .. } = emulator.request_counts();
        assert_eq!((token, api), (1, 2 * requests));
    }
}
