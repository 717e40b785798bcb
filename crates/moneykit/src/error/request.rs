use std::fmt;

use http::StatusCode;

use super::refusal::{Refusal, Server};

/// What went wrong with a request to the API, once there was a token for it.
#[derive(Debug)]
pub(crate) enum RequestFault {
    /// It can't be sent as it is, so nothing was.
    Unsendable { what: String },
    /// Nothing came back, or not all of it.
    Http { error: reqwest::Error, base_url: String },
    /// The API answered, and not with a success.
    Refused(Refusal),
    /// The body of the answer is not what the caller wants to read.
    Undecodable { status: StatusCode, flaw: JsonFlaw },
}

/// Where and how a body is not the JSON that it should be. The decoder's own words would do, but they quote the
/// body.
#[derive(Debug)]
pub(crate) struct JsonFlaw {
    pub(crate) what: &'static str,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl RequestFault {
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.is_transient(),
            Self::Http { .. } => true,
            Self::Unsendable { .. } | Self::Undecodable { .. } => false,
        }
    }

    pub(super) fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            Self::Undecodable { status, .. } => Some(*status),
            Self::Unsendable { .. } | Self::Http { .. } => None,
        }
    }

    pub(super) fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
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

impl fmt::Display for RequestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsendable { what } => write!(f, "nothing was sent: {what}"),
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
            Self::Refused(refusal) => refusal.write(f, Server::Api),
            Self::Undecodable { status, flaw: JsonFlaw { what, line, column } } => {
                write!(
                    f,
                    "the API answered {status}, but its body {what} (line {line}, column {column}); \
                     compare the type that is read with the API's documentation"
                )
            }
        }
    }
}
