//! Bearer authentication for middleware and layers, which see all requests of another library.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Uri};

use super::authorize;
use crate::client::Client;
use crate::error::Error;

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

    /// Returns true if a request goes to the API and has no `Authorization` header.
    pub(crate) fn applies_to(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        !headers.contains_key(AUTHORIZATION)
            && authorize::check(self.0.server().base_url().url(), uri, headers).is_ok()
    }

    /// Adds the headers and returns the value of `Authorization`, to be passed to [`reject`](Self::reject) after
    /// a 401.
    pub(crate) async fn authorize(&self, headers: &mut HeaderMap) -> Result<HeaderValue, Error> {
        let authorization = self.0.authorization_header().await?;
        headers.insert(AUTHORIZATION, authorization.clone());
        self.0.server().headers().insert_missing(headers);
        Ok(authorization)
    }

    /// Invalidates the token of a request that got a 401, unless another token has already replaced it.
    pub(crate) fn reject(&self, authorization: &HeaderValue) {
        self.0.reject(authorization);
    }
}
