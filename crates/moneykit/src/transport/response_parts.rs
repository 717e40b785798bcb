//! Errors from the responses of other HTTP clients.

use http::{HeaderMap, StatusCode};

use super::buffered_response::error_of_parts;
use crate::error::{Error, Kind, RequestError};
use crate::time::{Clock, SystemClock};

impl Error {
    /// Creates the error of an API response that another HTTP client received, such as a client with
    /// `BearerMiddleware` or a tower service. Its predicates and accessors are those of the error that
    /// [`Response::error_for_status`](crate::Response::error_for_status) returns.
    ///
    /// It is meant for statuses that are no success. As in the errors of this crate's own requests, the server's texts
    /// are truncated to 1,000 characters and have spaces in place of control characters, and of a body of more than 64
    /// KiB nothing is read. A `Retry-After` date is relative to the response's `Date`, or else to the system's clock.
    ///
    /// The message of such an error does not name the server. A token or a secret that the server quotes is **not**
    /// redacted, because it is not known here.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder()
    /// #     .client("id", "secret")
    /// #     .stub("GET", "/links/lnk_1", 404, r#"{"error_code": "api_error.link.not_found"}"#)
    /// #     .start()?;
    /// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
    /// # let http = moneykit::reqwest::Client::builder().no_proxy().build()?;
    /// use moneykit::Error;
    ///
    /// let request = http.get(format!("{}/links/lnk_1", client.base_url()));
    /// let response = request.header("authorization", client.authorization_header().await?).send().await?;
    ///
    /// let (status, headers) = (response.status(), response.headers().clone());
    /// let error = Error::from_response_parts(status, &headers, &response.bytes().await?);
    /// assert!(error.is_not_found());
    /// assert!(error.error_code().is_some_and(|code| code == "api_error.link.not_found"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_response_parts(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let wall = SystemClock.now().wall();
        Kind::Request(RequestError::Response(error_of_parts(status, headers, body, wall))).into()
    }
}
