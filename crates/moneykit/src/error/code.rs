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
///
/// Codes without a constant compare with strings:
///
/// ```
/// # use moneykit::{Error, http};
/// # let error = Error::from_response_parts(
/// #     http::StatusCode::CONFLICT, &http::HeaderMap::new(), br#"{"error_code": "api_error.link.deleted"}"#,
/// # );
/// let is_deleted = error.error_code().is_some_and(|code| code == "api_error.link.deleted");
/// # assert!(is_deleted);
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

impl AsRef<str> for ErrorCode {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for ErrorCode {
    fn eq(&self, code: &str) -> bool {
        self.0 == code
    }
}

impl PartialEq<&str> for ErrorCode {
    fn eq(&self, code: &&str) -> bool {
        self.0 == *code
    }
}

impl PartialEq<ErrorCode> for str {
    fn eq(&self, code: &ErrorCode) -> bool {
        code == self
    }
}

impl PartialEq<ErrorCode> for &str {
    fn eq(&self, code: &ErrorCode) -> bool {
        code == self
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_compares_with_strings_in_both_orders() {
        let code = ErrorCode::from("a.b".to_owned());
        assert_eq!(code, "a.b");
        assert_eq!("a.b", code);
        assert_eq!(code, *"a.b");
        assert_eq!(*"a.b", code);
        assert!(Some(&code).is_some_and(|code| code == "a.b"));
        assert_ne!(code, "a");
        assert_ne!("a", code);
        assert_eq!(code.as_ref(), "a.b");
    }
}
