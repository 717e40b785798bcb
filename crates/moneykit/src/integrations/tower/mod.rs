//! A tower layer that authenticates HTTP requests. Requires the feature `tower`.
//!
//! [`BearerLayer`] adds access tokens to the requests of any service that sends [`http::Request`]s: hyper-util's
//! client, tonic's channel, or a stack of your own.

mod retry_body;
mod service;

pub use retry_body::{CloneBody, NoRetry, RetryBody};
pub use service::BearerService;

use tower_layer::Layer;

use crate::client::Client;
use crate::request::BearerAuth;

/// A layer that authenticates the requests of the inner service. Requires the feature `tower`.
///
/// Requests to the API get `Authorization`, marked sensitive, and `MoneyKit-Version` and `User-Agent` if they are
/// absent. A request goes to the API if its URI is below the [base URL](Client::base_url): the same scheme, host and
/// port, and a path below its path. A URI without a host counts too: the inner service is then assumed to be
/// connected to the API, as a tonic channel is. A request whose `Host` header names another host does not. Other requests
/// pass unchanged, and so do requests that already have an `Authorization` header, and those of the methods CONNECT and
/// TRACE, which must not have a token.
///
/// - A 401 is [evidence](crate#401-responses) about the token. It is returned. The layer cannot read the body, so it does
///   not know the error code of an expired token, unless the inner service says so: see [`ExpiredToken`].
/// - With [`retry_unauthorized`](Self::retry_unauthorized), the request is sent once more with a new token instead. A
///   second 401 is returned.
/// - Every other status is returned. gRPC statuses are not examined: they arrive in HTTP responses with status 200.
///
/// Add this layer inside retry layers, so that each attempt gets a valid token, and inside layers that follow
/// redirects, so that each URI is checked. The inner service must not follow redirects: it could send the token to
/// another host.
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
/// let response = service.oneshot(http::Request::get(links).body(Full::default())?).await?;
/// assert_eq!(response.status(), 200);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct BearerLayer<R = NoRetry> {
    auth: BearerAuth,
    other_requests: OtherRequests,
    retry_body: R,
}

/// What becomes of the requests that do not go to the API.
#[derive(Debug, Clone, Copy)]
enum OtherRequests {
    Pass,
    Reject,
}

/// A mark for the extensions of a 401: the token of its request has expired. Requires the feature `tower`.
///
/// An inner service that reads the body of a 401, and finds the error code
/// [`EXPIRED_ACCESS_TOKEN`](crate::ErrorCode::EXPIRED_ACCESS_TOKEN) there, inserts it. The layer then replaces the token
/// at once. It weighs a 401 without the mark as [evidence](crate#401-responses).
///
/// ```
/// # fn mark<B>(body: &[u8], response: &mut http::Response<B>) {
/// use moneykit::{Error, ErrorCode, tower::ExpiredToken};
///
/// let error = Error::from_response_parts(response.status(), response.headers(), body);
/// if error.error_code() == Some(&ErrorCode::EXPIRED_ACCESS_TOKEN) {
///     response.extensions_mut().insert(ExpiredToken);
/// }
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ExpiredToken;

impl BearerLayer {
    /// Creates a layer that authenticates with a client's tokens and sends each request once.
    pub fn new(client: Client) -> Self {
        let other_requests = OtherRequests::Pass;
        Self { auth: BearerAuth::new(client), other_requests, retry_body: NoRetry }
    }
}

impl<R> BearerLayer<R> {
    /// Rejects a request that does not go to the API, instead of sending it without a token, and one whose path servers
    /// interpret differently, as [`Client::request`] does. The error is an
    /// [invalid request](crate::Error::is_invalid_request), which says why.
    pub fn reject_other_requests(self) -> Self {
        Self { other_requests: OtherRequests::Reject, ..self }
    }

    /// Sends a request that got a 401 once more, with a clone of its body.
    pub fn retry_unauthorized(self) -> BearerLayer<CloneBody> {
        self.retry_unauthorized_with(CloneBody)
    }

    /// Sends a request that got a 401 once more if `retry_body` returned a second body for it. Use it for bodies that
    /// are not `Clone`, or that only some requests should keep in memory.
    pub fn retry_unauthorized_with<T>(self, retry_body: T) -> BearerLayer<T> {
        BearerLayer { auth: self.auth, other_requests: self.other_requests, retry_body }
    }
}

impl<S, R: Clone> Layer<S> for BearerLayer<R> {
    type Service = BearerService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        BearerService::new(inner, self.auth.clone(), self.other_requests, self.retry_body.clone())
    }
}
