//! A middleware for reqwest-middleware that authenticates requests and retries them after a 401.

use async_trait::async_trait;
use http::{Extensions, HeaderMap, StatusCode, Uri};
use reqwest::{Request, Response, Url};
use reqwest_middleware::{Error, Middleware, Next, Result};

use crate::client::Client;
use crate::request::BearerAuth;
use crate::transport::unauthorized_cause;

/// A middleware that authenticates the requests of a `reqwest_middleware::ClientWithMiddleware`. Requires the feature
/// `reqwest-middleware`.
///
/// Requests to the API get `Authorization`, marked sensitive, and `MoneyKit-Version` and `User-Agent` if they are
/// absent. A request goes to the API if its URL is below the [base URL](Client::base_url): the same scheme, host and
/// port, and a path below its path. Other requests pass unchanged, and so do requests that already have an
/// `Authorization` header.
///
/// - A 401 is [evidence](crate#401-responses) about the token. If it suggests that the token is dead, the request is
///   sent once more with a new one, unless its body is a stream, which cannot be read twice: then the 401 is returned.
/// - A second 401 is returned, and so is every other status.
///
/// # Redirects
///
/// Build the HTTP client with [`Policy::none()`](reqwest::redirect::Policy::none), as in the example. The API does not
/// redirect, and reqwest follows redirects without asking middleware: it removes the token if the host or the port
/// changes, but not if a redirect leaves the base URL's path.
///
/// # Order
///
/// The middleware that is added first is the outermost.
///
/// - Add this one after reqwest-retry's, so that each attempt gets a valid token and a 401 does not count as a failed
///   attempt.
/// - Add this one before reqwest-tracing's, so that every request has its own span, including the retry after a 401.
///   The other order works too: one span then covers both requests.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
/// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
/// use moneykit::{BearerMiddleware, reqwest};
///
/// let links = format!("{}/links", client.base_url());
/// // A redirect could carry the token out of the base URL.
/// let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
/// let http = reqwest_middleware::ClientBuilder::new(http)
///     // .with(reqwest_retry::RetryTransientMiddleware::new_with_policy(policy))
///     .with(BearerMiddleware::new(client))
///     // .with(reqwest_tracing::TracingMiddleware::default())
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
/// `reqwest_middleware::Error::Middleware`, and that contains an [`Error`](crate::Error): `downcast_ref` on the
/// `anyhow::Error` inside returns it. reqwest-retry does not retry it by default; the client has already retried.
///
/// An outer middleware may wrap the error, and the [`Error`](crate::Error) is then not in the
/// [`source`](std::error::Error::source) chain: `reqwest_middleware::Error` skips it. reqwest-retry wraps every error
/// in a `reqwest_retry::RetryError`: `downcast_ref` to that first, and look into the error that it holds.
#[derive(Debug, Clone)]
pub struct BearerMiddleware(BearerAuth);

impl BearerMiddleware {
    /// Creates a middleware that authenticates with a client's tokens.
    pub fn new(client: Client) -> Self {
        Self(BearerAuth::new(client))
    }

    fn applies_to(&self, url: &Url, headers: &HeaderMap) -> bool {
        // reqwest does not send requests whose URL is not a valid `Uri`.
        Uri::try_from(url.as_str()).is_ok_and(|uri| self.0.applies_to(&uri, headers))
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
        if !self.applies_to(request.url(), request.headers()) {
            return next.run(request, extensions).await;
        }
        let retry = request.try_clone();
        let target = (request.method().clone(), request.url().path().to_owned());
        let sent = self.0.authorize(target, request.headers_mut()).await.map_err(Error::middleware)?;
        let response = next.clone().run(request, extensions).await?;
        // A server that was reached by a redirect out of the base URL did not see this token.
        if !self.applies_to(response.url(), &HeaderMap::new()) {
            return Ok(response);
        }
        if response.status() != StatusCode::UNAUTHORIZED {
            self.0.record_response(&sent, response.status());
            return Ok(response);
        }
        let (response, cause) = unauthorized_cause(response).await?;
        let Some(mut retry) = retry else {
            self.0.record_unauthorized(&sent, cause);
            return Ok(response);
        };
        let authorization = self.0.unauthorized(&sent, cause).await.map_err(Error::middleware)?;
        let Some(authorization) = authorization else { return Ok(response) };
        // Releases what the response holds, such as a concurrency permit, which the retry may need.
        drop(response);
        let sent = self.0.authorize_again(sent, authorization, retry.headers_mut());
        let response = next.run(retry, extensions).await?;
        self.0.record_second_response(&sent, response.status());
        Ok(response)
    }
}
