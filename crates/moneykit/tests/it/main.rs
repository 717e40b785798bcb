//! Integration tests of the public API over real HTTP on loopback.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod configuration;
mod credentials_provider;
mod diagnostics;
mod error_responses;
mod file_credentials;
mod hostile;
mod initial_token;
#[cfg(all(feature = "reqwest-middleware", feature = "tower"))]
mod integrations;
mod misuse;
mod mock;
mod network;
mod requests;
mod scripted;
mod static_token;
mod token_lifecycle;
mod token_responses;
mod wire;

use std::error::Error as _;
use std::fmt::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use moneykit::{Client, ClientBuilder};
use moneykit_emulator::Emulator;

const CLIENT_ID: &str = "live_5c739a369515e10fc9e0";
const CLIENT_SECRET: &str = "pale-secret";
const TOKEN: &str = "52ea3d1b...4f9a53fffb67";

/// Returns a token response as the contract describes it.
fn token_body() -> String {
    format!(r#"{{"access_token":"{TOKEN}","token_type":"bearer","expires_in":3600}}"#)
}

/// Returns a builder for a client of the server at a URL.
fn client_builder(url: impl Into<String>) -> ClientBuilder {
    Client::builder().credentials(CLIENT_ID, CLIENT_SECRET).base_url(url)
}

/// Starts an emulator, and builds a client for it.
fn emulated() -> (Emulator, Client) {
    let emulator = Emulator::builder().client(CLIENT_ID, CLIENT_SECRET).start().unwrap();
    let client = client_builder(emulator.url()).build().unwrap();
    (emulator, client)
}

/// Waits until no refresh is in progress.
async fn refreshed(client: &Client) {
    while client.token_status().refreshing {
        tokio::task::yield_now().await;
    }
}

/// Returns everything that an error can show: `Display`, both forms of `Debug`, and the same for every source.
fn render(error: &moneykit::Error) -> String {
    let mut text = format!("{error}\n{error:?}\n{error:#?}");
    let mut source = error.source();
    while let Some(error) = source {
        let _ = write!(text, "\n{error}\n{error:?}\n{error:#?}");
        source = error.source();
    }
    text
}

/// A stream with one item, for request bodies that cannot be sent twice.
struct OneItem(Option<&'static str>);

impl Stream for OneItem {
    type Item = Result<&'static str, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}

/// Polls a future once per round, one poll more each time, and drops it when it is still pending. Returns the output
/// of the first future that completes. This cancels the future at each of its await points in turn.
async fn cancel_at_each_await<F: Future>(mut start: impl FnMut() -> F) -> F::Output {
    for polls in 1_usize.. {
        let mut future = std::pin::pin!(start());
        let mut remaining = polls;
        let outcome = std::future::poll_fn(|context| {
            remaining -= 1;
            match future.as_mut().poll(context) {
                Poll::Ready(output) => Poll::Ready(Some(output)),
                Poll::Pending if remaining == 0 => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        });
        if let Some(output) = outcome.await {
            return output;
        }
    }
    unreachable!("the range has no end")
}
