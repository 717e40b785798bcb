use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response, StatusCode};
use tower_service::Service;

use super::{NoRetry, RetryBody};
use crate::request::Bearer;

/// Sends authenticated requests by a service of another library. Made by [`BearerLayer`](super::BearerLayer).
/// Needs the feature `tower`.
///
/// Its errors are those of the service below, boxed; and [`Error`](crate::Error) where there is no token,
/// also where the answer was a 401 and no fresh token can be had for the replay. `downcast_ref` tells them
/// apart.
#[derive(Debug, Clone)]
pub struct BearerService<S, R = NoRetry> {
    inner: S,
    bearer: Bearer,
    replay: R,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl<S, R> BearerService<S, R> {
    pub(super) fn new(inner: S, bearer: Bearer, replay: R) -> Self {
        Self { inner, bearer, replay }
    }
}

impl<S, R, B, A> Service<Request<B>> for BearerService<S, R>
where
    S: Service<Request<B>, Response = Response<A>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    R: RetryBody<B>,
    B: Send + 'static,
    A: Send + 'static,
{
    type Response = Response<A>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<A>, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if !self.bearer.is_for(request.uri(), request.headers()) {
            let answer = self.inner.call(request);
            return Box::pin(async { answer.await.map_err(Into::into) });
        }
        // The one that is ready takes the request along; its clone has to become ready first.
        let clone = self.inner.clone();
        let inner = mem::replace(&mut self.inner, clone);
        let (head, body) = request.into_parts();
        let copy = self.replay.copy(&body);
        let spare = copy.map(|body| Request::from_parts(head.clone(), body));
        Box::pin(deliver(inner, self.bearer.clone(), Request::from_parts(head, body), spare))
    }
}

/// Sends a request by a service that is ready, and its spare after a 401.
async fn deliver<S, B, A>(
    mut inner: S,
    bearer: Bearer,
    mut request: Request<B>,
    spare: Option<Request<B>>,
) -> Result<Response<A>, BoxError>
where
    S: Service<Request<B>, Response = Response<A>>,
    S::Error: Into<BoxError>,
{
    let authorization = bearer.put_on(request.headers_mut()).await?;
    let response = inner.call(request).await.map_err(Into::into)?;
    if response.status() != StatusCode::UNAUTHORIZED {
        return Ok(response);
    }
    bearer.reject(&authorization);
    let Some(mut spare) = spare else { return Ok(response) };
    // Whatever the answer holds, such as a place in a queue, is free for the replay.
    drop(response);
    bearer.put_on(spare.headers_mut()).await?;
    poll_fn(|context| inner.poll_ready(context)).await.map_err(Into::into)?;
    inner.call(spare).await.map_err(Into::into)
}
