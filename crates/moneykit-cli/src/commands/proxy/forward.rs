//! Forwarding: a request goes to the API with the token, and its response comes back.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use moneykit::http::{Request, Response, StatusCode, Version};
use moneykit::reqwest::{self, Body};
use moneykit::{Client, RequestBuilder};
use tracing::debug;

use super::guard::Guard;
use super::headers;
use super::metrics::Metrics;
use super::reply::Reply;
use super::token_endpoint;

/// A proxy for one API.
pub(super) struct Proxy {
    pub(super) client: Client,
    pub(super) metrics: Metrics,
    guard: Guard,
    timeout: Duration,
}

/// The maximum length of a body that is kept, so that it can be sent again after a 401. Longer ones are streamed.
const MAX_BUFFERED_BYTES: u64 = 1024 * 1024;

impl Proxy {
    pub(super) fn new(client: Client, guard: Guard, timeout: Duration) -> Self {
        Self { client, metrics: Metrics::default(), guard, timeout }
    }

    /// Returns the response of the API, or that of the proxy itself if there is none.
    pub(super) async fn handle(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        let _in_flight = self.metrics.start_request();
        let method = request.method().clone();
        match self.forward(request).await {
            Ok(response) => response,
            Err(reply) => {
                debug!(%method, code = reply.code(), "not forwarded");
                self.metrics.failed(reply.code());
                reply.into_response()
            }
        }
    }

    async fn forward(&self, request: Request<Incoming>) -> Result<Response<Body>, Reply> {
        let (head, body) = request.into_parts();
        let path = self.guard.check(&head)?;
        if token_endpoint::is_token_request(&head.method, path) {
            return self.respond_to_token_request(body).await;
        }
        let method = head.method.clone();
        let url = [self.client.base_url(), path].concat().parse().map_err(|_| {
            Reply::new(
                StatusCode::BAD_REQUEST,
                "proxy_error.request.path",
                "the path is malformed; encode it",
            )
        })?;
        let mut request = reqwest::Request::new(head.method, url);
        *request.headers_mut() = head.headers;
        headers::clean_request(request.headers_mut());
        *request.body_mut() = self.body(body).await?;

        let request = RequestBuilder::from_parts(self.client.clone(), request).timeout(self.timeout);
        let response = request.send().await.map_err(|error| Reply::of_error(&error, &self.client))?;
        let mut response = Response::<Body>::from(response.into_reqwest());
        headers::clean_response(response.headers_mut());
        *response.version_mut() = Version::HTTP_11;
        debug!(%method, status = response.status().as_u16(), "forwarded");
        self.metrics.forwarded(response.status());
        Ok(response)
    }

    /// Responds as the token endpoint does. Without a token, the program learns that at once.
    async fn respond_to_token_request(&self, body: Incoming) -> Result<Response<Body>, Reply> {
        // A connection whose request was not read is closed.
        self.body(body).await?;
        self.client.access_token().await.map_err(|error| Reply::of_error(&error, &self.client))?;
        Ok(token_endpoint::response())
    }

    /// Returns the body of a request: a short one with its bytes, any other as a stream.
    async fn body(&self, body: Incoming) -> Result<Option<Body>, Reply> {
        if body.is_end_stream() {
            return Ok(None);
        }
        if body.size_hint().exact().is_none_or(|length| length > MAX_BUFFERED_BYTES) {
            return Ok(Some(Body::wrap(body)));
        }
        match tokio::time::timeout(self.timeout, body.collect()).await {
            Ok(Ok(body)) => Ok(Some(body.to_bytes().into())),
            Ok(Err(_)) => {
                let message =
                    "the body of the request ended early; send as many bytes as Content-Length says";
                Err(Reply::new(StatusCode::BAD_REQUEST, "proxy_error.request.body", message))
            }
            Err(_) => {
                let message = "the body of the request did not arrive in time; send it faster";
                Err(Reply::new(StatusCode::REQUEST_TIMEOUT, "proxy_error.request.body", message))
            }
        }
    }
}
