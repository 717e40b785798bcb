//! The facade as its users meet it, over real HTTP on loopback.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod building;
mod careless;
mod credentials_provider;
mod emulator;
mod hostile;
mod network;
mod requests;
mod scripted;
mod wire;

use std::error::Error as _;
use std::fmt::Write as _;

use httpmock::{HttpMockRequest, MockServer};
use moneykit::{Client, ClientBuilder};

const CLIENT_ID: &str = "live_5c739a369515e10fc9e0";
const CLIENT_SECRET: &str = "pale-secret";
const TOKEN: &str = "52ea3d1b...4f9a53fffb67";

/// A token as the contract shows it.
fn token_body() -> String {
    format!(r#"{{"access_token":"{TOKEN}","token_type":"bearer","expires_in":3600}}"#)
}

fn builder(server: &MockServer) -> ClientBuilder {
    Client::builder().credentials(CLIENT_ID, CLIENT_SECRET).base_url(server.base_url())
}

/// Writes everything that an error would show anybody: both forms of Debug, and every source.
fn everything(error: &moneykit::Error) -> String {
    let mut text = format!("{error}\n{error:?}\n{error:#?}");
    let mut source = error.source();
    while let Some(error) = source {
        let _ = write!(text, "\n{error}\n{error:?}\n{error:#?}");
        source = error.source();
    }
    text
}

/// Returns a header of a captured request.
fn header(request: &HttpMockRequest, name: &str) -> Option<String> {
    request.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
}
