//! The API behind the proxy: a request goes to it with the token, and its response comes back in time or not at all.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::Either;
use moneykit::http::uri::PathAndQuery;
use moneykit::http::{Request, Response, StatusCode, Uri};
use moneykit::tower::{BearerLayer, BearerService, ExpiredToken};
use moneykit::{Client, Error, ErrorCode};
use tower::{Layer as _, Service, ServiceExt as _};

use super::body::{Body, BodyTimeout, BoxError, RequestBody, TimedBody, copy_of, deadline};
use super::connections::Connections;
use super::headers;
use super::send_error::SendError;

/// The API.
pub(super) struct Upstream {
    service: BearerService<Sender, SecondBody>,
    /// The path of the base URL, without a slash at its end.
    base_path: String,
}

/// Returns the body to send again after a 401.
type SecondBody = fn(&RequestBody) -> Option<RequestBody>;

impl Upstream {
    /// Requests go to `base_url`, that of `client`, and get its tokens. Each may take for as long as `timeout`, from
    /// connecting to the last byte of the response.
    pub(super) fn new(
        client: Client,
        base_url: &Uri,
        connections: Arc<Connections>,
        timeout: Duration,
    ) -> Self {
        let sender = Sender { connections, timeout };
        let layer = BearerLayer::new(client).reject_other_requests();
        let service = layer.retry_unauthorized_with(copy_of as SecondBody).layer(sender);
        Self { service, base_path: base_url.path().trim_end_matches('/').to_owned() }
    }

    /// Returns the URI for a part of the URI that the program requested, below the base URL. The part ends with the query.
    pub(super) fn uri(&self, requested: &Uri, part: &str) -> Result<Uri, moneykit::http::Error> {
        let is_whole = requested.path_and_query().is_some_and(|whole| whole.as_str() == part);
        if is_whole && self.base_path.is_empty() {
            return Ok(requested.clone());
        }
        // The part is empty for the URL that a command gets.
        let slash = if self.base_path.is_empty() && !part.starts_with('/') { "/" } else { "" };
        let path: PathAndQuery = [&self.base_path, slash, part].concat().try_into()?;
        Ok(path.into())
    }

    /// Sends a request to the API, and once more if its token or its connection turns out to be dead. The error is one of
    /// the client, which had no token, or a [`SendError`].
    pub(super) fn send(
        &self,
        request: Request<RequestBody>,
    ) -> impl Future<Output = Result<Response<Body>, BoxError>> + use<> {
        self.service.clone().oneshot(request)
    }
}

/// A service that sends requests as they are.
#[derive(Clone)]
struct Sender {
    connections: Arc<Connections>,
    timeout: Duration,
}

impl Service<Request<RequestBody>> for Sender {
    type Response = Response<Body>;
    type Error = SendError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, SendError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let Self { connections, timeout } = self.clone();
        let mut time_is_up = deadline(timeout);
        let request = request.map(|body| match body {
            Either::Left(bytes) => Either::Left(bytes),
            Either::Right(stream) => Either::Right(TimedBody::new(stream, deadline(timeout))),
        });
        Box::pin(async move {
            let response = tokio::select! {
                biased;
                response = connections.send(request) => response?,
                () = &mut time_is_up => return Err(SendError::TimedOut),
            };
            // No request asks for another protocol.
            if response.status() == StatusCode::SWITCHING_PROTOCOLS
                || !headers::are_codings_known(response.headers())
            {
                return Err(SendError::NotHttp);
            }
            let response = response.map(|body| TimedBody::new(body, time_is_up));
            if response.status() == StatusCode::UNAUTHORIZED {
                return Box::pin(read_unauthorized(response)).await;
            }
            Ok(response.map(Either::Right))
        })
    }
}

/// Reads the body of a 401, and marks the response if that says that the token has expired. A body that is too long for an
/// error is passed on.
async fn read_unauthorized(response: Response<TimedBody>) -> Result<Response<Body>, SendError> {
    const MAX_BYTES: usize = 64 * 1024;

    let (mut head, body) = response.into_parts();
    let body = body.read(MAX_BYTES).await.map_err(|error| {
        if error.is::<BodyTimeout>() { SendError::TimedOut } else { SendError::Disconnected }
    })?;
    if let Either::Left(body) = &body {
        let body = body.clone().into_inner().unwrap_or_default();
        let error = Error::from_response_parts(head.status, &head.headers, &body);
        if error.error_code() == Some(&ErrorCode::EXPIRED_ACCESS_TOKEN) {
            head.extensions.insert(ExpiredToken);
        }
    }
    Ok(Response::from_parts(head, body))
}
