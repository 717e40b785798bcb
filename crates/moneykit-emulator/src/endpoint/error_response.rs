//! Error responses with the body that the contract documents.

use std::borrow::Cow;
use std::time::Duration;

use http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::json;

use super::response::{Response, json_response};

const DOCUMENTATION_URL: &str = "https://docs.moneykit.com";
const UNAUTHORIZED: &str = "api_error.auth.unauthorized";
const RATE_LIMITED: &str = "api_error.rate_limit_exceeded";

/// An error response. Its text repeats no part of the request, except for redacted paths.
#[derive(Debug)]
pub(crate) struct ErrorResponse {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    header: Option<(HeaderName, HeaderValue)>,
}

/// The reason why an API request is not authenticated.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BearerError {
    /// The request has no well-formed bearer token.
    Missing,
    /// The token was never issued, or was revoked.
    Unknown,
    Expired,
}

impl ErrorResponse {
    /// 400 from the token endpoint: the request is malformed or has an unsupported grant type.
    pub(crate) fn invalid_token_request(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, UNAUTHORIZED, message)
    }

    /// 413 from the token endpoint: the body exceeds the size limit.
    pub(crate) fn token_request_too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, UNAUTHORIZED, "Request body too large")
    }

    /// 401 from the token endpoint.
    ///
    /// RFC 6749 §5.2 requires a challenge if the client used Basic, and RFC 9110 §15.5.2 requires one in every 401,
    /// so the response always has one.
    pub(crate) fn token_request_unauthorized(message: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, UNAUTHORIZED, message)
            .with_header(WWW_AUTHENTICATE, r#"Basic realm="MoneyKit""#)
    }

    /// 401 from the rest of the API. The challenge has an error code only if the request had a token (RFC 6750 §3.1).
    pub(crate) fn api_request_unauthorized(error: BearerError) -> Self {
        let (code, message, challenge) = match error {
            BearerError::Missing => (UNAUTHORIZED, "Access token missing", r#"Bearer realm="MoneyKit""#),
            BearerError::Unknown => {
                (UNAUTHORIZED, "Unknown access token", r#"Bearer realm="MoneyKit", error="invalid_token""#)
            }
            BearerError::Expired => (
                "api_error.auth.expired_access_token",
                "Access token expired",
                r#"Bearer realm="MoneyKit", error="invalid_token", error_description="Access token expired""#,
            ),
        };
        Self::new(StatusCode::UNAUTHORIZED, code, message).with_header(WWW_AUTHENTICATE, challenge)
    }

    /// 405 from the token endpoint, which accepts POST only (RFC 6749 §3.2).
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "api_error.method_not_allowed", "Method not allowed")
            .with_header(ALLOW, "POST")
    }

    /// 400: the request body is incomplete, or its framing is invalid.
    pub(crate) fn unreadable_body() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "api_error.bad_request", "Request body could not be read")
    }

    /// 500: the system's random number generator failed, so no token can be created.
    pub(crate) fn random_source_failed() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "api_error.internal", "Random number generator failed")
    }

    /// 404: the path looks like the token endpoint's under a wrong prefix. Its sender needs that hint more than a 401.
    pub(crate) fn wrong_token_path(message: String) -> Self {
        Self::new(StatusCode::NOT_FOUND, "api_error.not_found", message)
    }

    /// 404: no stub matches the request, and the session does not echo requests.
    pub(crate) fn no_stub(message: String) -> Self {
        Self::new(StatusCode::NOT_FOUND, "emulator_error.no_stub", message)
    }

    /// 400: the request does not fit the contract.
    pub(crate) fn request_invalid(message: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "api_error.request_invalid", message)
    }

    /// 501: the contract has no response for the operation.
    pub(crate) fn no_sample(message: String) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "emulator_error.no_sample", message)
    }

    /// An error of the emulator itself, which MoneyKit would not send.
    pub(crate) fn emulator(
        status: StatusCode,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(status, code, message)
    }

    /// 429: a rate limit is exceeded.
    pub(crate) fn rate_limited(retry_after: Duration) -> Self {
        // At least a second: a client that retries at once would be rejected again.
        let retry_after = retry_after.max(Duration::from_nanos(1));
        Self::new(StatusCode::TOO_MANY_REQUESTS, RATE_LIMITED, "Rate limit exceeded").retry_after(retry_after)
    }

    /// The response of a fault that is injected into a token request.
    pub(crate) fn token_fault(status: StatusCode, retry_after: Option<Duration>) -> Self {
        Self::fault(status, retry_after, r#"Basic realm="MoneyKit""#)
    }

    /// The response of a fault that is injected into another request.
    pub(crate) fn api_fault(status: StatusCode, retry_after: Option<Duration>) -> Self {
        Self::fault(status, retry_after, r#"Bearer realm="MoneyKit", error="invalid_token""#)
    }

    fn fault(status: StatusCode, retry_after: Option<Duration>, challenge: &'static str) -> Self {
        let code = match status {
            StatusCode::UNAUTHORIZED => UNAUTHORIZED,
            StatusCode::TOO_MANY_REQUESTS => RATE_LIMITED,
            _ => "api_error.internal",
        };
        // A final response cannot have an informational status.
        let status = if status.is_informational() { StatusCode::INTERNAL_SERVER_ERROR } else { status };
        let error = Self::new(status, code, "Fault injected by the emulator");
        match retry_after {
            Some(delay) => error.retry_after(delay),
            None if status == StatusCode::UNAUTHORIZED => error.with_header(WWW_AUTHENTICATE, challenge),
            None => error,
        }
    }

    fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), header: None }
    }

    /// Adds `Retry-After`, rounded up to whole seconds.
    fn retry_after(mut self, delay: Duration) -> Self {
        let seconds = delay.as_secs().saturating_add(u64::from(delay.subsec_nanos() > 0));
        self.header = Some((RETRY_AFTER, HeaderValue::from(seconds)));
        self
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.header = Some((name, HeaderValue::from_static(value)));
        self
    }

    pub(crate) fn into_response(self) -> Response {
        let mut response = json_response(
            self.status,
            &json!({
                "error_code": self.code,
                "error_message": self.message,
                "documentation_url": DOCUMENTATION_URL,
            }),
        );
        response.headers_mut().extend(self.header);
        response
    }
}
