//! Error responses of the token endpoint and the API.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

use super::ErrorCode;

/// The parts of an unsuccessful response that an error shows. Its texts are sanitized.
#[derive(Debug)]
pub(crate) struct ErrorResponse {
    pub(crate) status: StatusCode,
    pub(crate) code: Option<ErrorCode>,
    pub(crate) message: Option<String>,
    pub(crate) documentation_url: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// The target of a redirect.
    pub(crate) location: Option<String>,
}

/// The part of the server that sent a response.
#[derive(Clone, Copy)]
pub(super) enum Responder {
    TokenEndpoint,
    Api,
}

impl ErrorResponse {
    /// Creates an error response that has only a status.
    #[cfg(test)]
    pub(crate) fn new(status: StatusCode) -> Self {
        Self { status, code: None, message: None, documentation_url: None, retry_after: None, location: None }
    }

    pub(super) fn is_transient(&self) -> bool {
        matches!(self.status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
    }

    /// Writes the status, the server's message and the remedy.
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, responder: Responder) -> fmt::Result {
        let name = match responder {
            Responder::TokenEndpoint => "the token endpoint",
            Responder::Api => "the API",
        };
        write!(f, "{name} responded with {}", self.status)?;
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        if let Some(location) = &self.location {
            write!(f, "; it points to {location}")?;
        }
        write!(f, "; {}", self.remedy(responder))
    }

    /// Returns what to do about it, as an imperative.
    fn remedy(&self, responder: Responder) -> &'static str {
        use Responder::{Api, TokenEndpoint};
        match (self.status.as_u16(), responder) {
            (300..400, TokenEndpoint) => "redirects are not followed, so check the base URL",
            (300..400, Api) => "redirects are not followed, so check the path",
            (400, TokenEndpoint) => "check the base URL, and that the application may use client credentials",
            (400 | 422, Api) => "check the parameters and the body of the request",
            (401, TokenEndpoint) => "check the client ID, the client secret and the scopes",
            (401, Api) => {
                "check the scopes, and that the credentials belong to the environment of the base URL"
            }
            (403, _) => "check the permissions of the application and its allowed IP addresses",
            (404, Api) => "check the path and the IDs in it",
            (407, _) => "check the credentials of the proxy",
            (408 | 429 | 500 | 502 | 503 | 504, _) => "try again later",
            (_, TokenEndpoint) => "check the base URL",
            (_, Api) => "look up the status in the API's documentation",
        }
    }
}
