//! Responses to authenticated requests.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::header::LOCATION;
use http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version};
use reqwest::Url;
use serde::de::DeserializeOwned;

use super::decode;
use crate::client::Client;
use crate::error::{Error, Kind, RequestError};
use crate::transport::{AuthenticatedResponse, BodyHeaders};

/// The response to an authenticated request. [`RequestBuilder::send`](crate::RequestBuilder::send) returns it.
///
/// It has the status, the headers, and a body that is read as JSON, text, bytes, chunks or a stream.
/// [`json`](Self::json) and [`error_for_status`](Self::error_for_status) turn an error status into an error; the other
/// methods read the body whatever the status. The size of a body that is read as a whole is
/// [limited](crate::ClientBuilder::max_response_body_bytes).
pub struct Response {
    inner: reqwest::Response,
    client: Client,
    authorization: HeaderValue,
    /// The rest of a chunk that a reader of the blocking client did not take.
    unread: Bytes,
}

impl Response {
    pub(crate) fn new(response: AuthenticatedResponse, client: Client) -> Self {
        let AuthenticatedResponse { response, authorization, .. } = response;
        Self { inner: response, client, authorization, unread: Bytes::new() }
    }

    /// Returns the status code.
    pub fn status(&self) -> StatusCode {
        self.inner.status()
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// Returns the URL of the request, with its query.
    pub fn url(&self) -> &Url {
        self.inner.url()
    }

    /// Returns the version of HTTP.
    pub fn version(&self) -> Version {
        self.inner.version()
    }

    /// Returns the extensions, which reqwest and its connector layers add.
    pub fn extensions(&self) -> &Extensions {
        self.inner.extensions()
    }

    /// Converts this response into the one of reqwest, for code that takes that.
    ///
    /// It lacks what this type adds: the limit of a body that is read as a whole, and errors without the URL, values of the
    /// body, and secrets that the API quotes. `reqwest::Response::json` decodes the body of an error as well.
    pub fn into_reqwest(self) -> reqwest::Response {
        self.inner
    }

    /// Returns the length of the body in bytes if it is known in advance.
    pub fn content_length(&self) -> Option<u64> {
        self.inner.content_length()
    }

    /// Turns an error status into an error: every 4xx and 5xx, and every redirect, because redirects are not
    /// followed.
    ///
    /// The error carries the details that the API sent: [`Error::status`], [`Error::error_code`],
    /// [`Error::message`], [`Error::documentation_url`] and [`Error::retry_after`]. At most 64 KiB of the body are
    /// read for them.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
    /// match client.get("/links").send().await?.error_for_status().await {
    ///     Ok(response) => println!("{}", response.text().await?),
    ///     Err(error) if error.is_rate_limited() => println!("retry after {:?}", error.retry_after()),
    ///     Err(error) => println!("{error}"), // contains no token and no response body
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error for the statuses above, and if reading the body of such a response fails
    /// ([`Error::is_transient`]).
    pub async fn error_for_status(self) -> Result<Self, Error> {
        let status = self.status();
        // A 304 is a 3xx too, but has no `Location`.
        let is_redirect = status.is_redirection() && self.headers().contains_key(LOCATION);
        if status.is_client_error() || status.is_server_error() || is_redirect {
            return Err(self.client.error_response(self.inner, &self.authorization).await);
        }
        Ok(self)
    }

    /// Returns the error of a response that is not a success, and the response with a copy of the part of its body that
    /// the error was made from.
    pub(crate) async fn into_error(self) -> Result<(Error, Self), Error> {
        let (error, inner) = self.client.error_and_response(self.inner, &self.authorization).await?;
        Ok((error, Self { inner, ..self }))
    }

    /// Deserializes the body as JSON, unless the status is an error.
    ///
    /// To decode the body of an error yourself, read it with [`bytes`](Self::bytes).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`error_for_status`](Self::error_for_status). Returns an error if the body does not
    /// deserialize into `T` ([`Error::is_invalid_response`]), and the errors of [`bytes`](Self::bytes). The message has the line, the column and the path of the value, such as
    /// `accounts[0].balance: missing field`, and quotes no value of the body.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        decode_body(self.error_for_status().await?).await
    }

