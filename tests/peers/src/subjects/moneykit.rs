//! `moneykit` as a subject.

use std::net::SocketAddr;

use http::HeaderValue;
use moneykit::Client;

use crate::token_source::{Result, TokenSource};

/// A `moneykit` client with default settings.
#[derive(Clone)]
pub struct MoneyKit(Client);

impl TokenSource for MoneyKit {
    const CRATE: Option<&'static str> = Some("moneykit");
    // The refresh window is the last fifth of the lifetime, extended by jitter of up to a tenth of the lifetime.
    const LIFETIME_FOR_REFRESH: u64 = 4;
    const LIFETIME_FOR_FAILING_REFRESH: Option<u64> = Some(15);

    async fn start(server: SocketAddr) -> Result<Self> {
        let client = Client::builder()
            .credentials("live_peers", "no-secret-at-all")
            .base_url(format!("http://{server}"))
            .build()?;
        Ok(Self(client))
    }

    async fn header(&self) -> Result<HeaderValue> {
        Ok(self.0.authorization_header().await?)
    }
}
