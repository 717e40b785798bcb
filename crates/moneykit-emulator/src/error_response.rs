//! Error responses with the body that the contract documents, and the JSON response that they build on.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

const DOCUMENTATION_URL: &str = "https://docs.moneykit.com";
const UNAUTHORIZED: &str = "api_error.auth.unauthorized";

/// An error response. Its text is static, so it never repeats any part of the request.
#[derive(Debug)]
pub(crate) struct ErrorResponse {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
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

    /// The response of an injected fault.
    pub(crate) fn fault(status: StatusCode, retry_after: Option<Duration>) -> Self {
        let code = match status {
            StatusCode::UNAUTHORIZED => UNAUTHORIZED,
            StatusCode::TOO_MANY_REQUESTS => "api_error.rate_limit_exceeded",
            _ => "api_error.internal",
        };
        let rounded_up =
            |delay: Duration| delay.as_secs().saturating_add(u64::from(delay.subsec_nanos() > 0));
        let header = retry_after.map(|delay| (RETRY_AFTER, HeaderValue::from(rounded_up(delay))));
        Self { header, ..Self::new(status, code, "Fault injected by the emulator") }
    }

    fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self { status, code, message, header: None }
    }

    fn with_header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.header = Some((name, HeaderValue::from_static(value)));
        self
    }
}

impl IntoResponse for ErrorResponse {
    fn into_response(self) -> Response {
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

pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
