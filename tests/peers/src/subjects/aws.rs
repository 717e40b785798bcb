//! The identity cache of `aws-smithy-runtime` as a subject.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime_api::client::identity::http::Token;
use aws_smithy_runtime_api::client::identity::{
    Identity, IdentityFuture, ResolveCachedIdentity as _, ResolveIdentity, SharedIdentityCache,
    SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::ConfigBag;
use http::HeaderValue;
use serde::Deserialize;

use crate::bearer;
use crate::token_source::{BoxError, Result, TokenSource};

/// The lazy identity cache of `aws-smithy-runtime`, which every AWS SDK uses, with a resolver that requests a bearer
/// token from the server. The SDKs' own resolvers retry; this one does not.
#[derive(Clone)]
pub struct Aws(Arc<Parts>);

struct Parts {
    cache: SharedIdentityCache,
    resolver: SharedIdentityResolver,
    components: RuntimeComponents,
    config: ConfigBag,
}

impl TokenSource for Aws {
    const CRATE: Option<&'static str> = Some("aws-smithy-runtime");
    // It refreshes at a random time five to ten seconds before a token expires, here after two seconds at the
    // earliest.
    const LIFETIME_FOR_REFRESH: u64 = 12;

    async fn start(server: SocketAddr) -> Result<Self> {
        let resolver = Resolver {
            http: reqwest::Client::builder().no_proxy().build()?,
            url: format!("http://{server}/token"),
        };
        // The builder for tests provides the parts of an SDK client that an identity cache does not use. The clock
        // and the timer, which it uses, are real.
        let components = RuntimeComponentsBuilder::for_tests()
            .with_sleep_impl(Some(TokioSleep::new()))
            .with_time_source(Some(SystemTimeSource::new()))
            .build()?;
        Ok(Self(Arc::new(Parts {
            cache: IdentityCache::lazy().build(),
            resolver: SharedIdentityResolver::new(resolver),
            components,
            config: ConfigBag::base(),
        })))
    }

    async fn header(&self) -> Result<HeaderValue> {
        let Parts { cache, resolver, components, config } = &*self.0;
        let identity = cache.resolve_cached_identity(resolver.clone(), components, config).await?;
        let token = identity.data::<Token>().ok_or_else(|| BoxError::from("the identity has no token"))?;
        bearer::header_value(token.token())
    }
}

#[derive(Debug)]
struct Resolver {
    http: reqwest::Client,
    url: String,
}

#[derive(Deserialize)]
struct TokenResponse {
    access_token: String,
    expires_in: u64,
}

impl Resolver {
    async fn fetch(&self) -> Result<Identity> {
        let response = self.http.post(&self.url).send().await?.error_for_status()?.bytes().await?;
        let response: TokenResponse = serde_json::from_slice(&response)?;
        let expires_at = SystemTime::now() + Duration::from_secs(response.expires_in);
        Ok(Identity::new(Token::new(response.access_token, Some(expires_at)), Some(expires_at)))
    }
}

impl ResolveIdentity for Resolver {
    fn resolve_identity<'a>(&'a self, _: &'a RuntimeComponents, _: &'a ConfigBag) -> IdentityFuture<'a> {
        IdentityFuture::new(self.fetch())
    }
}
