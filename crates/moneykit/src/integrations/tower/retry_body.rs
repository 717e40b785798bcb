/// Decides which bodies can be sent twice. Needs the feature `tower`.
///
/// Functions are such decisions as well:
///
/// ```
/// # fn layer(client: moneykit::Client) {
/// use moneykit::tower::BearerLayer;
///
/// // Small bodies alone, the others are not to be kept in memory.
/// let layer = BearerLayer::new(client)
///     .retry_unauthorized_with(|body: &String| (body.len() <= 4096).then(|| body.clone()));
/// # }
/// ```
pub trait RetryBody<B> {
    /// Returns a second body that reads as the first will, before that is read; `None` where there is none.
    /// It is called for each request to the API, so it has to be cheap.
    fn copy(&self, body: &B) -> Option<B>;
}

/// Sends no body twice, whatever its type. Needs the feature `tower`.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRetry;

impl<B> RetryBody<B> for NoRetry {
    fn copy(&self, _: &B) -> Option<B> {
        None
    }
}

/// Sends bodies that can be cloned twice. Needs the feature `tower`.
///
/// A clone has to read as the whole body does. Those of bodies in memory do, and cost next to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct CloneBody;

impl<B: Clone> RetryBody<B> for CloneBody {
    fn copy(&self, body: &B) -> Option<B> {
        Some(body.clone())
    }
}

impl<B, F: Fn(&B) -> Option<B>> RetryBody<B> for F {
    fn copy(&self, body: &B) -> Option<B> {
        self(body)
    }
}
