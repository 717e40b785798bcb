//! `azure_identity` as a subject.

use std::net::SocketAddr;
use std::sync::Arc;

use azure_core::credentials::TokenCredential as _;
use azure_identity::ManagedIdentityCredential;
use http::HeaderValue;

use crate::bearer;
use crate::token_source::{Result, TokenSource};

/// `azure_identity` with the managed identity of an App Service. Its client secret flow, which is closest to that of
/// MoneyKit, requires TLS; both flows use the same cache.
#[derive(Clone)]
pub struct Azure(Arc<ManagedIdentityCredential>);

impl TokenSource for Azure {
    const CRATE: Option<&'static str> = Some("azure_identity");
    // A token counts as expired five minutes before it expires.
    const LIFETIME_FOR_REFRESH: u64 = 303;

    fn env_vars(server: SocketAddr) -> Vec<(&'static str, String)> {
        vec![
            ("IDENTITY_ENDPOINT", format!("http://{server}/msi/token")),
            ("IDENTITY_HEADER", "no-secret-at-all".to_owned()),
        ]
    }

    async fn start(_: SocketAddr) -> Result<Self> {
        Ok(Self(ManagedIdentityCredential::new(None)?))
    }

    async fn header(&self) -> Result<HeaderValue> {
        let token = self.0.get_token(&["peers/.default"], None).await?;
        bearer::header_value(token.token.secret())
    }
}
