//! Answers: JSON, and the error body that the contract documents.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

const DOCUMENTATION_URL: &str = "https://docs.moneykit.com";
const UNAUTHORIZED: &str = "api_error.auth.unauthorized";

/// A refused request. Its text is fixed: nothing of the request can find its way into the answer.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    header: Option<(HeaderName, HeaderValue)>,
}

/// What a client presented to the API in place of a valid token.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BadToken {
    Missing,
    Unknown,
    Expired,
}

impl Refusal {
    /// 400: the token request cannot be understood.
    pub(crate) fn bad_token_request(message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, UNAUTHORIZED, message)
    }

    /// 413: the body of the token request is longer than such a body can be.
    pub(crate) fn token_request_too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, UNAUTHORIZED, "Request body too large")
    }

    /// 401 of the token endpoint. RFC 6749 §5.2 asks for the challenge when the client tried Basic, RFC 9110 §15.5.2
    /// for one in every 401; so it is always there.
    pub(crate) fn bad_client(message: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, UNAUTHORIZED, message)
            .with_header(WWW_AUTHENTICATE, r#"Basic realm="MoneyKit""#)
    }

    /// 401 of everything else. The challenge names an error only when there was a token (RFC 6750 §3.1).
    pub(crate) fn bad_token(why: BadToken) -> Self {
        let (code, message, challenge) = match why {
            BadToken::Missing => (UNAUTHORIZED, "Access token missing", r#"Bearer realm="MoneyKit""#),
            BadToken::Unknown => {
                (UNAUTHORIZED, "Unknown access token", r#"Bearer realm="MoneyKit", error="invalid_token""#)
            }
            BadToken::Expired => (
                "api_error.auth.expired_access_token",
                "Access token expired",
                r#"Bearer realm="MoneyKit", error="invalid_token", error_description="Access token expired""#,
            ),
        };
        Self::new(StatusCode::UNAUTHORIZED, code, message).with_header(WWW_AUTHENTICATE, challenge)
    }

    /// 405: the token endpoint takes POST only (RFC 6749 §3.2).
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "api_error.method_not_allowed", "Method not allowed")
            .with_header(ALLOW, "POST")
    }

    /// 400: the body broke off, or its framing is wrong.
    pub(crate) fn unreadable_body() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "api_error.bad_request", "Request body could not be read")
    }

    /// 500: the system has no randomness to make a token from.
    pub(crate) fn no_randomness() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "api_error.internal", "No randomness available")
    }

    /// What the emulator was told to answer.
    pub(crate) fn fault(status: StatusCode, retry_after: Option<Duration>) -> Self {
        let code = match status {
            StatusCode::UNAUTHORIZED => UNAUTHORIZED,
            StatusCode::TOO_MANY_REQUESTS => "api_error.rate_limit_exceeded",
            _ => "api_error.internal",
        };
        let whole = |time: Duration| time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0));
        let header = retry_after.map(|time| (RETRY_AFTER, HeaderValue::from(whole(time))));
        Self { header, ..Self::new(status, code, "The emulator was told to fail") }
    }

    fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self { status, code, message, header: None }
    }

    fn with_header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.header = Some((name, HeaderValue::from_static(value)));
        self
    }
}

impl IntoResponse for Refusal {
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
