use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;

use super::response::Response;
use super::wait::wait;
use crate::error::Error;

/// Describes an authenticated request to the API, for code without `async`. Made by
/// [`Client::get`](super::Client::get) and its sisters.
///
/// It has the methods of [`crate::RequestBuilder`] save for streams, and meets a 401 in the same way: the
/// request is sent once more with a fresh token, and a second 401 is returned.
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
#[must_use = "nothing is sent before `send`"]
pub struct RequestBuilder(crate::RequestBuilder);

impl RequestBuilder {
    pub(super) fn new(request: crate::RequestBuilder) -> Self {
        Self(request)
    }

    /// Adds a header. `MoneyKit-Version` and `User-Agent` take the place of the client's; `Authorization` is
    /// an error when the request is sent.
    pub fn header<K, V>(self, name: K, value: V) -> Self
    where
        HeaderName: TryFrom<K>,
        <HeaderName as TryFrom<K>>::Error: Into<http::Error>,
        HeaderValue: TryFrom<V>,
        <HeaderValue as TryFrom<V>>::Error: Into<http::Error>,
    {
        Self(self.0.header(name, value))
    }

    /// Sets headers, in place of those with the same names.
    pub fn headers(self, headers: HeaderMap) -> Self {
        Self(self.0.headers(headers))
    }

    /// Adds to the query what serializes to pairs: a slice of them, a map, or a struct.
    pub fn query<T: Serialize + ?Sized>(self, query: &T) -> Self {
        Self(self.0.query(query))
    }

    /// Sets the body to JSON, and the `Content-Type` unless it is set.
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        Self(self.0.json(body))
    }

    /// Sets the body to a form, and the `Content-Type` unless it is set.
    pub fn form<T: Serialize + ?Sized>(self, body: &T) -> Self {
        Self(self.0.form(body))
    }

    /// Sets the body to these bytes.
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        Self(self.0.body(body))
    }

    /// Sets how long the request may take, from connecting to the last byte of the answer, in place of the
    /// client's [`request_timeout`](crate::ClientBuilder::request_timeout).
    pub fn timeout(self, timeout: Duration) -> Self {
        Self(self.0.timeout(timeout))
    }

    /// Names the path with its variable parts left open, such as `/links/{link_id}/accounts`. Traces show it
    /// as the name of the request; it changes nothing else.
    pub fn path_template(self, template: &'static str) -> Self {
        Self(self.0.path_template(template))
    }

    /// Sends the request, and gives the answer once its head has come.
    ///
    /// Every status is an `Ok` here; [`Response::error_for_status`] makes errors of those that are.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// # let client = builder.build_blocking()?;
    /// let request = client.post("/links/lnk_123/products").path_template("/links/{link_id}/products");
    /// let answer = request.json(&["transactions"]).send()?;
    /// assert_eq!(answer.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`crate::RequestBuilder::send`], and in async code ([`Error::is_blocking_in_async`]).
    pub fn send(self) -> Result<Response, Error> {
        wait(self.0.send()).map(Response::new)
    }
}

impl fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
