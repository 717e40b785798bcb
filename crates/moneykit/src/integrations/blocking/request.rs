//! The request builder of the blocking client.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Client;
use super::block_on::block_on;
use super::response::Response;
use crate::error::Error;
use crate::retry::RetryPolicy;

/// A builder for an authenticated request, for code without `async`.
///
/// [`Client::get`], [`Client::post`] and the other request methods return
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
/// let request = client.get("/links/{link_id}/accounts").path("link_id", "lnk_123");
/// let accounts: Accounts = request.query(&[("page", "2")]).recv_json()?;
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

    /// Creates a builder from a request of reqwest's, as [`Client::execute`] sends it.
    pub fn from_parts(client: Client, request: reqwest::Request) -> Self {
        Self(crate::RequestBuilder::from_parts(client.into_inner(), request))
    }

    /// Sets a parameter of the path: `{name}` in the path becomes the value, percent-encoded as one segment.
    /// [`crate::RequestBuilder::path`] lists the values that are errors.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// # let client = builder.build_blocking()?;
    /// let response = client.get("/links/{link_id}").path("link_id", "a/b").send()?;
    /// assert_eq!(response.url().path(), "/links/a%2Fb");
    /// # Ok(())
    /// # }
    /// ```
    pub fn path(self, name: impl AsRef<str>, value: impl fmt::Display) -> Self {
        Self(self.0.path(name, value))
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

    /// Sets a multipart form as the body, and its `Content-Type` with the boundary. Requires the feature `multipart`.
    #[cfg(feature = "multipart")]
    #[cfg_attr(docsrs, doc(cfg(feature = "multipart")))]
    pub fn multipart(self, form: reqwest::multipart::Form) -> Self {
        Self(self.0.multipart(form))
    }

    /// Sets the timeout of this request, from connecting to the last byte of the response. Default: the client's
    /// [`request_timeout`](crate::ClientBuilder::request_timeout).
    pub fn timeout(self, timeout: Duration) -> Self {
        Self(self.0.timeout(timeout))
    }

    /// Sets the name of the path for a request whose path has no [parameters](Self::path).
    /// [`crate::RequestBuilder::path_template`] describes its effect.
    pub fn path_template(self, path_template: impl Into<Cow<'static, str>>) -> Self {
        Self(self.0.path_template(path_template))
    }

    /// Sets the policy by which this request is retried. Default: the client's
    /// [`retry_policy`](crate::ClientBuilder::retry_policy).
    pub fn retry_policy(self, policy: RetryPolicy) -> Self {
        Self(self.0.retry_policy(policy))
    }

    /// States that the API may process this request twice with the effect of once, whatever its method, so that it may be
    /// sent again after a failure.
    pub fn idempotent(self) -> Self {
        Self(self.0.idempotent())
    }

    /// Copies this builder. Returns `None` if its body is a stream, or if it has an invalid header or body.
    pub fn try_clone(&self) -> Option<Self> {
        self.0.try_clone().map(Self)
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
    /// let request = client.post("/links/{link_id}/products").path("link_id", "lnk_123");
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

    /// Sends the request, and decodes the JSON body of the response. An error status is an error, as of
    /// [`Response::error_for_status`].
    ///
    /// # Errors
    ///
    /// Returns the errors of [`send`](Self::send) and of [`Response::json`].
    #[doc(alias = "send_json")]
    pub fn recv_json<T: DeserializeOwned>(self) -> Result<T, Error> {
        block_on(self.0.recv_json())
    }
}

impl fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
