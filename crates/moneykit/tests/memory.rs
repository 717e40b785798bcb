//! Allocations of the client, counted per thread.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use moneykit::{AccessToken, Client, ClientBuilder, Error, Transport, reqwest};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Returns a builder for a client of an emulator.
fn client_builder(emulator: &Emulator) -> ClientBuilder {
    Client::builder().credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET).base_url(emulator.url())
}

fn transport() -> Transport {
    Transport::new(reqwest::Client::builder().no_proxy()).unwrap()
}

fn poll<T>(future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_cache_hit_allocates_nothing() {
    let emulator = Emulator::builder().start().unwrap();
    let client = client_builder(&emulator).transport(transport()).build().unwrap();
    runtime().block_on(client.warm_up()).unwrap();

    let allocated = measure(|| {
        for _ in 0..1_000 {
            assert!(poll(std::pin::pin!(client.authorization_header())).is_ready());
            assert!(poll(std::pin::pin!(client.access_token())).is_ready());
        }
    });
    assert_eq!(allocated.count_total, 0);
    assert_eq!(client.token_status().cache_hits, 2_000);
}

#[test]
fn a_waiter_uses_less_than_a_kibibyte() {
    const WAITERS: usize = 1_000;
    type Call<'a> = Pin<Box<dyn Future<Output = Result<AccessToken, Error>> + 'a>>;

    // This port never responds, so the refresh stays in progress.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let client = Client::builder()
        .credentials("id", "secret")
        .base_url(format!("http://{}", silent.local_addr().unwrap()))
        .build()
        .unwrap();
    runtime().block_on(async {
        let mut first: Call<'_> = Box::pin(client.access_token());
        assert!(poll(first.as_mut()).is_pending());

        let mut calls: Vec<Call<'_>> = Vec::with_capacity(WAITERS);
        let allocated = measure(|| {
            for _ in 0..WAITERS {
                let mut call: Call<'_> = Box::pin(client.access_token());
                assert!(poll(call.as_mut()).is_pending());
                calls.push(call);
            }
        });
        let each = allocated.bytes_current / i64::try_from(WAITERS).unwrap();
        assert!((1..1_024).contains(&each), "{each} bytes");
    });
}

#[test]
fn an_idle_client_uses_less_than_eight_kibibytes_beyond_its_transport() {
    let emulator = Emulator::builder().start().unwrap();
    let transport = transport();
    let new_client = || client_builder(&emulator).transport(transport.clone()).build().unwrap();
    // The first client initializes process-wide state, which does not count.
    drop(new_client());

    let mut client = None;
    let built = measure(|| client = Some(new_client())).bytes_current;
    let client = client.unwrap();
    let runtime = runtime();
    runtime.block_on(client.warm_up()).unwrap();
    // The token was allocated on another thread, so its size is measured when this thread frees it.
    let token = runtime.block_on(client.access_token()).unwrap();
    let freed = measure(|| {
        client.invalidate(&token);
        drop(token);
    });

    let token = freed.bytes_current.unsigned_abs();
    let built = built.unsigned_abs();
    assert!(built > 0 && token > 0, "{built} {token}");
    assert!(built + token < 8 * 1_024, "{built} + {token} bytes");
}

#[test]
fn an_authenticated_request_makes_at_most_two_more_allocations_than_a_plain_one() {
    let emulator = Emulator::builder().start().unwrap();
    let settings = || reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let client = client_builder(&emulator).http_client_builder(settings()).build().unwrap();
    let runtime = runtime();
    let header = runtime.block_on(client.authorization_header()).unwrap();
    // The plain request is minimal: no timeout, and no other header.
    let http = settings().build().unwrap();
    let url = format!("{}/links", emulator.url());

    // Both futures are boxed, because the runtime boxes futures above a size that depends on the build profile.
    let plain = fewest_allocations(|| {
        runtime.block_on(Box::pin(async {
            http.get(&url)
                .header("authorization", header.clone())
                .send()
                .await
                .unwrap()
                .bytes()
                .await
                .unwrap()
        }));
    });
    let authenticated = fewest_allocations(|| {
        runtime
            .block_on(Box::pin(async { client.get("/links").send().await.unwrap().bytes().await.unwrap() }));
    });
    assert!(
        plain > 0 && authenticated <= plain + 2,
        "{authenticated} allocations, {plain} for the plain request"
    );
}

/// Returns the lowest number of allocations of a call over an open connection. The number varies, because the same
/// response can arrive in one read or in two.
fn fewest_allocations(call: impl Fn()) -> u64 {
    call();
    (0..50).map(|_| measure(&call).count_total).min().unwrap()
}
