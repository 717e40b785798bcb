//! The cache that one writes without a library, as a subject.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use serde::Deserialize;

use crate::bearer;
use crate::token_source::{Result, TokenSource};

/// A cache of one token and the wall-clock time at which it expires.
///
/// No lock is held during a token request, so every caller that finds no token requests one.
#[derive(Clone)]
pub struct Naive {
    http: reqwest::Client,
    url: String,
    cached: Arc<Mutex<Option<CachedToken>>>,
}

#[derive(Clone)]
struct CachedToken {
    value: String,
    expires_at: SystemTime,
}

#[derive(Deserialize)]
struct TokenResponse {
    access_token: String,
    expires_in: u64,
}

impl TokenSource for Naive {
    const CRATE: Option<&'static str> = None;
    const LIFETIME_FOR_REFRESH: u64 = 3;
    const LIFETIME_FOR_FAILING_REFRESH: Option<u64> = None;

    async fn start(server: SocketAddr) -> Result<Self> {
        Ok(Self {
            http: reqwest::Client::builder().no_proxy().build()?,
            url: format!("http://{server}/token"),
            cached: Arc::default(),
        })
    }

    async fn header(&self) -> Result<HeaderValue> {
        if let Some(token) = self.cached()
            && SystemTime::now() < token.expires_at
        {
            return bearer::header_value(&token.value);
        }
        let response = self.http.post(&self.url).send().await?.error_for_status()?.bytes().await?;
        let response: TokenResponse = serde_json::from_slice(&response)?;
        let expires_at = SystemTime::now() + Duration::from_secs(response.expires_in);
        let header = bearer::header_value(&response.access_token);
        let token = CachedToken { value: response.access_token, expires_at };
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        header
    }
}

impl Naive {
    fn cached(&self) -> Option<CachedToken> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
