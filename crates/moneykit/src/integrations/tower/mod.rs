//! Authentication for tower's services of HTTP requests. Needs the feature `tower`.
//!
//! [`BearerLayer`] makes a client of the API from whatever sends an [`http::Request`]: hyper's client,
//! tonic's channel, or a stack of your own.

mod retry_body;
mod service;

pub use retry_body::{CloneBody, NoRetry, RetryBody};
pub use service::BearerService;

use tower_layer::Layer;

use crate::client::Client;
use crate::request::Bearer;

/// Authenticates the requests of a service below it. Needs the feature `tower`.
///
/// Requests to the API get `Authorization`, marked sensitive, and `MoneyKit-Version` and `User-Agent` where
/// they are absent. A request is for the API if its URI lies below the [base URL](Client::base_url) (its
/// scheme, host, port and path), or has no host at all: such a service is taken to lead to the API, as a
/// tonic channel does, unless a `Host` header names another. Others pass as they are, and so do those that
/// have an `Authorization` of their own: whoever sets one means it.
///
/// - A 401 means that the token is dead. It is returned, and the next request has a fresh token.
/// - When [`retry_unauthorized`](Self::replaying), the request is sent once more with a fresh token instead. A second
///   401 is returned.
/// - Every other status is returned. gRPC has its own, which come with 200 and are not looked at.
///
/// Put it below what tries again, so that each try has the token that is good by then, and below what follows
/// redirects, so that each step is judged anew.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
/// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
/// use bytes::Bytes;
/// use http_body_util::Full;
/// use hyper_util::{client::legacy::Client as HttpClient, rt::TokioExecutor};
/// use moneykit::tower::BearerLayer;
/// use tower::{ServiceBuilder, ServiceExt};
///
/// let links = format!("{}/links", client.base_url());
/// let service = ServiceBuilder::new()
///     .layer(BearerLayer::new(client).retry_unauthorized())
///     .service(HttpClient::builder(TokioExecutor::new()).build_http::<Full<Bytes>>());
///
/// let answer = service.oneshot(http::Request::get(links).body(Full::default())?).await?;
/// assert_eq!(answer.status(), 200);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct BearerLayer<R = NoRetry> {
    bearer: Bearer,
    replay: R,
}

impl BearerLayer {
    /// Makes a layer that authenticates with a client's tokens, and sends nothing twice.
    pub fn new(client: Client) -> Self {
        Self { bearer: Bearer::new(client), replay: NoRetry }
    }
}

impl<R> BearerLayer<R> {
    /// Sends a request that meets a 401 once more, with a clone of its body.
    pub fn retry_unauthorized(self) -> BearerLayer<CloneBody> {
        self.retry_unauthorized_with(CloneBody)
    }

    /// Sends a request that meets a 401 once more, if there is a copy of its body: for bodies that can't
    /// always be cloned.
    pub fn retry_unauthorized_with<T>(self, replay: T) -> BearerLayer<T> {
        BearerLayer { bearer: self.bearer, replay }
    }
}

impl<S, R: Clone> Layer<S> for BearerLayer<R> {
    type Service = BearerService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        BearerService::new(inner, self.bearer.clone(), self.replay.clone())
    }
}
