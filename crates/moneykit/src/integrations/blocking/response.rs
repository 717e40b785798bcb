use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::wait::wait;
use crate::error::Error;

/// The answer to an authenticated request, for code without `async`. Made by
/// [`RequestBuilder::send`](super::RequestBuilder::send).
///
/// It has the methods of [`crate::Response`] save for streams: [`chunk`](Self::chunk) reads a body part by
/// part.
pub struct Response(crate::Response);

impl Response {
    pub(super) fn new(response: crate::Response) -> Self {
        Self(response)
    }

    /// Returns the status.
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// Returns how many bytes the body has, if that is known before it is read.
    pub fn content_length(&self) -> Option<u64> {
        self.0.content_length()
    }

    /// Makes an error of an answer that is one: every 4xx and 5xx, and every redirect, since none is
    /// followed.
    ///
    /// The error says what MoneyKit says: [`Error::status`], [`Error::error_code`], [`Error::message`],
    /// [`Error::documentation_url`] and [`Error::retry_after`]. Up to 64 KiB of the body are read for that.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// # let client = builder.build_blocking()?;
    /// match client.get("/links").send()?.error_for_status() {
    ///     Ok(response) => println!("{}", response.text()?),
    ///     Err(error) if error.is_rate_limited() => println!("again in {:?}", error.retry_after()),
    ///     Err(error) => println!("{error}"), // holds no token and no body
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As said; when the body of such an answer breaks off ([`Error::is_transient`]); and in async code
    /// ([`Error::is_blocking_in_async`]).
    pub fn error_for_status(self) -> Result<Self, Error> {
        wait(self.0.error_for_status()).map(Self)
    }

    /// Reads the body as JSON, whatever the status: check that by
    /// [`error_for_status`](Self::error_for_status) before.
    ///
    /// # Errors
    ///
    /// When the body is not what `T` wants ([`Error::is_invalid_response`]); the error says where, and quotes
    /// nothing. And as [`bytes`](Self::bytes).
    pub fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        wait(self.0.json())
    }

    /// Reads the body as text. What is not UTF-8 is replaced (U+FFFD).
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes).
    pub fn text(self) -> Result<String, Error> {
        wait(self.0.text())
    }

    /// Reads the body to its end.
    ///
    /// # Errors
    ///
    /// When it breaks off or does not end in time ([`Error::is_transient`]), and in async code
    /// ([`Error::is_blocking_in_async`]).
    pub fn bytes(self) -> Result<Bytes, Error> {
        wait(self.0.bytes())
    }

    /// Reads the next part of the body; `None` at its end.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// # let client = builder.build_blocking()?;
    /// let mut statement = Vec::new(); // or a file
    /// let mut answer = client.get("/accounts/acct_123/statement").send()?.error_for_status()?;
    /// while let Some(part) = answer.chunk()? {
    ///     std::io::Write::write_all(&mut statement, &part)?;
    /// }
    /// assert!(!statement.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes).
    pub fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        wait(self.0.chunk())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
