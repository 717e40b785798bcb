//! The response of the blocking client.

use std::fmt;
use std::io::{self, ErrorKind, Read};

use bytes::Bytes;
use http::{Extensions, HeaderMap, StatusCode, Version};
use reqwest::Url;
use serde::de::DeserializeOwned;

use super::block_on::block_on;
use crate::error::Error;

/// The response to an authenticated request, for code without `async`.
///
/// [`RequestBuilder::send`](super::RequestBuilder::send) returns it. It has the methods of [`crate::Response`] except
/// for `bytes_stream`. [`chunk`](Self::chunk) reads a body incrementally, and so does its implementation of [`Read`], for
/// example in [`std::io::copy`]. The errors of `Read` have the [`Error`] inside.
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

    /// Returns the URL of the request, with its query.
    pub fn url(&self) -> &Url {
        self.0.url()
    }

    /// Returns the version of HTTP.
    pub fn version(&self) -> Version {
        self.0.version()
    }

    /// Returns the extensions, which reqwest and its connector layers add.
    pub fn extensions(&self) -> &Extensions {
        self.0.extensions()
    }

    /// Converts this response into the one of reqwest's async client. [`crate::Response::into_reqwest`] lists what it
    /// lacks.
    pub fn into_reqwest(self) -> reqwest::Response {
        self.0.into_reqwest()
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

    /// Deserializes the body as JSON, unless the status is an error.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`error_for_status`](Self::error_for_status). Returns an error if the body does not
    /// deserialize into `T` ([`Error::is_invalid_response`]), and the errors of [`bytes`](Self::bytes). The message has the line, the column and the path of the value, such as
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
    /// let request = client.get("/accounts/{account_id}/statement").path("account_id", "acct_123");
    /// let mut response = request.send()?.error_for_status()?;
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

/// Reads the body, whatever the status and its size.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
/// # let builder = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url());
/// # let client = builder.build_blocking()?;
/// let request = client.get("/accounts/{account_id}/statement").path("account_id", "acct_123");
/// let mut response = request.send()?.error_for_status()?;
/// let mut statement = Vec::new(); // or a file
/// let length = std::io::copy(&mut response, &mut statement)?;
/// assert_eq!(statement.len() as u64, length);
/// # Ok(())
/// # }
/// ```
impl Read for Response {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let chunk = match self.chunk() {
                Ok(Some(chunk)) => chunk,
                Ok(None) => return Ok(0),
                Err(error) if error.is_timeout() => return Err(io::Error::new(ErrorKind::TimedOut, error)),
                Err(error) => return Err(io::Error::other(error)),
            };
            let length = chunk.len().min(buffer.len());
            buffer[..length].copy_from_slice(&chunk[..length]);
            self.0.put_back(chunk.slice(length..));
            // An empty chunk is not the end.
            if length > 0 {
                return Ok(length);
            }
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
