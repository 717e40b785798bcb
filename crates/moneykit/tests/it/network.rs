//! What happens when no answer comes.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use moneykit::reqwest::dns::{Name, Resolve, Resolving};
use moneykit::{Client, reqwest};

use crate::scripted::Act::{Request, UntilClosed};
use crate::scripted::{Server, inflating};
use crate::{CLIENT_ID, CLIENT_SECRET, everything};

const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_closed_port_is_a_failed_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = Client::builder().credentials(CLIENT_ID, CLIENT_SECRET).base_url(url).build().unwrap();
    drop(listener);

    let error = client.request_token().await.unwrap_err();

    assert!(error.is_connect() && error.is_transient() && !error.is_timeout(), "{error:?}");
    assert_eq!(error.status(), None);
    assert!(error.to_string().contains("no connection to http://127.0.0.1:"), "{error}");
    assert!(!everything(&error).contains(CLIENT_SECRET));
}

/// A name service that never answers.
struct Mute;

impl Resolve for Mute {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_connection_that_does_not_come_about_in_time_is_given_up() {
    let client = Client::builder()
        .credentials(CLIENT_ID, CLIENT_SECRET)
        .http_client_builder(reqwest::Client::builder().no_proxy().dns_resolver(Arc::new(Mute)))
        .connect_timeout(SHORT)
        .token_attempt_timeout(LONG)
        .build()
        .unwrap();
    let error = client.request_token().await.unwrap_err();

    assert!(error.is_connect() && error.is_timeout() && error.is_transient(), "{error:?}");
    assert!(error.to_string().contains("check the base URL and the network"), "{error}");
}

#[tokio::test]
async fn a_flight_is_given_up_in_time_and_its_connection_with_it() {
    let server = Server::start(vec![vec![Request, UntilClosed]]).await;
    let client =
        server.client(&inflating()).token_attempt_timeout(LONG).token_timeout(SHORT).build().unwrap();
    let error = client.access_token().await.unwrap_err();

    assert!(error.is_timeout() && error.is_transient() && !error.is_connect(), "{error:?}");
    assert!(error.to_string().contains("raise `token_timeout`"), "{error}");
    server.sees(|seen| seen.connections == 0 || seen.hung_up == 1).await;
}

#[tokio::test]
async fn limits_of_any_length_are_fine() {
    let server = moneykit_emulator::Emulator::builder().client("id", "secret").start().unwrap();
    let client = Client::builder()
        .credentials("id", "secret")
        .base_url(server.url())
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
    assert!(error.to_string().ends_with("ask for less"), "{error}");
}
