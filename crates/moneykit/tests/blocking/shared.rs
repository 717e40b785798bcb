//! What blocking and async callers have in common: the token, and the flight that brings it.

use std::sync::{Arc, Barrier};
use std::task::{Context, Waker};
use std::thread;

use moneykit::blocking::Client;
use moneykit_emulator::RequestCounts;
use tokio::task::{spawn, spawn_blocking};

use super::held::Held;
use crate::{builder, emulator, runtimes};

#[test]
fn fifty_threads_and_fifty_tasks_share_one_token_request() {
    for runtime in runtimes() {
        let (emulator, client) = emulator();
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
fn a_flight_that_a_blocking_caller_started_serves_async_callers() {
    for runtime in runtimes() {
        let server = Held::start();
        let client = builder(&server.url).build_blocking().unwrap();
        thread::scope(|threads| {
            let blocking = threads.spawn(|| client.access_token().unwrap());
            server.request();
            runtime.block_on(async {
                let mut call = std::pin::pin!(client.as_async().access_token());
                assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
                server.answer();
                assert_eq!(call.await.unwrap().expose_secret(), "held");
            });
            assert_eq!(blocking.join().unwrap().expose_secret(), "held");
        });
        assert_eq!(client.token_status().refreshes, 1);
        assert!(!server.has_another());
    }
}

#[test]
fn a_flight_that_an_async_caller_started_serves_blocking_callers() {
    for runtime in runtimes() {
        let server = Held::start();
        let client = builder(&server.url).build().unwrap();
        let blocking = Client::from(client.clone());
        let start = Barrier::new(11);
        thread::scope(|threads| {
            let first = threads.spawn(|| runtime.block_on(client.access_token()).unwrap());
            server.request();
            let calls: Vec<_> = (0..10)
                .map(|_| {
                    threads.spawn(|| {
                        start.wait();
                        blocking.access_token().unwrap()
                    })
                })
                .collect();
            start.wait();
            server.answer();
            for call in calls.into_iter().chain([first]) {
                assert_eq!(call.join().unwrap().expose_secret(), "held");
            }
        });
        assert_eq!(client.token_status().refreshes, 1);
        assert!(!server.has_another());
    }
}

#[test]
fn a_blocking_caller_survives_the_end_of_the_runtime_that_its_flight_is_on() {
    let (emulator, client) = emulator();
    let [runtime, _] = runtimes();
    runtime.block_on(async {
        let mut call = std::pin::pin!(client.as_async().access_token());
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    });
    thread::scope(|threads| {
        let call = threads.spawn(|| client.access_token());
        // The flight is under way, and comes to nothing.
        drop(runtime);
        call.join().unwrap().unwrap();
    });
    assert_eq!((client.token_status().refreshes, emulator.request_counts().token), (2, 1));
}

#[test]
fn blocking_calls_within_async_code_leave_their_connections_to_it() {
    for runtime in runtimes() {
        let (emulator, client) = emulator();
        let requests = 10;
        runtime.block_on(async {
            for _ in 0..requests {
                let blocking = client.clone();
                let status = spawn_blocking(move || blocking.get("/links").send().unwrap().status());
                assert_eq!(status.await.unwrap(), 200);
                let answer = client.as_async().get("/links").send().await.unwrap();
                assert!(!answer.text().await.unwrap().is_empty());
            }
        });
        let RequestCounts { token, api, .. } = emulator.request_counts();
        assert_eq!((token, api), (1, 2 * requests));
    }
}
