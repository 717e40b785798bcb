//! Forwarding: a request goes to the API with the token, and its response comes back.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Body as _, Incoming};
use moneykit::http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header};
use moneykit::{Client, Error};
use tracing::debug;

use super::body::{Body, BoxError, RequestBody};
use super::connections::Connections;
use super::guard::Guard;
use super::headers;
use super::metrics::Metrics;
use super::reply::Reply;
use super::send_error::SendError;
use super::token_endpoint;
use super::upstream::Upstream;

/// A proxy for one API.
pub(super) struct Proxy {
    pub(super) client: Client,
    pub(super) metrics: Metrics,
    connections: Arc<Connections>,
    upstream: Upstream,
    guard: Guard,
    timeout: Duration,
}

/// The maximum length of a body that is kept, so that it can be sent again after a 401. Longer ones are streamed.
const MAX_BUFFERED_BYTES: u64 = 1024 * 1024;

impl Proxy {
    /// Forwards requests to the base URL of the client.
    pub(super) fn new(client: Client, guard: Guard, timeout: Duration) -> Result<Self, rustls::Error> {
        let base_url: Uri = client.base_url().parse().expect("a base URL is a URI");
        let connections = Arc::new(Connections::new(&base_url)?);
        let upstream = Upstream::new(client.clone(), &base_url, Arc::clone(&connections), timeout);
        Ok(Self { client, metrics: Metrics::default(), connections, upstream, guard, timeout })
    }

    /// Closes connections to the API that are not used.
    pub(super) async fn close_idle_connections(&self) -> Infallible {
        self.connections.close_idle().await
    }

    /// Returns the response of the API, or that of the proxy itself if there is none.
    pub(super) async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, Infallible> {
        let _in_flight = self.metrics.start_request();
        let method = request.method().clone();
        let response = self.forward(request).await;
        Ok(response.unwrap_or_else(|reply| {
            debug!(%method, code = reply.code(), "not forwarded");
            self.metrics.failed(reply.code());
            reply.into_response()
        }))
    }

    async fn forward(&self, request: Request<Incoming>) -> Result<Response<Body>, Reply> {
        let (mut head, body) = request.into_parts();
        let path = self.guard.check(&head)?;
        if token_endpoint::is_token_request(&head.method, path) {
            return self.respond_to_token_request(body).await;
        }
        let uri = self.upstream.uri(&head.uri, path).map_err(|_| {
            Reply::new(
                StatusCode::BAD_REQUEST,
                "proxy_error.request.path",
                "the path is malformed; encode it",
            )
        })?;
        let body = self.body(body).await?;
        let method = head.method.clone();
        head.uri = uri;
        head.version = Version::HTTP_11;
        head.extensions.clear();
        headers::clean_request(&mut head.headers);
        if body.size_hint().exact().is_none() {
            // Without it, hyper sends no body with a GET.
            head.headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }

        let request = Request::from_parts(head, body);
        let mut response = self.upstream.send(request).await.map_err(|error| self.reply_of(&error))?;
        headers::clean_response(response.headers_mut());
        *response.version_mut() = Version::HTTP_11;
        let has_length_of_its_body = method != Method::HEAD && response.status() != StatusCode::NOT_MODIFIED;
        if has_length_of_its_body {
            // hyper states it in one way. The API may state it in several, of which programs choose others.
            response.headers_mut().remove(header::CONTENT_LENGTH);
        }
        debug!(%method, status = response.status().as_u16(), "forwarded");
        self.metrics.forwarded(response.status());
        Ok(response)
    }

    /// Returns the response to a request that the API did not respond to.
    fn reply_of(&self, error: &BoxError) -> Reply {
        match (error.downcast_ref(), Error::find_in(error.as_ref())) {
            (Some(error), _) => Reply::of_send_error(error, &self.client),
            (None, Some(error)) => Reply::of_error(error, &self.client),
            (None, None) => Reply::of_send_error(&SendError::Disconnected, &self.client),
        }
    }

    /// Responds as the token endpoint does. Without a token, the program learns that at once.
    async fn respond_to_token_request(&self, body: Incoming) -> Result<Response<Body>, Reply> {
        // A connection whose request was not read is closed.
        self.body(body).await?;
        self.client.access_token().await.map_err(|error| Reply::of_error(&error, &self.client))?;
        Ok(token_endpoint::response())
    }

    /// Returns the body of a request: a short one with its bytes, any other as a stream.
    async fn body(&self, body: Incoming) -> Result<RequestBody, Reply> {
        if body.is_end_stream() {
            return Ok(Either::Left(Full::default()));
        }
        if body.size_hint().exact().is_none_or(|length| length > MAX_BUFFERED_BYTES) {
            return Ok(Either::Right(body));
        }
        match tokio::time::timeout(self.timeout, body.collect()).await {
            Ok(Ok(body)) => Ok(Either::Left(Full::new(body.to_bytes()))),
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
