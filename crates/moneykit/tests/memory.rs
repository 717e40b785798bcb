//! What the client allocates, counted thread by thread.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use moneykit::{AccessToken, Client, Error, Transport, reqwest};
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn client_of(emulator: &Emulator, transport: Transport) -> Client {
    Client::builder()
        .credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        .base_url(emulator.url())
        .transport(transport)
        .build()
        .unwrap()
}

fn transport() -> Transport {
    Transport::new(reqwest::Client::builder().no_proxy()).unwrap()
}

fn poll<T>(future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_hit_allocates_nothing() {
    let emulator = Emulator::builder().start().unwrap();
    let client = client_of(&emulator, transport());
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
fn a_waiter_costs_less_than_a_kibibyte() {
    const WAITERS: usize = 1_000;
    type Call<'a> = Pin<Box<dyn Future<Output = Result<AccessToken, Error>> + 'a>>;

    // Nobody answers here: the flight stays under way.
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
fn an_idle_client_costs_less_than_eight_kibibytes_beyond_its_transport() {
    let emulator = Emulator::builder().start().unwrap();
    let transport = transport();
    // What is made once for the whole process is not counted.
    drop(client_of(&emulator, transport.clone()));

    let mut client = None;
    let built = measure(|| client = Some(client_of(&emulator, transport.clone()))).bytes_current;
    let client = client.unwrap();
    let runtime = runtime();
    runtime.block_on(client.warm_up()).unwrap();
    // The token came by another way than this thread's; its share is what an exchange for a new one frees.
    let token = runtime.block_on(client.access_token()).unwrap();
    let freed = measure(|| {
        client.invalidate(&token);
        drop(token);
    });

    let kept = freed.bytes_current.unsigned_abs();
    let built = built.unsigned_abs();
    assert!(built > 0 && kept > 0, "{built} {kept}");
    assert!(built + kept < 8 * 1_024, "{built} + {kept} bytes");
}

#[test]
fn an_authenticated_request_allocates_at_most_twice_more_than_a_bare_one() {
    let emulator = Emulator::builder().start().unwrap();
    let settings = || reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let client = Client::builder()
        .credentials(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        .base_url(emulator.url())
        .http_client_builder(settings())
        .build()
        .unwrap();
    let runtime = runtime();
    let header = runtime.block_on(client.authorization_header()).unwrap();
    // As little as a request can be: no time that it may take, no other header.
    let http =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let url = format!("{}/links", emulator.url());

    // Boxed, both of them: a runtime boxes what is large by itself, and differently in release builds.
    let bare = least(|| {
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
    let ours = least(|| {
        runtime
            .block_on(Box::pin(async { client.get("/links").send().await.unwrap().bytes().await.unwrap() }));
    });
    assert!(bare > 0 && ours <= bare + 2, "{ours} allocations rather than {bare}");
}

/// Counts the allocations of a call, over a connection that is open already. What comes in one piece now comes in
/// two another time, so it is the least of some calls.
fn least(call: impl Fn()) -> u64 {
    call();
    (0..50).map(|_| measure(&call).count_total).min().unwrap()
}
