//! Bearer authentication for middleware and layers, which see all requests of another library.

use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};

use super::authorize;
#[cfg(feature = "tower")]
use super::target;
#[cfg(feature = "reqwest-middleware")]
use super::{has_reserved_header, reserved_header};
use crate::client::Client;
use crate::error::Error;
use crate::evidence::{SentRequest, Unauthorized, UnauthorizedCause, is_proof};

/// Adds the access token to those requests of another library that go to the API.
///
/// It applies the rules of [`Client::authorize`] to a request's URI, but lets other requests pass instead of returning
/// an error. It keeps an existing `Authorization` header, which the caller set for one request on purpose;
/// `Client::authorize` is called on a single request in order to set it.
#[derive(Debug, Clone)]
pub(crate) struct BearerAuth(Client);

impl BearerAuth {
    pub(crate) fn new(client: Client) -> Self {
        Self(client)
    }

    /// Returns an error, with its remedy, if a request does not go to the API, or is CONNECT or TRACE.
    pub(crate) fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), &'static str> {
        authorize::check(self.0.server().base_url().url(), method, uri, headers)
    }

    /// Returns an error as [`check`](Self::check) does, and for a path that servers decode and resolve in different ways.
    #[cfg(feature = "tower")]
    pub(crate) fn check_strictly(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<(), &'static str> {
        self.check(method, uri, headers)?;
        target::check_path(uri.path())
    }

    /// Adds the headers to a request. `target` is its method and its path.
    pub(crate) async fn authorize(
        &self,
        target: (Method, String),
        headers: &mut HeaderMap,
    ) -> Result<AuthorizedRequest, Error> {
        let authorization = self.0.authorization_header().await?;
        Ok(self.add_headers(target, authorization, headers))
    }

    /// Adds the headers to a request that is sent again.
    pub(crate) fn authorize_again(
        &self,
        request: AuthorizedRequest,
        authorization: HeaderValue,
        headers: &mut HeaderMap,
    ) -> AuthorizedRequest {
        self.add_headers(request.target, authorization, headers)
    }

    fn add_headers(
        &self,
        target: (Method, String),
        authorization: HeaderValue,
        headers: &mut HeaderMap,
    ) -> AuthorizedRequest {
        headers.insert(AUTHORIZATION, authorization.clone());
        self.0.server().headers().insert_missing(headers);
        AuthorizedRequest { authorization, sent: self.0.tokens().now(), target }
    }

    /// Returns an error if a request has a header that would change how it is framed on a connection of the client.
    ///
    /// Requests of other libraries may have a `Host`, which [`check`](Self::check) checks, and a
    /// `Content-Length`, which reqwest sets for multipart bodies.
    #[cfg(feature = "reqwest-middleware")]
    pub(crate) fn check_framing(headers: &HeaderMap) -> Result<(), Error> {
        let mut names = headers.keys().filter_map(reserved_header);
        names
            .find(|name| !matches!(*name, "Authorization" | "Host" | "Content-Length"))
            .map_or(Ok(()), |name| Err(has_reserved_header(name)))
    }

    /// Sends a request with the client's transport, which follows no redirect.
    #[cfg(feature = "reqwest-middleware")]
    pub(crate) async fn execute(
        &self,
        request: reqwest::Request,
        resend_count: u32,
    ) -> reqwest::Result<reqwest::Response> {
        self.0.server().execute(request, resend_count).await
    }

    /// Records the status of a response that is not a 401.
    pub(crate) fn record_response(&self, request: &AuthorizedRequest, status: StatusCode) {
        if is_proof(status) {
            self.0.tokens().succeeded(&request.as_sent());
        }
    }

    /// Records a 401 of a request that cannot be sent again.
    pub(crate) fn record_unauthorized(&self, request: &AuthorizedRequest, cause: UnauthorizedCause) {
        self.0.tokens().record_unauthorized(&request.as_sent(), cause);
    }

    /// Records a 401 and returns the header to send the request again with, if that may help.
    pub(crate) async fn unauthorized(
        &self,
        request: &AuthorizedRequest,
        cause: UnauthorizedCause,
    ) -> Result<Option<HeaderValue>, Error> {
        match self.0.tokens().unauthorized(&request.as_sent(), cause).await {
            Unauthorized::Return => Ok(None),
            Unauthorized::Resend(authorization) => Ok(Some(authorization)),
            Unauthorized::Failed(error) => Err(error),
        }
    }

    /// Records the status of the response to a request that was sent again.
    pub(crate) fn record_second_response(&self, request: &AuthorizedRequest, status: StatusCode) {
        if status == StatusCode::UNAUTHORIZED {
            self.0.tokens().resend_unauthorized(&request.as_sent());
        } else if is_proof(status) {
            self.0.tokens().resend_succeeded(&request.as_sent());
        }
    }
}

/// A request with a token, as far as its response is evidence about the token.
pub(crate) struct AuthorizedRequest {
    authorization: HeaderValue,
    sent: Duration,
    target: (Method, String),
}

impl AuthorizedRequest {
    fn as_sent(&self) -> SentRequest<'_> {
        let (method, path) = &self.target;
        SentRequest { authorization: &self.authorization, sent: self.sent, target: (method, path) }
    }
}
