//! The store of a token that several machines share, which takes the place of the cache on disk.

use std::fmt;
use std::sync::Arc;

use moneykit::token_store::{StoreError, StoreKey, StoredToken, TokenStore};
use moneykit::{Client, Credentials, Scopes};
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::source::Setting;

/// The URL of a store. It may have a password, so neither its `Debug` output nor [`shown`](Self::shown) has a user.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct StoreUrl(Zeroizing<String>);

/// The token of one set of credentials in a store.
pub(crate) struct SharedToken {
    store: Arc<dyn TokenStore>,
    key: StoreKey,
}

impl StoreUrl {
    pub(crate) fn may_have_password(&self) -> bool {
        // A password without a user is often written in its place. The URL of a socket has both in the query.
        self.parse().is_some_and(|url| {
            !url.username().is_empty() || url.password().is_some() || url.query().is_some()
        })
    }

    /// Returns the URL without user and password; `None` for a text that is no URL, which may be anything.
    pub(crate) fn shown(&self) -> Option<String> {
        let mut url = self.parse()?;
        url.set_query(None);
        // A URL without a host has neither here.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        Some(url.into())
    }

    fn parse(&self) -> Option<Url> {
        Url::parse(&self.0).ok()
    }
}

/// Returns the store at a URL. Does not connect.
pub(crate) fn open(setting: &Setting<StoreUrl>) -> Result<Arc<dyn TokenStore>, Failure> {
    #[cfg(feature = "redis")]
    {
        // The libraries of this tool bring two cryptographies along, so the process has to choose. It fails if one is
        // chosen already, which serves as well.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let store = moneykit_redis::RedisTokenStore::open(&setting.value.0);
        let store =
            store.map_err(|error| Failure::set_up(format!("{error} (it is from {})", setting.source)))?;
        Ok(Arc::new(store))
    }
    #[cfg(not(feature = "redis"))]
    Err(Failure::set_up(format!(
        "this build has no token stores, and one is chosen by {}; install moneykit-cli with the feature redis",
        setting.source
    )))
}

impl SharedToken {
    /// Returns the token that this client shares.
    pub(crate) fn of(
        client: &Client,
        credentials: &Credentials,
        scope: Option<&str>,
        store: Arc<dyn TokenStore>,
    ) -> Result<Self, Failure> {
        let scopes = scope.map(Scopes::parse).transpose()?;
        let api_version = String::from_utf8_lossy(client.api_version().as_bytes());
        let key = StoreKey::new(credentials, client.base_url(), scopes.as_ref(), &api_version);
        Ok(Self { store, key })
    }

    pub(crate) async fn load(&self) -> Result<Option<StoredToken>, StoreError> {
        self.store.load(&self.key).await
    }

    /// Removes the token. Returns false if there was none.
    pub(crate) async fn remove(&self) -> Result<bool, StoreError> {
        let Some(token) = self.load().await? else { return Ok(false) };
        self.store.invalidate(&self.key, &self.key.digest(token.expose_secret())).await?;
        Ok(true)
    }
}

impl From<String> for StoreUrl {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StoreUrl").field(&self.shown()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_user_and_password() {
        for (text, shown, has_password) in [
            ("redis://cache.internal:6379/0", Some("redis://cache.internal:6379/0"), false),
            ("rediss://app:pale@cache.internal/1", Some("rediss://cache.internal/1"), true),
            ("redis://pale@cache.internal/1", Some("redis://cache.internal/1"), true),
            ("redis+unix:///run/redis.sock?pass=pale", Some("redis+unix:///run/redis.sock"), true),
            ("pale", None, false),
        ] {
            let url = StoreUrl::from(text.to_owned());
            assert_eq!(url.shown().as_deref(), shown);
            assert_eq!(url.may_have_password(), has_password, "{text}");
            assert!(!format!("{url:?}").contains("pale"));
        }
    }
}
