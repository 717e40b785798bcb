//! Exit codes: scripts tell by them what failed.

use std::process::ExitCode;

use moneykit::Error;
use moneykit::http::StatusCode;

/// An exit code of the tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Success = 0,
    /// An unexpected failure, or the result of a check that a command documents.
    Unexpected = 1,
    /// Invalid arguments, or a document that they name.
    Usage = 2,
    /// Invalid or missing settings.
    SetUp = 3,
    /// The server responded with 4xx.
    ClientError = 4,
    /// The server responded with 5xx.
    ServerError = 5,
    /// There was no response: DNS, connection, TLS or timeout.
    NoResponse = 6,
    /// The token endpoint rejected the credentials.
    CredentialsRejected = 7,
}

impl Exit {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 8] = [
        Self::Success,
        Self::Unexpected,
        Self::Usage,
        Self::SetUp,
        Self::ClientError,
        Self::ServerError,
        Self::NoResponse,
        Self::CredentialsRejected,
    ];

    /// Returns the exit code for the status of a response.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            400..500 => Self::ClientError,
            500..600 => Self::ServerError,
            // A redirect, which is not followed.
            300..400 if status != StatusCode::NOT_MODIFIED => Self::Unexpected,
            _ => Self::Success,
        }
    }

    /// Returns the exit code for an error of the client.
    pub(crate) fn of_error(error: &Error) -> Self {
        if error.is_configuration() {
            return Self::SetUp;
        }
        if error.is_invalid_request() {
            return Self::Usage;
        }
        if error.is_token_request() && error.is_unauthorized() {
            return Self::CredentialsRejected;
        }
        match error.status() {
            Some(status) if status.is_client_error() || status.is_server_error() => Self::of_status(status),
            None if error.is_connect() || error.is_timeout() || error.is_transient() => Self::NoResponse,
            _ => Self::Unexpected,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_the_exit_code_of_its_class() {
        for (status, exit) in [
            (200, Exit::Success),
            (204, Exit::Success),
            (304, Exit::Success),
            (302, Exit::Unexpected),
            (401, Exit::ClientError),
            (404, Exit::ClientError),
            (500, Exit::ServerError),
            (599, Exit::ServerError),
        ] {
            assert_eq!(Exit::of_status(StatusCode::from_u16(status).unwrap()), exit, "{status}");
        }
    }
}
