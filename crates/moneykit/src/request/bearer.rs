use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Uri};

use super::authorize;
use crate::client::Client;
use crate::error::Error;

/// Authenticates the requests of another library that are for the API, for what sees all of them pass.
///
/// It judges where a request goes as [`Client::authorize`] does, but lets others pass rather than refuse them.
/// Nor does it take the place of an `Authorization` that is there: who sets one for a single request means
/// it, while `authorize` is called on a single request in order to set it.
#[derive(Debug, Clone)]
pub(crate) struct Bearer(Client);

impl Bearer {
    pub(crate) fn new(client: Client) -> Self {
        Self(client)
    }

    /// Says whether a request is for the API, and without an `Authorization` of its own.
    pub(crate) fn is_for(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        !headers.contains_key(AUTHORIZATION)
            && authorize::check(self.0.server().base_url().url(), uri, headers).is_ok()
    }

    /// Puts the headers on and returns the `Authorization` among them, to be [rejected](Self::reject) if the
    /// API does so.
    pub(crate) async fn put_on(&self, headers: &mut HeaderMap) -> Result<HeaderValue, Error> {
        let authorization = self.0.authorization_header().await?;
        headers.insert(AUTHORIZATION, authorization.clone());
        self.0.server().headers().insert_missing(headers);
        Ok(authorization)
    }

    /// Forgets the token of a request that met a 401, unless another one has taken its place.
    pub(crate) fn reject(&self, authorization: &HeaderValue) {
        self.0.reject(authorization);
    }
}
