use std::fmt;

use http::StatusCode;

use super::response::{ErrorResponse, Responder};

/// What went wrong with a request to the API, once there was a token for it.
#[derive(Debug)]
pub(crate) enum RequestError {
    /// It can't be sent as it is, so nothing was.
    InvalidRequest { what: String },
    /// Nothing came back, or not all of it.
    Http { error: reqwest::Error, base_url: String },
    /// The API answered, and not with a success.
    Response(ErrorResponse),
    /// The body of the answer is not what the caller wants to read.
    Decode { status: StatusCode, error: JsonError },
}

/// Where and how a body is not the JSON that it should be. The decoder's own words would do, but they quote the
/// body.
#[derive(Debug)]
pub(crate) struct JsonError {
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
            Self::InvalidRequest { what } => write!(f, "nothing was sent: {what}"),
            Self::Http { error, base_url } if error.is_timeout() => {
                write!(
                    f,
                    "{base_url} did not answer the request in time; try again later or raise `request_timeout`"
                )
            }
            Self::Http { error, base_url } if error.is_connect() => {
                write!(f, "no connection to {base_url} could be made; check the base URL and the network")
            }
            Self::Http { base_url, .. } => {
                write!(f, "the connection to {base_url} broke during the request; try again later")
            }
            Self::Response(response) => response.write(f, Responder::Api),
            Self::Decode { status, error: JsonError { what, line, column } } => {
                write!(
                    f,
                    "the API answered {status}, but its body {what} (line {line}, column {column}); \
                     compare the type that is read with the API's documentation"
                )
            }
        }
    }
}
