//! Errors of requests to the API.

use std::fmt;

use http::StatusCode;

use super::TransportError;
use super::response::{ErrorResponse, NotJson, REMOVE_TOKEN_PATH, Responder, ends_with_token_path};

/// The error of a request to the API, other than that no token could be obtained.
#[derive(Debug)]
pub(crate) enum RequestError {
    /// The request is invalid and was not sent.
    InvalidRequest { what: String },
    /// There was no response, or an incomplete one.
    Http(TransportError),
    /// The API responded with an unsuccessful status.
    Response(ErrorResponse),
    /// The body of the response exceeds the client's bound.
    BodyTooLarge { status: StatusCode, limit: usize },
    /// A page has the cursor of an earlier page, so the pages have no end.
    RepeatedCursor,
    /// The response is a success with a status that the contract does not document.
    Undocumented { base_url: String, status: StatusCode },
    /// The body of the response could not be decoded into the caller's type.
    Decode { base_url: String, status: StatusCode, error: JsonError },
}

/// The kind and the position of a JSON error. The decoder's own message is not used because it quotes the body.
#[derive(Debug)]
pub(crate) struct JsonError {
    pub(crate) problem: JsonProblem,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl JsonError {
    /// Returns the error with the path and the problem in the form that `sanitize` returns.
    pub(crate) fn sanitized(mut self, sanitize: impl Fn(&str) -> String) -> Self {
        if let JsonProblem::Mismatch { path, problem } = &mut self.problem {
            *path = sanitize(path);
            *problem = problem.as_deref().map(sanitize);
        }
        self
    }
}

/// The reason why a body could not be decoded.
#[derive(Debug)]
pub(crate) enum JsonProblem {
    NotJson(NotJson),
    /// The JSON is incomplete.
    Truncated,
    /// A value does not match the type.
    Mismatch {
        /// The path of the value, such as `accounts[0].balance`; empty for the whole body.
        path: String,
        /// The problem, such as "missing field", if the decoder says more than that the value does not match.
        problem: Option<String>,
    },
}

impl RequestError {
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Response(response) => response.is_transient(),
            Self::Http(error) => error.is_transient(),
            Self::InvalidRequest { .. }
            | Self::Decode { .. }
            | Self::BodyTooLarge { .. }
            | Self::RepeatedCursor
            | Self::Undocumented { .. } => false,
        }
    }

    pub(super) fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Response(response) => Some(response.status),
            Self::Decode { status, .. }
            | Self::BodyTooLarge { status, .. }
            | Self::Undocumented { status, .. } => Some(*status),
            Self::InvalidRequest { .. } | Self::Http(_) | Self::RepeatedCursor => None,
        }
    }

    pub(super) fn response(&self) -> Option<&ErrorResponse> {
        match self {
            Self::Response(response) => Some(response),
            _ => None,
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidRequest { what } => write!(f, "the request is invalid and was not sent: {what}"),
            Self::Http(error) => error.write(f, Responder::Api),
            Self::Response(response) => response.write(f, Responder::Api),
            Self::BodyTooLarge { status, limit } => write!(
                f,
                "the API responded with {status}, but its body is larger than {limit} bytes; read it with `chunk` or \
                 `bytes_stream`, or raise `max_response_body_bytes`"
            ),
            Self::Undocumented { base_url, status } => write!(
                f,
                "the API of {base_url} responded with {status}, which the contract does not document for this \
                 operation; compare the contract with the API's documentation"
            ),
            Self::RepeatedCursor => f.write_str(
                "a page has the cursor of an earlier page, so the pages would have no end; check that the cursor is sent \
                 with the request, or report it to the operator of the API",
            ),
            Self::Decode { base_url, status, error: JsonError { problem, line, column } } => {
                write!(f, "the API of {base_url} responded with {status}, but its body {problem} ")?;
                write!(f, "(line {line}, column {column}); {}", problem.remedy(base_url))
            }
        }
    }
}

impl JsonProblem {
    /// Returns what to do about it, as an imperative.
    fn remedy(&self, base_url: &str) -> &'static str {
        match self {
            _ if ends_with_token_path(base_url) => REMOVE_TOKEN_PATH,
            Self::NotJson(NotJson::Empty) => "check the status before the body is decoded",
            Self::NotJson(_) => "check the path and the base URL; a proxy or a portal may have responded",
            Self::Truncated => "try again later",
            Self::Mismatch { .. } => "compare the type that you decode with the API's documentation",
        }
    }
}

/// Writes a predicate of the body.
impl fmt::Display for JsonProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(content) => write!(f, "{content} and is not JSON"),
            Self::Truncated => f.write_str("ends before its JSON does"),
            Self::Mismatch { path, problem } => {
                f.write_str("does not match the type to deserialize")?;
                match (path.as_str(), problem) {
                    ("", None) => Ok(()),
                    ("", Some(problem)) => write!(f, ": {problem}"),
                    (path, None) => write!(f, " at {path}"),
                    (path, Some(problem)) => write!(f, ": {path}: {problem}"),
                }
            }
        }
    }
}
