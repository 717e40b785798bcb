//! The tower service that authenticates requests and retries them after a 401.

use std::future::{poll_fn, ready};
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::AUTHORIZATION;
use http::{Request, Response, StatusCode};
use tower_service::Service;

use super::{ExpiredToken, NoRetry, OtherRequests, RetryBody};
use crate::evidence::UnauthorizedCause;
use crate::request::{AuthorizedRequest, BearerAuth, invalid_request};

/// A service that authenticates requests and sends them with the inner service. Requires the feature `tower`.
///
/// [`BearerLayer`](super::BearerLayer) creates it.
///
/// # Errors
///
/// The boxed error is an [`Error`](crate::Error) if no access token is available, before the request or for the retry
/// after a 401, and for a request that the layer [rejects](super::BearerLayer::reject_other_requests). Every other error is the inner service's own. [`Error::find_in`](crate::Error::find_in) tells them
/// apart, also behind a layer or a client that wraps the error in a type of its own: tonic's generated clients return a
/// `tonic::Status`.
///
/// Every response is `Ok`, whatever its status. [`Error::from_response_parts`](crate::Error::from_response_parts)
/// converts one into an [`Error`](crate::Error) with the code and the message of the API.
#[derive(Debug, Clone)]
pub struct BearerService<S, R = NoRetry> {
    inner: S,
    auth: BearerAuth,
    other_requests: OtherRequests,
    retry_body: R,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl<S, R> BearerService<S, R> {
    pub(super) fn new(inner: S, auth: BearerAuth, other_requests: OtherRequests, retry_body: R) -> Self {
        Self { inner, auth, other_requests, retry_body }
    }
}

impl<S, R, B, T> Service<Request<B>> for BearerService<S, R>
where
    S: Service<Request<B>, Response = Response<T>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    R: RetryBody<B>,
    B: Send + 'static,
    T: Send + 'static,
{
    type Response = Response<T>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<T>, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        let passes = match self.other_requests {
            OtherRequests::Pass => self.auth.check(method, uri, headers).is_err(),
            OtherRequests::Reject => match self.auth.check_strictly(method, uri, headers) {
                Ok(()) => false,
                Err(why) => return Box::pin(ready(Err(invalid_request(why).into()))),
            },
        };
        if passes || headers.contains_key(AUTHORIZATION) {
            let response = self.inner.call(request);
            return Box::pin(async { response.await.map_err(Into::into) });
        }
        // Only the polled instance is ready: it sends this request, and its clone replaces it.
        let clone = self.inner.clone();
        let inner = mem::replace(&mut self.inner, clone);
        let (parts, body) = request.into_parts();
        let retry_body = self.retry_body.clone_body(&body);
        let retry = retry_body.map(|body| Request::from_parts(parts.clone(), body));
        Box::pin(send(inner, self.auth.clone(), Request::from_parts(parts, body), retry))
    }
}

/// Sends a request with a service that is ready, and `retry` after a 401.
fn send<S, B, T>(
    mut inner: S,
    auth: BearerAuth,
    mut request: Request<B>,
    retry: Option<Request<B>>,
) -> impl Future<Output = Result<Response<T>, BoxError>>
where
    S: Service<Request<B>, Response = Response<T>>,
    S::Error: Into<BoxError>,
{
    let target = (request.method().clone(), request.uri().path().to_owned());
    // The future of an `async fn` would hold the requests twice.
    async move {
        let sent = auth.authorize(target, request.headers_mut()).await?;
        let response = inner.call(request).await.map_err(Into::into)?;
        if response.status() == StatusCode::UNAUTHORIZED {
            // Boxed, so that other requests need no space for it.
            return Box::pin(handle_unauthorized(inner, auth, sent, response, retry)).await;
        }
        auth.record_response(&sent, response.status());
        Ok(response)
    }
}

/// Sends `retry` after a 401, or returns the response.
async fn handle_unauthorized<S, B, T>(
    mut inner: S,
    auth: BearerAuth,
    sent: AuthorizedRequest,
    response: Response<T>,
    retry: Option<Request<B>>,
) -> Result<Response<T>, BoxError>
where
    S: Service<Request<B>, Response = Response<T>>,
    S::Error: Into<BoxError>,
{
    // The body has a type of the service's own, so only that knows its error code.
    let cause = match response.extensions().get::<ExpiredToken>() {
        Some(ExpiredToken) => UnauthorizedCause::Expired,
        None => UnauthorizedCause::Unknown,
    };
    let Some(mut retry) = retry else {
        auth.record_unauthorized(&sent, cause);
        return Ok(response);
    };
    let Some(authorization) = auth.unauthorized(&sent, cause).await? else {
        return Ok(response);
    };
    // Releases what the response holds, such as a concurrency permit, which the retry may need.
    drop(response);
    let sent = auth.authorize_again(sent, authorization, retry.headers_mut());
    poll_fn(|context| inner.poll_ready(context)).await.map_err(Into::into)?;
    let response = inner.call(retry).await.map_err(Into::into)?;
    auth.record_second_response(&sent, response.status());
    Ok(response)
}
