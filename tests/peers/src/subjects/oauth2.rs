//! The crate `oauth2` as a subject: it has no cache and requests a token per call.

use std::net::SocketAddr;
use std::sync::Arc;

use http::HeaderValue;
use oauth2::basic::BasicClient;
use oauth2::{ClientId, ClientSecret, EndpointNotSet, EndpointSet, TokenResponse as _, TokenUrl, reqwest};

use crate::bearer;
use crate::token_source::{Result, TokenSource};

/// `oauth2` with client credentials, which its user would have to cache.
#[derive(Clone)]
pub struct OAuth2(Arc<Parts>);

struct Parts {
    client: BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>,
    http: reqwest::Client,
}

impl TokenSource for OAuth2 {
    const CRATE: Option<&'static str> = Some("oauth2");
    const HAS_CACHE: bool = false;
    const LIFETIME_FOR_REFRESH: u64 = 3;
    const LIFETIME_FOR_FAILING_REFRESH: Option<u64> = None;

    async fn start(server: SocketAddr) -> Result<Self> {
        let client = BasicClient::new(ClientId::new("peers".to_owned()))
            .set_client_secret(ClientSecret::new("no-secret-at-all".to_owned()))
            .set_token_uri(TokenUrl::new(format!("http://{server}/token"))?);
        // Its documentation asks for a client that follows no redirects.
        let http =
            reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self(Arc::new(Parts { client, http })))
    }

    async fn header(&self) -> Result<HeaderValue> {
        let Parts { client, http } = &*self.0;
        let response = client.exchange_client_credentials().request_async(http).await?;
        bearer::header_value(response.access_token().secret())
    }
}
