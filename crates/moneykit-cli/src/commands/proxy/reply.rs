//! Responses of the proxy itself, in the format of the API's errors.

use std::time::Duration;

use moneykit::http::{HeaderValue, Response, StatusCode, header};
use moneykit::{Client, Error};
use serde_json::json;

use super::body::{self, Body};
use super::send_error::SendError;

const DOCUMENTATION_URL: &str = "https://docs.moneykit.com";

/// An error that the proxy responds with.
#[derive(Debug)]
pub(super) struct Reply {
    status: StatusCode,
    code: &'static str,
    message: String,
    documentation_url: Option<String>,
    retry_after: Option<Duration>,
}

impl Reply {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), documentation_url: None, retry_after: None }
    }

    /// Converts an error of the client, which rejected the request or had no token. Its message contains no secret.
    pub(super) fn of_error(error: &Error, client: &Client) -> Self {
        let cooldown = client.token_status().next_attempt_in;
        let (status, code) = if error.is_invalid_request() {
            (StatusCode::BAD_REQUEST, "proxy_error.request.invalid")
        } else {
            // Credentials that were rejected will be rejected again.
            let is_temporary = !error.is_unauthorized() && cooldown.is_some();
            let status = match is_temporary {
                true => StatusCode::SERVICE_UNAVAILABLE,
                false if error.is_timeout() => StatusCode::GATEWAY_TIMEOUT,
                false => StatusCode::BAD_GATEWAY,
            };
            (status, "proxy_error.token.unavailable")
        };
        let reply = Self::new(status, code, error.to_string());
        Self {
            documentation_url: error.documentation_url().map(str::to_owned),
            retry_after: cooldown.filter(|_| status == StatusCode::SERVICE_UNAVAILABLE),
            ..reply
        }
    }

    /// Converts the error of a request that got no response from the API.
    pub(super) fn of_send_error(error: &SendError, client: &Client) -> Self {
        let (status, code) = match error {
            SendError::TimedOut => (StatusCode::GATEWAY_TIMEOUT, "proxy_error.upstream.timeout"),
            SendError::RequestBody => (StatusCode::BAD_REQUEST, "proxy_error.request.body"),
            SendError::Connect(_) | SendError::NotHttp | SendError::Disconnected => {
                (StatusCode::BAD_GATEWAY, "proxy_error.upstream.unreachable")
            }
        };
        Self::new(status, code, error.message(client.base_url()))
    }

    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let body = json!({
            "error_code": self.code,
            "error_message": self.message,
            "documentation_url": self.documentation_url.as_deref().unwrap_or(DOCUMENTATION_URL),
        });
        let mut response = text(self.status, "application/json", body.to_string());
        if let Some(delay) = self.retry_after {
            let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Returns a response with a text.
pub(super) fn text(status: StatusCode, content_type: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(body::full(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
