//! Errors as text for this crate's own logs, which carry no text of a server.

use super::{Error, ErrorCode, ErrorResponse, InvalidBody, Kind, with_sources};

/// The error codes of the API, and those of RFC 6749 §5.2.
const KNOWN_CODES: [&str; 9] = [
    "api_error.auth.unauthorized",
    "api_error.auth.expired_access_token",
    "api_error.rate_limit_exceeded",
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
];

impl Error {
    /// Returns the error with its causes, without any text that a server sent: a server may quote a secret in a form
    /// that no redaction recognizes. Of an error response, the status and a known error code remain.
    pub(crate) fn log_text(&self) -> String {
        match self.kind() {
            Kind::ErrorResponse(ErrorResponse { status, code, .. }) => {
                let status = status.as_u16();
                match code.as_ref().and_then(known_code) {
                    Some(code) => format!("the token endpoint responded with {status} ({code})"),
                    None => format!("the token endpoint responded with {status}"),
                }
            }
            Kind::InvalidResponse { status, body, .. } => {
                let status = status.as_u16();
                let problem = match body {
                    InvalidBody::Field { name, problem } => format!("its field `{name}` {problem}"),
                    _ => "its body is not a token response".to_owned(),
                };
                format!("the token endpoint responded with {status}, but {problem}")
            }
            // A request to the API cannot fail a token refresh, and its error quotes the API.
            Kind::Request(_) => "a request to the API failed".to_owned(),
            Kind::CoolingDown { cause, .. } => cause.log_text(),
            _ => with_sources(self.root()),
        }
    }

    /// Returns the reason of a failed refresh, as the label of a metric.
    pub(crate) fn failure_reason(&self) -> &'static str {
        if self.is_timeout() {
            return "timeout";
        }
        if self.is_connect() {
            return "connect";
        }
        if self.is_rate_limited() {
            return "rate_limited";
        }
        if self.is_rejection() {
            return "rejected";
        }
        match self.kind() {
            Kind::CredentialsProvider(_) | Kind::CredentialsProviderPanicked => "credentials_provider",
            Kind::ErrorResponse(response) if response.status.is_server_error() => "server_error",
            Kind::ErrorResponse(_) => "error_response",
            Kind::InvalidResponse { .. } => "invalid_response",
            Kind::Http(error) if error.is_not_http() => "invalid_response",
            Kind::Http(_) => "connection",
            _ => "other",
        }
    }

    /// Returns the error itself, or its cause if no request was sent.
    pub(super) fn root(&self) -> &Self {
        match &*self.0 {
            Kind::CoolingDown { cause, .. } => cause.root(),
            _ => self,
        }
    }
}

/// Returns a code that the API or the standard defines. Any other one is the server's text.
fn known_code(code: &ErrorCode) -> Option<&'static str> {
    KNOWN_CODES.into_iter().find(|known| *known == code.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_for_logs_contains_nothing_that_the_server_sent_but_a_known_code() {
        let response = |code: &str| {
            Error::from(Kind::ErrorResponse(ErrorResponse {
                code: Some(code.to_owned().into()),
                message: Some("pale message".to_owned()),
                location: Some("https://pale.example".to_owned()),
                ..ErrorResponse::new(http::StatusCode::UNAUTHORIZED)
            }))
        };
        let known = "the token endpoint responded with 401 (invalid_client)";
        assert_eq!(response("invalid_client").log_text(), known);
        assert_eq!(
            response("invalid_client").while_cooling_down(std::time::Duration::ZERO).log_text(),
            known
        );
        assert_eq!(response("pale").log_text(), "the token endpoint responded with 401");
    }

    #[test]
    fn the_text_for_logs_contains_every_cause() {
        let error = Error::from(Kind::CredentialsProvider("the vault is sealed".into()));
        assert!(error.log_text().ends_with(": the vault is sealed"), "{}", error.log_text());
        assert_eq!(error.failure_reason(), "credentials_provider");
    }
}
