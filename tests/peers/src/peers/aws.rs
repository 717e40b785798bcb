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

use crate::header::bearer;
use crate::token_source::{Failure, Result, TokenSource};

/// The lazy identity cache of `aws-smithy-runtime`, around a resolver that asks the server for a bearer
/// token. It is the cache that every AWS SDK uses; SDKs add resolvers that retry, which this one does not.
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
    // It refreshes five to ten seconds before the end, at random. Two seconds from now is its earliest.
    const REFRESHES_AFTER_THREE_SECONDS: u64 = 12;

    async fn start(server: SocketAddr) -> Result<Self> {
        let resolver = Resolver {
            http: reqwest::Client::builder().no_proxy().build()?,
            url: format!("http://{server}/token"),
        };
        // The builder for tests stands in for the parts of an SDK client that no identity cache looks at;
        // the clock and the timer, at which it looks, are the real ones.
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
        let token = identity.data::<Token>().ok_or_else(|| Failure::from("an identity without a token"))?;
        bearer(token.token())
    }
}

#[derive(Debug)]
struct Resolver {
    http: reqwest::Client,
    url: String,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: u64,
}

impl Resolver {
    async fn fetch(&self) -> Result<Identity> {
        let answer = self.http.post(&self.url).send().await?.error_for_status()?.bytes().await?;
        let answer: Answer = serde_json::from_slice(&answer)?;
        let end = SystemTime::now() + Duration::from_secs(answer.expires_in);
        Ok(Identity::new(Token::new(answer.access_token, Some(end)), Some(end)))
    }
}

impl ResolveIdentity for Resolver {
    fn resolve_identity<'a>(&'a self, _: &'a RuntimeComponents, _: &'a ConfigBag) -> IdentityFuture<'a> {
        IdentityFuture::new(self.fetch())
    }
}
