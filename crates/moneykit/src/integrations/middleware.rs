use async_trait::async_trait;
use http::{Extensions, HeaderMap, StatusCode, Uri};
use reqwest::{Request, Response, Url};
use reqwest_middleware::{Error, Middleware, Next, Result};

use crate::client::Client;
use crate::request::Bearer;

/// Authenticates the requests of a `reqwest_middleware::ClientWithMiddleware`. Needs the feature
/// `reqwest-middleware`.
///
/// Requests that lie below the [base URL](Client::base_url) (its scheme, host, port and path) get
/// `Authorization`, marked sensitive, and `MoneyKit-Version` and `User-Agent` where they are absent. Others
/// pass as they are, and so do those that have an `Authorization` of their own: whoever sets one means it.
///
/// - A 401 means that the token is dead. The request is sent once more with a fresh one, unless its body is a
///   stream, which can't be read twice: then the 401 is returned, and the next request has a fresh token. A
///   second 401 is returned, and so is every other status.
/// - Without a token there is an error, also where the answer was a 401 and no fresh token can be had. It is
///   a `reqwest_middleware::Error::Middleware` that holds an [`Error`](crate::Error), to be had by
///   `downcast_ref`.
///
/// # Redirects
///
/// reqwest follows redirects below all middleware. It takes the token off where they lead to another host or
/// port, but not where they lead out of the base URL's path. The API has none: build the client with
/// [`Policy::none()`](reqwest::redirect::Policy::none), as here.
///
/// # Order
///
/// What is added to a client first is outermost. Add this after reqwest-retry's middleware, so that each try
/// has the token that is good by then, and a 401 costs one replay and not one of the tries; and before
/// reqwest-tracing's, so that each request that is sent has a span, the one with the dead token and the
/// replay as well. A tracer that comes first works too, and has one span for all of them. The errors of this
/// middleware are not tried again by reqwest-retry: the client has tried by then.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
/// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
/// use moneykit::{BearerMiddleware, reqwest};
/// use reqwest_retry::{RetryTransientMiddleware, policies::ExponentialBackoff};
/// use reqwest_tracing::TracingMiddleware;
///
/// let links = format!("{}/links", client.base_url());
/// let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
/// let http = reqwest_middleware::ClientBuilder::new(http)
///     .with(RetryTransientMiddleware::new_with_policy(ExponentialBackoff::builder().build_with_max_retries(3)))
///     .with(BearerMiddleware::new(client))
///     .with(TracingMiddleware::default())
///     .build();
///
/// assert_eq!(http.get(links).send().await?.status(), 200);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct BearerMiddleware(Bearer);

impl BearerMiddleware {
    /// Makes a middleware that authenticates with a client's tokens.
    pub fn new(client: Client) -> Self {
        Self(Bearer::new(client))
    }

    fn is_for(&self, url: &Url, headers: &HeaderMap) -> bool {
        // What is no URI, reqwest does not send.
        Uri::try_from(url.as_str()).is_ok_and(|uri| self.0.is_for(&uri, headers))
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
        if !self.is_for(request.url(), request.headers()) {
            return next.run(request, extensions).await;
        }
        let spare = request.try_clone();
        let authorization = self.0.put_on(request.headers_mut()).await.map_err(Error::middleware)?;
        let response = next.clone().run(request, extensions).await?;
        // Whoever was reached by a redirect to elsewhere has never seen the token.
        if response.status() != StatusCode::UNAUTHORIZED || !self.is_for(response.url(), &HeaderMap::new()) {
            return Ok(response);
        }
        self.0.reject(&authorization);
        let Some(mut spare) = spare else { return Ok(response) };
        // Whatever the answer holds, such as a place in a queue, is free for the replay.
        drop(response);
        self.0.put_on(spare.headers_mut()).await.map_err(Error::middleware)?;
        next.run(spare, extensions).await
    }
}
