//! Sending authenticated requests, and sending them once more after a 401 or on a connection that had closed.

use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version};
use moneykit_gen::BoxFuture;
use reqwest::{Request, Response, Url};

use super::buffered_response::unauthorized_cause;
use super::{CommonHeaders, StaleConnectionHint, stale_connections, trace};
use crate::error::Error;
use crate::evidence::{SentRequest, Unauthorized, UnauthorizedCause, is_proof};

/// Sends authenticated requests: once, and once more with a new token after a 401, or if an idle connection had closed
/// before it was used.
pub(super) struct AuthenticatedSender<'a> {
    pub(super) http: &'a reqwest::Client,
    pub(super) headers: &'a CommonHeaders,
    pub(super) bearer: &'a dyn BearerSource,
    pub(super) stale_connection: &'a StaleConnectionHint,
}

/// What a sender needs to know about a request besides its content.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestContext<'a> {
    /// The name of the path in traces, and for the evaluation of a 401.
    pub(super) path_template: Option<&'a str>,
    /// Whether the API may process the request twice (RFC 9110 §9.2.2).
    pub(super) is_idempotent: bool,
    /// How often the request was sent before.
    pub(super) resend_count: u32,
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
    /// Sends a request with `authorization`.
    pub(super) async fn send(
        &self,
        request: Request,
        authorization: HeaderValue,
        mut context: RequestContext<'_>,
    ) -> reqwest::Result<AuthenticatedResponse> {
        // Taken before the common headers are added: copying an empty header map costs nothing.
        let retry = RetryRequest::of(&request);
        let method = request.method().clone();
        let mut sent = self.bearer.now();
        let response = match self.send_once(request, &authorization, context).await {
            Ok(response) => response,
            Err(error) => match self.request_after_stale_connection(&error, retry.as_ref(), context) {
                Some(request) => {
                    context.resend_count += 1;
                    sent = self.bearer.now();
                    // Boxed to keep the future of every request small.
                    let outcome = Box::pin(self.send_once(request, &authorization, context)).await;
                    if outcome.as_ref().is_err_and(stale_connections::is_closed) {
                        self.stale_connection.clear();
                    }
                    outcome?
                }
                None => return Err(error),
            },
        };
        let status = response.status();
        if status == StatusCode::UNAUTHORIZED {
            let unauthorized = UnauthorizedRequest { authorization, sent, method, context, retry };
            return Box::pin(self.send_again(unauthorized, response)).await;
        }
        if is_proof(status) {
            let path = context.path_template.unwrap_or_else(|| response.url().path());
            let target = (&method, path);
            self.bearer.succeeded(&SentRequest { authorization: &authorization, sent, target });
        }
        Ok(AuthenticatedResponse { response, authorization, refresh_error: None })
    }

    /// Returns the request to send again at once, if it failed because an idle connection had closed before it was used.
    ///
    /// A server may close an idle connection at any time, also just as a request goes out on it. It may also have processed
    /// the request, so only an idempotent one is sent again.
    fn request_after_stale_connection(
        &self,
        error: &reqwest::Error,
        retry: Option<&RetryRequest>,
        context: RequestContext<'_>,
    ) -> Option<Request> {
        let retry = retry.filter(|_| context.is_idempotent && stale_connections::is_closed(error))?;
        let request = retry.to_request(error.url()?)?;
        self.stale_connection.take_one().then_some(request)
    }

    /// Sends a request again that met a 401, if that may help.
    async fn send_again(
        &self,
        UnauthorizedRequest { authorization, sent, method, mut context, retry }: UnauthorizedRequest<'_>,
        response: Response,
    ) -> reqwest::Result<AuthenticatedResponse> {
        let (response, cause) = unauthorized_cause(response).await?;
        let url = response.url().clone();
        let target = (&method, context.path_template.unwrap_or_else(|| url.path()));
        let request = SentRequest { authorization: &authorization, sent, target };
        // Redirects are not followed, so this is the URL of the first request.
        let Some(retry) = retry.and_then(|retry| retry.to_request(&url)) else {
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
        drop(response);
        context.resend_count += 1;
        let sent = self.bearer.now();
        let response = self.send_once(retry, &authorization, context).await?;
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
        context: RequestContext<'_>,
    ) -> reqwest::Result<Response> {
        self.headers.insert_missing(request.headers_mut());
        request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        trace::send(self.http, request, context.path_template, context.resend_count).await
    }
}

/// A request that met a 401.
struct UnauthorizedRequest<'a> {
    authorization: HeaderValue,
    sent: Duration,
    method: Method,
    context: RequestContext<'a>,
    retry: Option<RetryRequest>,
}

/// A copy of a request, to be sent again.
enum RetryRequest {
    /// A request without a body. Its URL is taken from the response or the error, which saves a copy for every request.
    Bodiless {
        method: Method,
        headers: HeaderMap,
        timeout: Option<Duration>,
        version: Version,
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
            version: request.version(),
        })
    }

    /// Returns the request. `url` is the URL that it had.
    fn to_request(&self, url: &Url) -> Option<Request> {
        match self {
            Self::Full(request) => request.try_clone(),
            Self::Bodiless { method, headers, timeout, version } => {
                let mut request = Request::new(method.clone(), url.clone());
                request.headers_mut().clone_from(headers);
                *request.version_mut() = *version;
                if timeout.is_some() {
                    *request.timeout_mut() = *timeout;
                }
                Some(request)
            }
        }
    }
}
