//! Errors of requests to the API.

use std::fmt;

use http::StatusCode;

use super::response::{ErrorResponse, Responder};

/// The error of a request to the API, other than that no token could be obtained.
#[derive(Debug)]
pub(crate) enum RequestError {
    /// The request is invalid and was not sent.
    InvalidRequest { what: String },
    /// There was no response, or an incomplete one.
    Http { error: reqwest::Error, base_url: String },
    /// The API responded with an unsuccessful status.
    Response(ErrorResponse),
    /// The body of the response could not be decoded into the caller's type.
    Decode { status: StatusCode, error: JsonError },
}

/// The kind and the position of a JSON error. The decoder's own message is not used because it quotes the body.
#[derive(Debug)]
pub(crate) struct JsonError {
    /// The problem, as a predicate of the body: "is not JSON".
    pub(crate) what: &'static str,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl RequestError {
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Response(response) => response.is_transient(),
            Self::Http { .. } => true,
            Self::InvalidRequest { .. } | Self::Decode { .. } => false,
        }
    }

    pub(super) fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Response(response) => Some(response.status),
            Self::Decode { status, .. } => Some(*status),
            Self::InvalidRequest { .. } | Self::Http { .. } => None,
        }
    }

    pub(super) fn response(&self) -> Option<&ErrorResponse> {
        match self {
            Self::Response(response) => Some(response),
            _ => None,
        }
    }

    pub(super) fn http(&self) -> Option<&reqwest::Error> {
        match self {
            Self::Http { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidRequest { what } => write!(f, "the request is invalid and was not sent: {what}"),
            Self::Http { error, base_url } if error.is_timeout() => {
                write!(
                    f,
                    "{base_url} did not respond to the request in time; try again later or raise `request_timeout`"
                )
            }
            Self::Http { error, base_url } if error.is_connect() => {
                write!(f, "could not connect to {base_url}; check the base URL and the network")
            }
            Self::Http { base_url, .. } => {
                write!(f, "the connection to {base_url} broke during the request; try again later")
            }
            Self::Response(response) => response.write(f, Responder::Api),
            Self::Decode { status, error: JsonError { what, line, column } } => {
                write!(
                    f,
                    "the API responded with {status}, but its body {what} (line {line}, column {column}); \
                     compare the type that you decode with the API's documentation"
                )
            }
        }
    }
}
