//! Error codes of the API.

use std::borrow::Cow;
use std::fmt;

/// An error code of the API, such as `api_error.auth.unauthorized`.
///
/// Known codes are constants. The API may send others; they are kept as sent, apart from control characters, secrets
/// and everything after 1,000 characters.
///
/// ```
/// use moneykit::ErrorCode;
///
/// # fn advice(code: &ErrorCode) -> &'static str {
/// if *code == ErrorCode::UNAUTHORIZED { "check the client secret" } else { "see the documentation" }
/// # }
/// # assert_eq!(advice(&ErrorCode::UNAUTHORIZED), "check the client secret");
/// # assert_eq!(advice(&ErrorCode::RATE_LIMIT_EXCEEDED), "see the documentation");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ErrorCode(Cow<'static, str>);

impl ErrorCode {
    /// `api_error.auth.unauthorized`: the credentials, the grant type, the scopes or the access token were rejected.
    pub const UNAUTHORIZED: Self = Self::known("api_error.auth.unauthorized");
    /// `api_error.auth.expired_access_token`: the access token of the request has expired.
    pub const EXPIRED_ACCESS_TOKEN: Self = Self::known("api_error.auth.expired_access_token");
    /// `api_error.rate_limit_exceeded`: too many requests; send fewer.
    pub const RATE_LIMIT_EXCEEDED: Self = Self::known("api_error.rate_limit_exceeded");

    /// Returns the code as the API writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    const fn known(code: &'static str) -> Self {
        Self(Cow::Borrowed(code))
    }
}

impl From<String> for ErrorCode {
    fn from(code: String) -> Self {
        Self(code.into())
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
