//! Connection failures and timeouts of token requests.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use moneykit::reqwest::dns::{Name, Resolve, Resolving};
use moneykit::{Client, reqwest};

use crate::scripted::Step::{AwaitClose, ReadRequest};
use crate::scripted::{ScriptedServer, transport};
use crate::{CLIENT_ID, CLIENT_SECRET, client_builder, emulated, render};

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
