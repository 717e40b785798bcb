use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use moneykit_gen::BoxFuture;
use reqwest::{Request, Response};

use super::{CommonHeaders, trace};
use crate::error::Error;

/// Carries authenticated requests: once, and once more with a fresh token after a 401.
pub(super) struct Courier<'a> {
    pub(super) http: &'a reqwest::Client,
    pub(super) headers: &'a CommonHeaders,
    pub(super) bearer: &'a dyn BearerSource,
}

/// Gives the `Authorization` header of an authenticated request.
pub(crate) trait BearerSource: Send + Sync {
    /// Returns the header of the kept token, if that is good.
    fn kept(&self) -> Option<HeaderValue>;

    /// Returns the header of the kept token, or else of the next.
    fn next(&self) -> BoxFuture<'_, Result<HeaderValue, Error>>;

    /// Forgets the token of a header, unless another one has taken its place.
    fn reject(&self, authorization: &HeaderValue);
}

impl dyn BearerSource + '_ {
    /// Returns the header of a good token, and allocates only where that has to be waited for.
    pub(super) async fn authorization(&self) -> Result<HeaderValue, Error> {
        match self.kept() {
            Some(header) => Ok(header),
            None => self.next().await,
        }
    }
}

/// The answer to a request.
pub(crate) struct Delivery {
    pub(crate) response: Response,
    /// The header that the request carried in the end.
    pub(crate) authorization: HeaderValue,
    /// Why a 401 was not followed by another try, if no fresh token could be had.
    pub(crate) no_fresh_token: Option<Error>,
}

impl Courier<'_> {
    /// Sends a request whose path reads like `template`, authenticated by `authorization`.
    pub(super) async fn deliver(
        &self,
        request: Request,
        authorization: HeaderValue,
        template: Option<&str>,
    ) -> reqwest::Result<Delivery> {
        // The caller's headers alone: a copy of none costs nothing.
        let spare = Spare::of(&request);
        let response = self.send(request, &authorization, template, 0).await?;
        let delivery = Delivery { response, authorization, no_fresh_token: None };
        if delivery.response.status() != StatusCode::UNAUTHORIZED {
            return Ok(delivery);
        }
        self.bearer.reject(&delivery.authorization);
        match spare {
            // Boxed, so that the way of every request does not carry the room of the rare one.
            Some(spare) => Box::pin(self.deliver_again(spare, delivery, template)).await,
            None => Ok(delivery),
        }
    }

    async fn deliver_again(
        &self,
        spare: Spare,
        mut rejected: Delivery,
        template: Option<&str>,
    ) -> reqwest::Result<Delivery> {
        let authorization = match self.bearer.authorization().await {
            Ok(authorization) => authorization,
            Err(error) => {
                rejected.no_fresh_token = Some(error);
                return Ok(rejected);
            }
        };
        let request = spare.into_request(&rejected.response);
        drop(rejected);
        let response = self.send(request, &authorization, template, 1).await?;
        Ok(Delivery { response, authorization, no_fresh_token: None })
    }

    async fn send(
        &self,
        mut request: Request,
        authorization: &HeaderValue,
        template: Option<&str>,
        resends: u32,
    ) -> reqwest::Result<Response> {
        self.headers.fill_in(request.headers_mut());
        request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        trace::send(self.http, request, template, resends).await
    }
}

/// What it takes to send a request again.
enum Spare {
    /// A request without a body. Its URL comes back with the answer, which saves a copy of it each time.
    Bare {
        method: Method,
        headers: HeaderMap,
        timeout: Option<std::time::Duration>,
    },
    Whole(Request),
}

impl Spare {
    /// Returns `None` for a request whose body is a stream, which can be read but once.
    fn of(request: &Request) -> Option<Self> {
        if request.body().is_some() {
            return request.try_clone().map(Self::Whole);
        }
        Some(Self::Bare {
            method: request.method().clone(),
            headers: request.headers().clone(),
            timeout: request.timeout().copied(),
        })
    }

    fn into_request(self, answer: &Response) -> Request {
        match self {
            Self::Whole(request) => request,
            Self::Bare { method, headers, timeout } => {
                // No redirect is followed, so it is still the URL that was asked.
                let mut request = Request::new(method, answer.url().clone());
                *request.headers_mut() = headers;
                if timeout.is_some() {
                    *request.timeout_mut() = timeout;
                }
                request
            }
        }
    }
}
