//! `gcp_auth` as a subject.

use std::net::SocketAddr;
use std::sync::Arc;

use gcp_auth::{CustomServiceAccount, TokenProvider as _};
use http::HeaderValue;

use crate::bearer;
use crate::rsa_key;
use crate::token_source::{Result, TokenSource};

/// `gcp_auth` with a service account: its only flow with a configurable token URL.
#[derive(Clone)]
pub struct GcpAuth(Arc<CustomServiceAccount>);

impl TokenSource for GcpAuth {
    const CRATE: Option<&'static str> = Some("gcp_auth");
    // A token counts as expired twenty seconds before it expires.
    const LIFETIME_FOR_REFRESH: u64 = 23;

    async fn start(server: SocketAddr) -> Result<Self> {
        let account = serde_json::json!({
            "private_key": rsa_key::generate()?,
            "client_email": "peers@example.com",
            "token_uri": format!("http://{server}/token"),
        });
        Ok(Self(Arc::new(CustomServiceAccount::from_json(&account.to_string())?)))
    }

    async fn header(&self) -> Result<HeaderValue> {
        bearer::header_value(self.0.token(&["peers"]).await?.as_str())
    }
}
