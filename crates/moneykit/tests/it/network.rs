//! Connection failures and timeouts of token requests.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use moneykit::reqwest::dns::{Name, Resolve, Resolving};
use moneykit::{Client, Transport, reqwest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Barrier;

use crate::scripted::Step::{AwaitClose, ReadRequest};
use crate::scripted::{ScriptedServer, transport};
use crate::{CLIENT_ID, CLIENT_SECRET, client_builder, emulated, render, token_body};

const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_closed_port_is_a_connect_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = client_builder(url).build().unwrap();
    drop(listener);

    let error = client.request_token().await.unwrap_err();

    assert!(error.is_connect() && error.is_transient() && !error.is_timeout(), "{error:?}");
    assert_eq!(error.status(), None);
    assert!(error.to_string().contains("could not connect to http://127.0.0.1:"), "{error}");
    assert!(!render(&error).contains(CLIENT_SECRET));
}

/// A DNS resolver that never responds.
struct PendingResolver;

impl Resolve for PendingResolver {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn connecting_times_out() {
    let client = Client::builder()
        .credentials(CLIENT_ID, CLIENT_SECRET)
        .http_client_builder(reqwest::Client::builder().no_proxy().dns_resolver(Arc::new(PendingResolver)))
        .connect_timeout(SHORT)
        .token_attempt_timeout(LONG)
        .build()
        .unwrap();
    let error = client.request_token().await.unwrap_err();

    assert!(error.is_connect() && error.is_timeout() && error.is_transient(), "{error:?}");
    assert!(error.to_string().contains("check the base URL and the network"), "{error}");
}

/// A DNS resolver that names the host of an attacker.
struct HostileResolver;

impl Resolve for HostileResolver {
    fn resolve(&self, _: Name) -> Resolving {
        let addresses: reqwest::dns::Addrs = Box::new([([192, 0, 2, 1], 0).into()].into_iter());
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

#[tokio::test]
async fn localhost_is_a_loopback_address_whatever_dns_says() {
    let (emulator, _) = emulated();
    let url = emulator.url().replace("127.0.0.1", "localhost");
    let hostile = || {
        reqwest::Client::builder()
            .dns_resolver(Arc::new(HostileResolver))
            .resolve("localhost", ([192, 0, 2, 1], 0).into())
    };
    for builder in [
        client_builder(&url),
        client_builder(&url).http_client_builder(hostile()),
        client_builder(&url).transport(Transport::new(hostile()).unwrap()),
    ] {
        let client = builder.build().unwrap();
        assert_eq!(client.base_url(), url);
        client.request_token().await.unwrap();
    }
    assert_eq!(emulator.request_counts().token, 3);
}

#[tokio::test]
async fn a_token_refresh_times_out_and_closes_its_connection() {
    let server = ScriptedServer::start(vec![vec![ReadRequest, AwaitClose]]).await;
    let builder = server.client_builder(&transport()).token_attempt_timeout(LONG).token_timeout(SHORT);
    let client = builder.build().unwrap();
    let error = client.access_token().await.unwrap_err();

    assert!(error.is_timeout() && error.is_transient() && !error.is_connect(), "{error:?}");
    assert!(error.to_string().contains("raise `token_timeout`"), "{error}");
    server.wait_until(|stats| stats.connections == 0 || stats.client_disconnects == 1).await;
}

#[tokio::test]
async fn every_duration_accepts_its_maximum() {
    let (emulator, _) = emulated();
    let client = client_builder(emulator.url())
        .connect_timeout(Duration::MAX)
        .token_attempt_timeout(Duration::MAX)
        .token_timeout(Duration::MAX)
        .request_timeout(Duration::MAX)
        .expiry_margin(Duration::MAX)
        .refresh_window(Duration::MAX)
        .build()
        .unwrap();

    client.access_token().await.unwrap();
    let error = client.access_token_valid_for(Duration::MAX).await.unwrap_err();
    assert!(error.to_string().ends_with("require a shorter validity"), "{error}");
}

/// The number of connections that die in the pool.
const DEAD: usize = 3;

/// Responds to one token request and closes the connection. The next connections serve one request each, all at once, and
/// are silent from then on. Further connections serve token requests again. Counts the connections and the requests to
/// silent ones.
async fn serve_and_fall_silent(
    listener: tokio::net::TcpListener,
    connections: Arc<AtomicUsize>,
    lost: Arc<AtomicUsize>,
) {
    let all_connected = Arc::new(Barrier::new(DEAD));
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let number = connections.fetch_add(1, Ordering::SeqCst);
        let (all_connected, lost) = (Arc::clone(&all_connected), Arc::clone(&lost));
        tokio::spawn(async move {
            read_request(&mut stream).await;
            if (1..=DEAD).contains(&number) {
                all_connected.wait().await;
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
                while read_request(&mut stream).await {
                    lost.fetch_add(1, Ordering::SeqCst);
                }
            } else {
                let body = token_body();
                let head = format!(
                    "HTTP/1.1 201 Created\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
            }
        });
    }
}

/// Reads a request. Returns false if the connection ends.
async fn read_request(stream: &mut TcpStream) -> bool {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return false };
        head.push(byte);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    stream.read_exact(&mut vec![0; length.unwrap_or(0)]).await.is_ok()
}

#[tokio::test]
async fn connections_that_died_in_the_pool_cost_one_attempt_of_a_refresh() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (connections, lost) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    tokio::spawn(serve_and_fall_silent(listener, Arc::clone(&connections), Arc::clone(&lost)));
    let client = client_builder(url).token_attempt_timeout(Duration::from_millis(500)).build().unwrap();
    let token = client.access_token().await.unwrap();
    let requests: Vec<_> = (0..DEAD)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.get("/x").send().await.unwrap().text().await.unwrap() })
        })
        .collect();
    for request in requests {
        request.await.unwrap();
    }

    client.invalidate(&token);
    client.access_token().await.unwrap();

    assert_eq!(lost.load(Ordering::SeqCst), 1, "attempts on dead connections");
    assert_eq!(connections.load(Ordering::SeqCst), 1 + DEAD + 1);
}
