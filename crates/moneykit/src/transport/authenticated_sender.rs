//! Sending authenticated requests, and sending them once more after a 401.

use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use moneykit_gen::BoxFuture;
use reqwest::{Request, Response};

use super::buffered_response::unauthorized_cause;
use super::{CommonHeaders, trace};
use crate::error::Error;
use crate::evidence::{SentRequest, Unauthorized, UnauthorizedCause, is_proof};

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

    /// Returns the present by the monotonic clock.
    fn now(&self) -> Duration;

    /// Records that a request succeeded.
    fn succeeded(&self, request: &SentRequest<'_>);

    /// Decides what happens to a request that met a 401, and waits for a new token if it needs one.
    fn unauthorized<'a>(
        &'a self,
        request: &'a SentRequest<'a>,
        cause: UnauthorizedCause,
    ) -> BoxFuture<'a, Unauthorized>;

    /// Records a 401 of a request that cannot be sent again.
    fn record_unauthorized(&self, request: &SentRequest<'_>, cause: UnauthorizedCause);

    /// Records that a request which was sent again succeeded.
    fn resend_succeeded(&self, request: &SentRequest<'_>);

    /// Records that a request which was sent again met a 401 as well.
    fn resend_unauthorized(&self, request: &SentRequest<'_>);
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
        let method = request.method().clone();
        let sent = self.bearer.now();
        let response = self.send_once(request, &authorization, path_template, 0).await?;
        let status = response.status();
        if status == StatusCode::UNAUTHORIZED {
            // Boxed to keep the future of every request small.
            let unauthorized = UnauthorizedRequest { authorization, sent, method, path_template, retry };
            return Box::pin(self.send_again(unauthorized, response)).await;
        }
        if is_proof(status) {
            let path = path_template.unwrap_or_else(|| response.url().path());
            let target = (&method, path);
            self.bearer.succeeded(&SentRequest { authorization: &authorization, sent, target });
        }
        Ok(AuthenticatedResponse { response, authorization, refresh_error: None })
    }

    /// Sends a request again that met a 401, if that may help.
    async fn send_again(
        &self,
        UnauthorizedRequest { authorization, sent, method, path_template, retry }: UnauthorizedRequest<'_>,
        response: Response,
    ) -> reqwest::Result<AuthenticatedResponse> {
        let (response, cause) = unauthorized_cause(response).await?;
        let url = response.url().clone();
        let target = (&method, path_template.unwrap_or_else(|| url.path()));
        let request = SentRequest { authorization: &authorization, sent, target };
        let Some(retry) = retry else {
            self.bearer.record_unauthorized(&request, cause);
            return Ok(AuthenticatedResponse { response, authorization, refresh_error: None });
        };
        let (authorization, refresh_error) = match self.bearer.unauthorized(&request, cause).await {
            Unauthorized::Resend(new) => (new, None),
            Unauthorized::Return => {
                return Ok(AuthenticatedResponse { response, authorization, refresh_error: None });
            }
            Unauthorized::Failed(error) => (authorization, Some(error)),
        };
        if refresh_error.is_some() {
            return Ok(AuthenticatedResponse { response, authorization, refresh_error });
        }
        let retry = retry.into_request(&response);
        drop(response);
        let sent = self.bearer.now();
        let response = self.send_once(retry, &authorization, path_template, 1).await?;
        let request = SentRequest { authorization: &authorization, sent, target };
        if response.status() == StatusCode::UNAUTHORIZED {
            self.bearer.resend_unauthorized(&request);
        } else if is_proof(response.status()) {
            self.bearer.resend_succeeded(&request);
        }
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

/// A request that met a 401.
struct UnauthorizedRequest<'a> {
    authorization: HeaderValue,
    sent: Duration,
    method: Method,
    path_template: Option<&'a str>,
    retry: Option<RetryRequest>,
}

/// A copy of a request, to be sent after a 401.
enum RetryRequest {
    /// A request without a body. Its URL is taken from the response, which saves a copy for every request.
    Bodiless {
        method: Method,
        headers: HeaderMap,
        timeout: Option<Duration>,
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
