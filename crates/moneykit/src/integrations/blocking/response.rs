//! The response of the blocking client.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::block_on::block_on;
use crate::error::Error;

/// The response to an authenticated request, for code without `async`.
///
/// [`RequestBuilder::send`](super::RequestBuilder::send) returns it. It has the methods of [`crate::Response`] except
/// for `bytes_stream`; [`chunk`](Self::chunk) reads a body incrementally.
pub struct Response(crate::Response);

impl Response {
    pub(super) fn new(response: crate::Response) -> Self {
        Self(response)
    }

    /// Returns the status code.
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// Returns the length of the body in bytes if it is known in advance.
    pub fn content_length(&self) -> Option<u64> {
        self.0.content_length()
    }

    /// Turns an error status into an error: every 4xx and 5xx, and every redirect, because redirects are not
    /// followed.
    ///
    /// The error carries the details that the API sent: [`Error::status`], [`Error::error_code`],
    /// [`Error::message`], [`Error::documentation_url`] and [`Error::retry_after`]. At most 64 KiB of the body are
    /// read for them.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// # let client = builder.build_blocking()?;
    /// match client.get("/links").send()?.error_for_status() {
    ///     Ok(response) => println!("{}", response.text()?),
    ///     Err(error) if error.is_rate_limited() => println!("retry after {:?}", error.retry_after()),
    ///     Err(error) => println!("{error}"), // contains no token and no response body
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error for the statuses above, if reading the body of such a response fails
    /// ([`Error::is_transient`]), and in async code ([`Error::is_blocking_in_async`]).
    pub fn error_for_status(self) -> Result<Self, Error> {
        block_on(self.0.error_for_status()).map(Self)
    }

    /// Deserializes the body as JSON, whatever the status: call [`error_for_status`](Self::error_for_status) first.
    ///
    /// # Errors
    ///
    /// Returns an error if the body does not deserialize into `T` ([`Error::is_invalid_response`]), and the errors of
    /// [`bytes`](Self::bytes). The message has the line, the column and the path of the value, such as
    /// `accounts[0].balance: missing field`, and quotes no value of the body.
    pub fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        block_on(self.0.json())
    }

    /// Reads the body as UTF-8 text and replaces invalid sequences with U+FFFD.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`bytes`](Self::bytes).
    pub fn text(self) -> Result<String, Error> {
        block_on(self.0.text())
    }

    /// Reads the whole body.
    ///
    /// # Errors
    ///
    /// Returns an error if the connection breaks or the request times out ([`Error::is_transient`]), and in async
    /// code ([`Error::is_blocking_in_async`]).
    pub fn bytes(self) -> Result<Bytes, Error> {
        block_on(self.0.bytes())
    }

    /// Reads the next chunk of the body. Returns `None` at its end.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
    /// # let client = builder.build_blocking()?;
    /// let mut statement = Vec::new(); // or a file
    /// let mut response = client.get("/accounts/acct_123/statement").send()?.error_for_status()?;
    /// while let Some(chunk) = response.chunk()? {
    ///     std::io::Write::write_all(&mut statement, &chunk)?;
    /// }
    /// assert!(!statement.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`bytes`](Self::bytes).
    pub fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        block_on(self.0.chunk())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
