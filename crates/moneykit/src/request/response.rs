use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::client::Client;
use crate::error::{Error, JsonError, Kind, RequestError};
use crate::transport::AuthenticatedResponse;

/// The answer to an authenticated request. Made by [`RequestBuilder::send`](crate::RequestBuilder::send).
///
/// It has the methods of [`reqwest::Response`]. None of them checks the status but
/// [`error_for_status`](Self::error_for_status), and all but that read bodies of any length.
pub struct Response {
    answer: reqwest::Response,
    client: Client,
    authorization: HeaderValue,
}

impl Response {
    pub(crate) fn new(delivery: AuthenticatedResponse, client: Client) -> Self {
        Self { answer: delivery.response, client, authorization: delivery.authorization }
    }

    /// Returns the status.
    pub fn status(&self) -> StatusCode {
        self.answer.status()
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        self.answer.headers()
    }

    /// Returns how many bytes the body has, if that is known before it is read.
    pub fn content_length(&self) -> Option<u64> {
        self.answer.content_length()
    }

    /// Makes an error of an answer that is one: every 4xx and 5xx, and every redirect, since none is followed.
    ///
    /// The error says what MoneyKit says: [`Error::status`], [`Error::error_code`], [`Error::message`],
    /// [`Error::documentation_url`] and [`Error::retry_after`]. Up to 64 KiB of the body are read for that.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
    /// match client.get("/links").send().await?.error_for_status().await {
    ///     Ok(response) => println!("{}", response.text().await?),
    ///     Err(error) if error.is_rate_limited() => println!("again in {:?}", error.retry_after()),
    ///     Err(error) => println!("{error}"), // holds no token and no body
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As said; and when the body of such an answer breaks off ([`Error::is_transient`]).
    pub async fn error_for_status(self) -> Result<Self, Error> {
        let status = self.status();
        // Not a 304, which redirects nobody.
        let redirects = status.is_redirection() && self.headers().contains_key(LOCATION);
        if status.is_client_error() || status.is_server_error() || redirects {
            return Err(self.client.error_response(self.answer, &self.authorization).await);
        }
        Ok(self)
    }

    /// Reads the body as JSON, whatever the status: check that by [`error_for_status`](Self::error_for_status)
    /// before.
    ///
    /// # Errors
    ///
    /// When the body is not what `T` wants ([`Error::is_invalid_response`]); the error says where, and quotes
    /// nothing. And as [`bytes`](Self::bytes).
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        let status = self.status();
        let body = self.bytes().await?;
        serde_json::from_slice(&body).map_err(|error| {
            let what = match error.classify() {
                Category::Data => "is JSON of another shape than the type that is read",
                Category::Eof => "ends too early for JSON",
                Category::Syntax | Category::Io => "is not JSON",
            };
            let error = JsonError { what, line: error.line(), column: error.column() };
            Kind::Request(RequestError::Decode { status, error }).into()
        })
    }

    /// Reads the body as text. What is not UTF-8 is replaced (U+FFFD).
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes).
    pub async fn text(self) -> Result<String, Error> {
        let body = self.bytes().await?;
        Ok(String::from_utf8(body.into())
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// Reads the body to its end.
    ///
    /// # Errors
    ///
    /// When it breaks off or does not end in time ([`Error::is_transient`]).
    pub async fn bytes(self) -> Result<Bytes, Error> {
        self.answer.bytes().await.map_err(|error| self.client.server().transport_error(error))
    }

    /// Reads the next part of the body; `None` at its end.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes).
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        self.answer.chunk().await.map_err(|error| self.client.server().transport_error(error))
    }

    /// Gives the body part by part, as a stream. Each of its errors is one of [`bytes`](Self::bytes).
    pub fn bytes_stream(self) -> impl Stream<Item = Result<Bytes, Error>> + Send + Unpin {
        BodyStream { parts: Box::pin(self.answer.bytes_stream()), client: self.client }
    }
}

impl fmt::Debug for Response {
    // The API decides what is in its headers, so they are not shown unasked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status()).finish_non_exhaustive()
    }
}

/// The parts of a body, with errors of our own.
struct BodyStream {
    parts: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    client: Client,
}

impl Stream for BodyStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { parts, client } = &mut *self;
        let part = parts.as_mut().poll_next(context);
        part.map(|part| part.map(|part| part.map_err(|error| client.server().transport_error(error))))
    }
}
