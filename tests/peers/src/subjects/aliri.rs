//! `aliri_tokens` as a subject.

use std::net::SocketAddr;
use std::sync::Arc;

use aliri::jwt::Audience;
use aliri_clock::DurationSecs;
use aliri_tokens::backoff::ErrorBackoffConfig;
use aliri_tokens::jitter::NullJitter;
use aliri_tokens::sources::oauth2::ClientCredentialsTokenSource;
use aliri_tokens::sources::oauth2::dto::{ClientCredentials, ClientCredentialsWithAudience};
use aliri_tokens::{ClientId, ClientSecret, TokenLifetimeConfig, TokenWatcher};
use http::HeaderValue;
use tokio::sync::OnceCell;

use crate::bearer;
use crate::token_source::{Result, TokenSource};

/// `aliri_tokens` with client credentials. A watcher exists only once it has a token, so the callers share it in
/// tokio's `OnceCell`, which determines the behavior of a cold start.
#[derive(Clone)]
pub struct Aliri(Arc<Parts>);

struct Parts {
    url: reqwest_for_aliri::Url,
    watcher: OnceCell<TokenWatcher>,
}

impl TokenSource for Aliri {
    const CRATE: Option<&'static str> = Some("aliri_tokens");
    // A token is stale after three quarters of its lifetime.
    const LIFETIME_FOR_REFRESH: u64 = 4;
    const LIFETIME_FOR_FAILING_REFRESH: Option<u64> = Some(12);

    async fn start(server: SocketAddr) -> Result<Self> {
        let url = format!("http://{server}/token").parse()?;
        Ok(Self(Arc::new(Parts { url, watcher: OnceCell::new() })))
    }

    async fn header(&self) -> Result<HeaderValue> {
        let watcher = self.0.watcher.get_or_try_init(|| self.0.watch()).await?;
        bearer::header_value(watcher.token().access_token().as_str())
    }
}

impl Parts {
    async fn watch(&self) -> Result<TokenWatcher> {
        let credentials = ClientCredentials {
            client_id: ClientId::from_static("peers"),
            client_secret: ClientSecret::from_static("no-secret-at-all"),
        };
        let source = ClientCredentialsTokenSource::new(
            reqwest_for_aliri::Client::builder().no_proxy().build()?,
            self.url.clone(),
            ClientCredentialsWithAudience {
                credentials: Arc::new(credentials),
                audience: Audience::from_static("peers"),
            },
            // By default a token is not stale for its first thirty seconds, even if it expires after three.
            TokenLifetimeConfig::new(0.75, DurationSecs(1)),
        );
        let backoff = ErrorBackoffConfig::default();
        Ok(TokenWatcher::spawn_from_token_source(source, NullJitter, backoff).await?)
    }
}
