//! `google-cloud-auth` as a subject.

use std::net::SocketAddr;

use google_cloud_auth::credentials::{CacheableResource, Credentials, user_account};
use http::{Extensions, HeaderValue, header};

use crate::token_source::{BoxError, Result, TokenSource};

/// `google-cloud-auth` with user credentials: its only flow that accepts any token URL and needs no other network
/// access.
#[derive(Clone)]
pub struct Google(Credentials);

impl TokenSource for Google {
    const CRATE: Option<&'static str> = Some("google-cloud-auth");
    // It refreshes four minutes before a token expires, at most once in ten seconds.
    const LIFETIME_FOR_REFRESH: u64 = 243;

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
                .ok_or_else(|| BoxError::from("the headers have no Authorization")),
            CacheableResource::NotModified => Err("got NotModified, although no entity tag was sent".into()),
        }
    }
}
