use std::fmt;
use std::time::Duration;

use http::StatusCode;

use super::ErrorCode;

/// What could be read of an answer that is not a success.
#[derive(Debug)]
pub(crate) struct ErrorResponse {
    pub(crate) status: StatusCode,
    pub(crate) code: Option<ErrorCode>,
    pub(crate) message: Option<String>,
    pub(crate) documentation_url: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// Where a redirect points to.
    pub(crate) location: Option<String>,
}

/// Which part of the server answered.
#[derive(Clone, Copy)]
pub(super) enum Responder {
    TokenEndpoint,
    Api,
}

impl ErrorResponse {
    /// Creates an error response of which nothing but the status is known.
    #[cfg(test)]
    pub(crate) fn new(status: StatusCode) -> Self {
        Self { status, code: None, message: None, documentation_url: None, retry_after: None, location: None }
    }

    pub(super) fn is_transient(&self) -> bool {
        matches!(self.status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
    }

    /// Says what was answered; `who` by.
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, who: Responder) -> fmt::Result {
        let name = match who {
            Responder::TokenEndpoint => "the token endpoint",
            Responder::Api => "the API",
        };
        write!(f, "{name} answered {}", self.status)?;
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        if let Some(location) = &self.location {
            write!(f, "; it points to {location}")?;
        }
        write!(f, "; {}", self.remedy(who))
    }

    /// Says what to do about it.
    fn remedy(&self, who: Responder) -> &'static str {
        use Responder::{Api, TokenEndpoint};
        match (self.status.as_u16(), who) {
            (300..400, TokenEndpoint) => "redirects are not followed, so check the base URL",
            (300..400, Api) => "redirects are not followed, so check the path",
            (400, TokenEndpoint) => "check the base URL, and that the application may use client credentials",
            (400 | 422, Api) => "check what was sent",
            (401, TokenEndpoint) => "check the client ID, the client secret and the scopes",
            (401, Api) => "check the scopes, and that the token is of the same environment as the base URL",
            (403, _) => "check what the application is allowed, and from where",
            (404, Api) => "check the path, and the IDs in it",
            (407, _) => "check the proxy's credentials",
            (408 | 429 | 500 | 502 | 503 | 504, _) => "try again later",
            (_, TokenEndpoint) => "check the base URL",
            (_, Api) => "see what the API's documentation says of this status",
        }
    }
}
