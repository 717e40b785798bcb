//! What the response to an authenticated request says about its token. The transport and the integrations report it,
//! the token cache weighs it.

use std::time::Duration;

use http::{HeaderValue, Method, StatusCode};

use crate::error::Error;

/// A request as far as it is evidence about its token.
#[derive(Clone, Copy)]
pub(crate) struct SentRequest<'a> {
    /// Its `Authorization` header.
    pub(crate) authorization: &'a HeaderValue,
    /// When it was sent, by the monotonic clock.
    pub(crate) sent: Duration,
    /// Its method and its path template, or its path.
    pub(crate) target: (&'a Method, &'a str),
}

/// Whether the server said what a 401 means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnauthorizedCause {
    /// The token has expired (`api_error.auth.expired_access_token`).
    Expired,
    Unknown,
}

/// What happens to a request that met a 401.
pub(crate) enum Unauthorized {
    /// The caller gets the 401.
    Return,
    /// The request is sent once more with this header.
    Resend(HeaderValue),
    /// A new token was needed, and there is none.
    Failed(Error),
}

/// Returns true if a response with this status proves its token. Only the API itself sends these; a gateway may refuse
/// a request or fail without a look at the token.
pub(crate) fn is_proof(status: StatusCode) -> bool {
    status.is_success() || status.is_redirection()
}
