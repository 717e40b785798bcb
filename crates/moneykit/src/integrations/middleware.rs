//! A middleware for reqwest-middleware that authenticates requests and retries them after a 401.

use async_trait::async_trait;
use http::header::{AUTHORIZATION, CONTENT_LENGTH};
use http::{Extensions, StatusCode, Uri};
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};

use super::findable::findable;
use crate::client::Client;
use crate::request::BearerAuth;
use crate::transport::unauthorized_cause;

/// A middleware that authenticates the requests of a `reqwest_middleware::ClientWithMiddleware`. Requires the feature
/// `reqwest-middleware`.
///
/// Requests to the API get `Authorization`, marked sensitive, and `MoneyKit-Version` and `User-Agent` if they are
/// absent. A request goes to the API if its URL is below the [base URL](Client::base_url): the same scheme, host and
/// port, and a path below its path. Other requests pass unchanged, and so do requests that already have an
/// `Authorization` header, and those of the methods CONNECT and TRACE, which must not have a token.
///
/// - A 401 is [evidence](crate#401-responses) about the token. If it suggests that the token is dead, the request is
///   sent once more with a new one, unless its body is a stream, which cannot be read twice: then the 401 is returned.
/// - A second 401 is returned, and so is every other status.
///
/// # The token stays with the API
///
/// This middleware sends the requests to the API itself, over the connections of the [`Client`] and with its HTTP
/// settings: [`http_client_builder`](crate::ClientBuilder::http_client_builder) or
/// [`transport`](crate::ClientBuilder::transport). They do not reach the `reqwest::Client` of the stack, whose
/// certificates, proxy, default headers and redirect policy apply to all other requests. The reason is that most
/// reqwest clients follow redirects, which no middleware can see or prevent, and that reqwest sends the token to another
/// host after two of them. A redirect of the API is therefore returned as it is.
///
/// A request's own timeout applies; without one, the client's
/// [`request_timeout`](crate::ClientBuilder::request_timeout) does.
///
/// # Order
///
/// Add this middleware last. The middleware that is added first is the outermost, and a middleware that is added after
/// this one does not see the requests to the API.
///
/// - Add it after reqwest-retry's, so that each attempt gets a valid token and a 401 does not count as a failed attempt.
/// - Add it after reqwest-tracing's. One span of that then covers a request and the one after a 401; each has a span
///   `moneykit.request` of its own.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
/// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
/// use moneykit::{BearerMiddleware, reqwest};
///
/// let links = format!("{}/links", client.base_url());
/// let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
/// let http = reqwest_middleware::ClientBuilder::new(http)
///     // .with(reqwest_tracing::TracingMiddleware::default())
///     // .with(reqwest_retry::RetryTransientMiddleware::new_with_policy(policy))
///     .with(BearerMiddleware::new(client))
///     .build();
///
/// assert_eq!(http.get(links).send().await?.status(), 200);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// If no access token is available, before the request or for the retry after a 401, the request fails with
/// `reqwest_middleware::Error::Middleware`, and so does a request with a `Connection`, `Transfer-Encoding`, `TE`,
/// `Trailer`, `Upgrade` or `Proxy-…` header. [`Error::find_in`](crate::Error::find_in) returns the
/// [`Error`](crate::Error) inside, also if an outer middleware has wrapped it, as reqwest-retry's does with every
/// error. reqwest-retry does not retry it by default; the client has already retried.
///
/// If the request itself fails, by a connection or a timeout, the error is reqwest's, so that middleware which retries can
/// classify it. `find_in` does not find it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "another secret").start()?;
/// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
/// # let http = moneykit::reqwest::Client::builder().no_proxy().build()?;
/// # let http = reqwest_middleware::ClientBuilder::new(http).with(moneykit::BearerMiddleware::new(client)).build();
/// # let links = format!("{}/links", emulator.url());
/// let error = http.get(links).send().await.unwrap_err();
/// let error = moneykit::Error::find_in(&error);
/// assert!(error.is_some_and(moneykit::Error::is_unauthorized));
/// # Ok(())
/// # }
/// ```
///
/// Every response is `Ok`, whatever its status. [`Error::from_response_parts`](crate::Error::from_response_parts)
/// converts one into an [`Error`](crate::Error) with the code and the message of the API.
#[derive(Debug, Clone)]
pub struct BearerMiddleware(BearerAuth);

impl BearerMiddleware {
    /// Creates a middleware that authenticates with a client's tokens.
    pub fn new(client: Client) -> Self {
        Self(BearerAuth::new(client))
    }

    fn applies_to(&self, request: &Request) -> bool {
        // reqwest does not send requests whose URL is not a valid `Uri`.
        let uri = Uri::try_from(request.url().as_str());
        let headers = request.headers();
        !headers.contains_key(AUTHORIZATION)
            && uri.is_ok_and(|uri| self.0.check(request.method(), &uri, headers).is_ok())
    }
}

#[async_trait]
impl Middleware for BearerMiddleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        if !self.applies_to(&request) {
            return next.run(request, extensions).await;
        }
        BearerAuth::check_framing(request.headers()).map_err(findable)?;
        if request.body().is_none_or(|body| body.as_bytes().is_some()) {
            // Sent as it is, a wrong length would make the server read the next request of the connection as a body.
            request.headers_mut().remove(CONTENT_LENGTH);
        }
        let retry = request.try_clone();
        let target = (request.method().clone(), request.url().path().to_owned());
        let sent = self.0.authorize(target, request.headers_mut()).await.map_err(findable)?;
        // `next` ends in a client that may follow redirects. reqwest removes the token from the request after the first
        // redirect to another host, but not from the request after the second.
        let response = self.0.execute(request, 0).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            self.0.record_response(&sent, response.status());
            return Ok(response);
        }
        let (response, cause) = unauthorized_cause(response).await?;
        let Some(mut retry) = retry else {
            self.0.record_unauthorized(&sent, cause);
            return Ok(response);
        };
        let authorization = self.0.unauthorized(&sent, cause).await.map_err(findable)?;
        let Some(authorization) = authorization else { return Ok(response) };
        // Releases what the response holds, such as a concurrency permit, which the retry may need.
        drop(response);
        let sent = self.0.authorize_again(sent, authorization, retry.headers_mut());
        let response = self.0.execute(retry, 1).await?;
        self.0.record_second_response(&sent, response.status());
        Ok(response)
    }
}
