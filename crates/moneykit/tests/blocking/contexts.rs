//! The contexts in which blocking calls work, and those in which they are errors.

use std::time::Duration;

use moneykit::blocking::Client;
use moneykit_emulator::RequestCounts;
use tokio::task::{LocalSet, block_in_place, coop::unconstrained, spawn, spawn_blocking};

use crate::{emulated, runtimes};

/// Makes each call that blocks, and returns the errors.
fn errors_of(client: &Client) -> Vec<moneykit::Error> {
    let mut request = http::Request::get("/links").body(()).unwrap();
    [
        client.access_token().err(),
        client.authorization_header().err(),
        client.access_token_valid_for(Duration::from_secs(1)).err(),
        client.warm_up().err(),
        client.request_token().err(),
        client.authorize(&mut request).err(),
        client.get("/links").send().err(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

const CALLS: usize = 7;

#[test]
fn each_blocking_call_in_async_code_is_an_error_with_a_remedy() {
    let (emulator, client) = emulated();
    for runtime in runtimes() {
        let spawned = client.clone();
        for errors in [
            runtime.block_on(async { errors_of(&client) }),
            runtime.block_on(async { spawn(async move { errors_of(&spawned) }).await.unwrap() }),
            LocalSet::new().block_on(&runtime, async { errors_of(&client) }),
        ] {
            assert_eq!(errors.len(), CALLS);
            for error in errors {
                assert!(error.is_blocking_in_async() && !error.is_transient(), "{error:?}");
                let message = error.to_string();
                assert!(message.contains("async client") && message.contains("spawn_blocking"), "{message}");
            }
        }
    }
    assert_eq!(emulator.request_counts(), RequestCounts::default());
}

#[test]
fn calls_that_do_not_block_work_in_async_code_and_a_cached_token_does_not_unblock_the_others() {
    let (_emulator, client) = emulated();
    let token = client.access_token().unwrap();
    for runtime in runtimes() {
        runtime.block_on(async {
            assert_eq!(errors_of(&client).len(), CALLS);
            assert!(client.token_status().has_token());
            assert!(client.base_url().starts_with("http://127.0.0.1:"));
            assert_eq!(client.api_version(), "2023-02-18");
            client.as_async().access_token().await.unwrap();
        });
    }
    runtimes()[0].block_on(async { client.invalidate(&token) });
    assert!(!client.token_status().has_token());
}

#[test]
fn reading_a_response_in_async_code_is_an_error() {
    let (_emulator, client) = emulated();
    let send = || client.get("/links").send().unwrap();
    for runtime in runtimes() {
        let (one, two, three, four, mut five) = (send(), send(), send(), send(), send());
        let errors = runtime.block_on(async {
            [
                one.error_for_status().err(),
                two.json::<serde_json::Value>().err(),
                three.text().err(),
                four.bytes().err(),
                five.chunk().err(),
            ]
        });
        assert!(errors.iter().all(|error| error.as_ref().unwrap().is_blocking_in_async()), "{errors:?}");
        assert!(!five.bytes().unwrap().is_empty(), "the body can still be read outside of async code");
    }
}

#[test]
fn blocking_calls_work_in_blocking_sections_of_a_runtime() {
    let (_emulator, client) = emulated();
    for runtime in runtimes() {
        let client = client.clone();
        let errors = runtime.block_on(async { spawn_blocking(move || errors_of(&client)).await.unwrap() });
        assert!(errors.is_empty(), "{errors:?}");
    }
    let [current_thread, multi_thread] = runtimes();
    let errors = multi_thread.block_on(async { block_in_place(|| errors_of(&client)) });
    assert!(errors.is_empty(), "{errors:?}");
    let _entered = current_thread.enter();
    let errors = errors_of(&client);
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn blocking_calls_in_unconstrained_async_code_block_without_a_panic() {
    let (_emulator, client) = emulated();
    for runtime in runtimes() {
        let errors = runtime.block_on(unconstrained(async { errors_of(&client) }));
        assert!(errors.is_empty(), "{errors:?}");
    }
}

#[test]
fn clients_and_responses_can_be_dropped_in_async_code() {
    for runtime in runtimes() {
        let (_emulator, client) = emulated();
        let response = client.get("/links").send().unwrap();
        runtime.block_on(async move { drop((client, response)) });
    }
    // The background thread still serves other clients.
    let (_emulator, client) = emulated();
    client.warm_up().unwrap();
}

#[test]
fn a_blocking_call_in_a_credentials_provider_is_an_error() {
    let (emulator, inner) = emulated();
    let provider = move || {
        let token = inner.access_token();
        async move { Err::<moneykit::Credentials, _>(token.unwrap_err()) }
    };
    let client = moneykit::Client::builder().credentials_provider(provider).base_url(emulator.url());
    let error = client.build_blocking().unwrap().access_token().unwrap_err();

    let source = std::error::Error::source(&error).unwrap();
    assert!(source.to_string().contains("spawn_blocking"), "{source}");
}
