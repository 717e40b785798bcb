//! The request builder of the blocking client.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;

use super::block_on::block_on;
use super::response::Response;
use crate::error::Error;

/// A builder for an authenticated request, for code without `async`.
///
/// [`Client::get`](super::Client::get), [`Client::post`](super::Client::post) and the other request methods return
/// it. It has the methods of [`crate::RequestBuilder`] except for `body_stream`. After a 401 it sends the request
/// once more with a new token; a second 401 is returned.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
/// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
/// # let client = builder.build_blocking()?;
/// # #[derive(serde::Deserialize)]
/// # struct Accounts { path: String, query: String }
/// let accounts: Accounts =
///     client.get("/links/lnk_123/accounts").query(&[("page", "2")]).send()?.error_for_status()?.json()?;
/// # assert_eq!((&*accounts.path, &*accounts.query), ("/links/lnk_123/accounts", "page=2"));
/// # Ok(())
/// # }
/// ```
#[must_use = "a request is sent only by `send`"]
pub struct RequestBuilder(crate::RequestBuilder);

impl RequestBuilder {
    pub(super) fn new(request: crate::RequestBuilder) -> Self {
        Self(request)
    }

    /// Adds a header. `MoneyKit-Version` and `User-Agent` replace the client's own; `Authorization` makes
    /// [`send`](Self::send) return an error.
    pub fn header<K, V>(self, name: K, value: V) -> Self
    where
        HeaderName: TryFrom<K>,
        <HeaderName as TryFrom<K>>::Error: Into<http::Error>,
        HeaderValue: TryFrom<V>,
        <HeaderValue as TryFrom<V>>::Error: Into<http::Error>,
    {
        Self(self.0.header(name, value))
    }

    /// Sets headers, and replaces existing ones of the same names.
    pub fn headers(self, headers: HeaderMap) -> Self {
        Self(self.0.headers(headers))
    }

    /// Appends parameters to the query: a slice of pairs, a map, or a struct.
    pub fn query<T: Serialize + ?Sized>(self, query: &T) -> Self {
        Self(self.0.query(query))
    }

    /// Sets a JSON body, and `Content-Type: application/json` unless that header is set.
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        Self(self.0.json(body))
    }

    /// Sets a URL-encoded form body, and `Content-Type: application/x-www-form-urlencoded` unless that header is
    /// set.
    pub fn form<T: Serialize + ?Sized>(self, body: &T) -> Self {
        Self(self.0.form(body))
    }

    /// Sets the body to the given bytes.
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        Self(self.0.body(body))
    }

    /// Sets the timeout of this request, from connecting to the last byte of the response. Default: the client's
    /// [`request_timeout`](crate::ClientBuilder::request_timeout).
    pub fn timeout(self, timeout: Duration) -> Self {
        Self(self.0.timeout(timeout))
    }

    /// Sets the path template of the request for traces, such as `/links/{link_id}/accounts`: it becomes part of
    /// the span's name and its `url.template` field. It has no other effect.
    pub fn path_template(self, path_template: &'static str) -> Self {
        Self(self.0.path_template(path_template))
    }

    /// Sends the request and blocks until the response's headers have arrived.
    ///
    /// Returns `Ok` for every status code; [`Response::error_for_status`] turns error statuses into errors.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// # let client = builder.build_blocking()?;
    /// let request = client.post("/links/lnk_123/products").path_template("/links/{link_id}/products");
    /// let response = request.json(&["transactions"]).send()?;
    /// assert_eq!(response.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`crate::RequestBuilder::send`], and an error in async code
    /// ([`Error::is_blocking_in_async`]).
    pub fn send(self) -> Result<Response, Error> {
        block_on(self.0.send()).map(Response::new)
    }
}

impl fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
