use std::net::SocketAddr;
use std::sync::Arc;

use azure_core::credentials::TokenCredential as _;
use azure_identity::ManagedIdentityCredential;
use http::HeaderValue;

use crate::header::bearer;
use crate::token_source::{Result, TokenSource};

/// `azure_identity` with the managed identity of an App Service: its flow with a client secret, the nearest
/// to ours, accepts no URL without TLS. The cache is the same.
#[derive(Clone)]
pub struct Azure(Arc<ManagedIdentityCredential>);

impl TokenSource for Azure {
    const CRATE: Option<&'static str> = Some("azure_identity");
    // A token counts as expired five minutes before its end.
    const REFRESHES_AFTER_THREE_SECONDS: u64 = 303;

    fn read_env(server: SocketAddr) -> Vec<(&'static str, String)> {
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
        bearer(token.token.secret())
    }
}
