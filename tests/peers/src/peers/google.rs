use std::net::SocketAddr;

use google_cloud_auth::credentials::{CacheableResource, Credentials, user_account};
use http::{Extensions, HeaderValue, header};

use crate::token_source::{Failure, Result, TokenSource};

/// `google-cloud-auth` with the credentials of a user: the one of its flows that takes any token URL and
/// asks nothing else of the network.
#[derive(Clone)]
pub struct Google(Credentials);

impl TokenSource for Google {
    const CRATE: Option<&'static str> = Some("google-cloud-auth");
    // It refreshes four minutes before the end, and never sooner than ten seconds after it last did.
    const REFRESHES_AFTER_THREE_SECONDS: u64 = 243;

    async fn start(server: SocketAddr) -> Result<Self> {
        let user = serde_json::json!({
            "type": "authorized_user",
            "client_id": "peers",
            "client_secret": "no-secret-at-all",
            "refresh_token": "peers",
        });
        let credentials =
            user_account::Builder::new(user).with_token_uri(format!("http://{server}/token")).build()?;
        Ok(Self(credentials))
    }

    async fn header(&self) -> Result<HeaderValue> {
        match self.0.headers(Extensions::new()).await? {
            CacheableResource::New { data, .. } => data
                .get(header::AUTHORIZATION)
                .cloned()
                .ok_or_else(|| Failure::from("headers without Authorization")),
            CacheableResource::NotModified => Err("not modified, though no entity tag was sent".into()),
        }
    }
}
