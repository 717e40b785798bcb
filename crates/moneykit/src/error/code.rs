use std::borrow::Cow;
use std::fmt;

/// A code by which the API says what went wrong, such as `api_error.auth.unauthorized`.
///
/// Known codes are constants; the API may send others, and they are kept as they came.
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
    /// `api_error.auth.unauthorized`: the credentials, the grant, the scopes or the token are not accepted.
    pub const UNAUTHORIZED: Self = Self::known("api_error.auth.unauthorized");
    /// `api_error.auth.expired_access_token`: the access token of a request has expired.
    pub const EXPIRED_ACCESS_TOKEN: Self = Self::known("api_error.auth.expired_access_token");
    /// `api_error.rate_limit_exceeded`: too many requests; wait before the next one.
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
