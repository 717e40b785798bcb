use std::net::SocketAddr;
use std::sync::Arc;

use gcp_auth::{CustomServiceAccount, TokenProvider as _};
use http::HeaderValue;

use crate::header::bearer;
use crate::rsa_key;
use crate::token_source::{Result, TokenSource};

/// `gcp_auth` with a service account: the one of its flows whose URL is not fixed.
#[derive(Clone)]
pub struct GcpAuth(Arc<CustomServiceAccount>);

impl TokenSource for GcpAuth {
    const CRATE: Option<&'static str> = Some("gcp_auth");
    // A token counts as expired twenty seconds before its end.
    const REFRESHES_AFTER_THREE_SECONDS: u64 = 23;

    async fn start(server: SocketAddr) -> Result<Self> {
        let account = serde_json::json!({
            "private_key": rsa_key::throwaway()?,
            "client_email": "peers@example.com",
            "token_uri": format!("http://{server}/token"),
        });
        Ok(Self(Arc::new(CustomServiceAccount::from_json(&account.to_string())?)))
    }

    async fn header(&self) -> Result<HeaderValue> {
        bearer(self.0.token(&["peers"]).await?.as_str())
    }
}