    /// Reads the body as UTF-8 text and replaces invalid sequences with U+FFFD.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`bytes`](Self::bytes).
    pub async fn text(self) -> Result<String, Error> {
        let body = self.bytes().await?;
        Ok(String::from_utf8(body.into())
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// Reads the whole body, up to
    /// [`max_response_body_bytes`](crate::ClientBuilder::max_response_body_bytes), which is 64 MiB by default.
    ///
    /// # Errors
    ///
    /// Returns an error if the connection breaks or the request times out ([`Error::is_transient`]), and if the body is
    /// larger after decompression ([`Error::is_invalid_response`]). [`chunk`](Self::chunk) and
    /// [`bytes_stream`](Self::bytes_stream) read bodies of any size.
    pub async fn bytes(mut self) -> Result<Bytes, Error> {
        let limit = self.client.server().max_response_body_bytes();
        let too_large = Kind::Request(RequestError::BodyTooLarge { status: self.status(), limit });
        if self.content_length().is_some_and(|length| length > limit as u64) {
            return Err(too_large.into());
        }
        let first = self.chunk().await?.unwrap_or_default();
        let mut length = first.len();
        let mut body = BytesMut::new();
        while length <= limit
            && let Some(chunk) = self.chunk().await?
        {
            length = length.saturating_add(chunk.len());
            if body.is_empty() {
                body.reserve(first.len() + chunk.len());
                body.extend_from_slice(&first);
            }
            body.extend_from_slice(&chunk);
        }
        if length > limit {
            return Err(too_large.into());
        }
        // A body in one chunk is not copied.
        Ok(if body.is_empty() { first } else { body.freeze() })
    }

    /// Reads the next chunk of the body. Returns `None` at its end. The size of the body is not limited.
    ///
    /// # Errors
    ///
    /// Returns an error if the connection breaks or the request times out ([`Error::is_transient`]).
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        if !self.unread.is_empty() {
            return Ok(Some(std::mem::take(&mut self.unread)));
        }
        self.inner.chunk().await.map_err(|error| self.client.server().transport_error(error))
    }

    /// Puts the rest of a chunk back, so that it is read next.
    #[cfg(feature = "blocking")]
    pub(crate) fn put_back(&mut self, rest: Bytes) {
        self.unread = rest;
    }

    /// Converts the response into a stream of its body's chunks. Its errors are those of [`chunk`](Self::chunk), and the
    /// size of the body is not limited.
    pub fn bytes_stream(self) -> impl Stream<Item = Result<Bytes, Error>> + Send + Unpin {
        BodyStream { chunks: Box::pin(self.inner.bytes_stream()), client: self.client }
    }
}

/// Decodes the body of a response, whatever its status.
pub(crate) async fn decode_body<T: DeserializeOwned>(response: Response) -> Result<T, Error> {
    let (status, headers) = (response.status(), BodyHeaders::of(response.headers()));
    let (client, authorization) = (response.client.clone(), response.authorization.clone());
    let body = response.bytes().await?;
    decode::from_json(&headers, &body).map_err(|error| client.decode_error(status, error, &authorization))
}

impl fmt::Debug for Response {
    // Headers may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status()).finish_non_exhaustive()
    }
}

/// A stream of the chunks of a body, with this crate's errors.
struct BodyStream {
    chunks: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    client: Client,
}

impl Stream for BodyStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { chunks, client } = &mut *self;
        let chunk = chunks.as_mut().poll_next(context);
        chunk.map(|chunk| chunk.map(|chunk| chunk.map_err(|error| client.server().transport_error(error))))
    }
}
