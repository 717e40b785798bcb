//! Policies for sending a request body a second time after a 401.

/// A policy that returns a second body for the retry after a 401. Requires the feature `tower`.
///
/// Functions implement it:
///
/// ```
/// # fn layer(client: moneykit::Client) {
/// use moneykit::tower::BearerLayer;
///
/// // Retry only requests with small bodies, so that large ones are not kept in memory.
/// let layer = BearerLayer::new(client)
///     .retry_unauthorized_with(|body: &String| (body.len() <= 4096).then(|| body.clone()));
/// # }
/// ```
pub trait RetryBody<B> {
    /// Returns a second body with the content of `body`, or `None` to send the request only once.
    ///
    /// It is called before every request to the API is sent, so it must be cheap.
    fn clone_body(&self, body: &B) -> Option<B>;
}

/// A policy that never retries, for bodies of any type. Requires the feature `tower`.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRetry;

impl<B> RetryBody<B> for NoRetry {
    fn clone_body(&self, _: &B) -> Option<B> {
        None
    }
}

/// A policy that clones the body. Requires the feature `tower`.
///
/// A clone must have the same content as the body. For in-memory bodies such as `Full<Bytes>` it does, at little cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct CloneBody;

impl<B: Clone> RetryBody<B> for CloneBody {
    fn clone_body(&self, body: &B) -> Option<B> {
        Some(body.clone())
    }
}

impl<B, F: Fn(&B) -> Option<B>> RetryBody<B> for F {
    fn clone_body(&self, body: &B) -> Option<B> {
        self(body)
    }
}
