//! Sending authenticated requests, and sending them once more after a 401.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use moneykit_gen::BoxFuture;
use reqwest::{Request, Response};

use super::{CommonHeaders, trace};
use crate::error::Error;

/// Sends authenticated requests: once, and once more with a new token after a 401.
pub(super) struct AuthenticatedSender<'a> {
    pub(super) http: &'a reqwest::Client,
    pub(super) headers: &'a CommonHeaders,
    pub(super) bearer: &'a dyn BearerSource,
}

/// A source of `Authorization` headers for authenticated requests.
pub(crate) trait BearerSource: Send + Sync {
    /// Returns the header of the cached token if that is usable.
    fn cached(&self) -> Option<HeaderValue>;

    /// Returns the header of the cached token, or waits for the next one.
    fn next(&self) -> BoxFuture<'_, Result<HeaderValue, Error>>;

    /// Invalidates the token of a header unless another token has replaced it.
    fn reject(&self, authorization: &HeaderValue);
}

impl dyn BearerSource + '_ {
    /// Returns the header of a usable token; allocates only if the token has to be waited for.
    pub(super) async fn authorization(&self) -> Result<HeaderValue, Error> {
        match self.cached() {
            Some(header) => Ok(header),
            None => self.next().await,
        }
    }
}

/// The response to an authenticated request.
pub(crate) struct AuthenticatedResponse {
    pub(crate) response: Response,
    /// The header that the last request carried.
    pub(crate) authorization: HeaderValue,
    /// Why a 401 was not followed by a second request, if no new token was available.
    pub(crate) refresh_error: Option<Error>,
}

impl AuthenticatedSender<'_> {
    /// Sends a request with `authorization`. `path_template` names its path in traces.
    pub(super) async fn send(
        &self,
        request: Request,
        authorization: HeaderValue,
        path_template: Option<&str>,
    ) -> reqwest::Result<AuthenticatedResponse> {
        // Taken before the common headers are added: copying an empty header map costs nothing.
        let retry = RetryRequest::of(&request);
        let response = self.send_once(request, &authorization, path_template, 0).await?;
        let sent = AuthenticatedResponse { response, authorization, refresh_error: None };
        if sent.response.status() != StatusCode::UNAUTHORIZED {
            return Ok(sent);
        }
        self.bearer.reject(&sent.authorization);
        match retry {
            // Boxed to keep the future of every request small.
            Some(retry) => Box::pin(self.send_again(retry, sent, path_template)).await,
            None => Ok(sent),
        }
    }

    async fn send_again(
        &self,
        retry: RetryRequest,
        mut unauthorized: AuthenticatedResponse,
        path_template: Option<&str>,
    ) -> reqwest::Result<AuthenticatedResponse> {
        let authorization = match self.bearer.authorization().await {
            Ok(authorization) => authorization,
            Err(error) => {
                unauthorized.refresh_error = Some(error);
                return Ok(unauthorized);
            }
        };
        let request = retry.into_request(&unauthorized.response);
        drop(unauthorized);
        let response = self.send_once(request, &authorization, path_template, 1).await?;
        Ok(AuthenticatedResponse { response, authorization, refresh_error: None })
    }

    async fn send_once(
        &self,
        mut request: Request,
        authorization: &HeaderValue,
        path_template: Option<&str>,
        resend_count: u32,
    ) -> reqwest::Result<Response> {
        self.headers.insert_missing(request.headers_mut());
        request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        trace::send(self.http, request, path_template, resend_count).await
    }
}

/// A copy of a request, to be sent after a 401.
enum RetryRequest {
    /// A request without a body. Its URL is taken from the response, which saves a copy for every request.
    Bodiless {
        method: Method,
        headers: HeaderMap,
        timeout: Option<std::time::Duration>,
    },
    Full(Request),
}

impl RetryRequest {
    /// Returns `None` for a request whose body is a stream, which can be read only once.
    fn of(request: &Request) -> Option<Self> {
        if request.body().is_some() {
            return request.try_clone().map(Self::Full);
        }
        Some(Self::Bodiless {
            method: request.method().clone(),
            headers: request.headers().clone(),
            timeout: request.timeout().copied(),
        })
    }

    fn into_request(self, response: &Response) -> Request {
        match self {
            Self::Full(request) => request,
            Self::Bodiless { method, headers, timeout } => {
                // Redirects are not followed, so this is the URL of the first request.
                let mut request = Request::new(method, response.url().clone());
                *request.headers_mut() = headers;
                if timeout.is_some() {
                    *request.timeout_mut() = timeout;
                }
                request
            }
        }
    }
}
