//! The error type: kinds of failures, predicates that classify them, and messages that name the remedy.

mod chain;
mod code;
mod request;
mod response;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

pub(crate) use chain::with_sources;
pub use code::ErrorCode;
pub(crate) use request::{JsonError, RequestError};
pub(crate) use response::ErrorResponse;
use response::Responder;

/// The error of building a client, of obtaining an access token, or of a request to the API.
///
/// An error never contains a client secret, an access token or the body of a response, so it is safe to log together
/// with its [`source`](std::error::Error::source). Cloning is cheap.
///
/// | predicate | returns true for |
/// |---|---|
/// | [`is_configuration`](Self::is_configuration) | an invalid setting or environment variable |
/// | [`is_unauthorized`](Self::is_unauthorized) | credentials, scopes or an access token that the server rejected (401) |
/// | [`is_invalid_grant_type`](Self::is_invalid_grant_type) | a grant type that the server rejected |
/// | [`is_rate_limited`](Self::is_rate_limited) | too many requests (429) |
/// | [`is_connect`](Self::is_connect) | a connection that could not be established |
/// | [`is_timeout`](Self::is_timeout) | a request or a token refresh that timed out |
/// | [`is_invalid_request`](Self::is_invalid_request) | a request that was not sent because it is invalid |
/// | [`is_invalid_response`](Self::is_invalid_response) | a successful response without a usable token, or of another type than expected |
/// | [`is_transient`](Self::is_transient) | a failure that may not recur on a later attempt |
#[derive(Debug, Clone)]
pub struct Error(Arc<Kind>);

/// The kind of an error, with its details.
#[derive(Debug)]
pub(crate) enum Kind {
    Configuration(Vec<Problem>),
    /// reqwest rejects the caller's HTTP settings, when it builds a client or when it sends a request.
    HttpSettings(reqwest::Error),
    /// A token request got no response, or an incomplete one.
    Http {
        error: reqwest::Error,
        base_url: String,
    },
    /// The response to a token request is not HTTP, or its head exceeds the parser's bounds.
    NotHttp {
        error: reqwest::Error,
        base_url: String,
    },
    /// The credentials provider returned an error.
    CredentialsProvider(Box<dyn std::error::Error + Send + Sync>),
    /// The contract does not allow the token request, so it was not sent.
    NotSent,
    /// All attempts of a refresh together exceeded its timeout.
    Timeout {
        limit: Duration,
    },
    /// The runtimes of several refreshes in a row shut down before the refreshes finished.
    RuntimeShutdown,
    /// The call was made outside of a tokio runtime.
    NoRuntime,
    /// A blocking call was made in async code.
    #[cfg(feature = "blocking")]
    BlockingInAsync,
    /// The thread that serves blocking calls could not be started.
    #[cfg(feature = "blocking")]
    NoThread,
    /// The server's tokens have a shorter lifetime than the caller requires.
    LifetimeTooShort {
        lifetime: Duration,
        wanted: Duration,
    },
    /// The token endpoint responded with an unsuccessful status.
    ErrorResponse(ErrorResponse),
    /// A request to the rest of the API failed.
    Request(RequestError),
    /// The token endpoint responded with a successful status and an invalid body.
    InvalidResponse {
        status: StatusCode,
        body: InvalidBody,
    },
}

/// An invalid setting, and how to fix it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The name of the builder's method or of the environment variable.
    pub(crate) setting: &'static str,
    /// The problem and its remedy, as a predicate of the setting: "is empty; set a value".
    pub(crate) what: String,
}

/// The reason why the body of a successful response is invalid.
#[derive(Debug)]
pub(crate) enum InvalidBody {
    NotJson,
    DuplicateField,
    TooLarge { limit: usize },
    Field { name: &'static str, problem: &'static str },
}

impl Error {
    /// Returns true if settings or environment variables are invalid. The message lists all of them.
    pub fn is_configuration(&self) -> bool {
        matches!(*self.0, Kind::Configuration(_))
    }

    /// Returns true if the server rejected the credentials, the scopes or the access token: it responded with 401.
    pub fn is_unauthorized(&self) -> bool {
        self.has_status(StatusCode::UNAUTHORIZED)
    }

    /// Returns true if the server rejected the grant type: it responded with 400, which the contract documents for this
    /// reason only. Returns false if the response has an error code with another meaning; a gateway may send one.
    pub fn is_invalid_grant_type(&self) -> bool {
        let is_grant_code =
            |code: &ErrorCode| *code == ErrorCode::UNAUTHORIZED || code.as_str() == "unsupported_grant_type";
        matches!(*self.0, Kind::ErrorResponse(_))
            && self.has_status(StatusCode::BAD_REQUEST)
            && self.error_code().is_none_or(is_grant_code)
    }

    /// Returns true if the server limits the rate of requests: it responded with 429. See
    /// [`retry_after`](Self::retry_after).
    pub fn is_rate_limited(&self) -> bool {
        self.has_status(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Returns true if no connection could be established, because of DNS, TCP, TLS or a proxy.
    pub fn is_connect(&self) -> bool {
        self.http().is_some_and(reqwest::Error::is_connect)
    }

    /// Returns true if a request or a token refresh timed out.
    pub fn is_timeout(&self) -> bool {
        matches!(*self.0, Kind::Timeout { .. }) || self.http().is_some_and(reqwest::Error::is_timeout)
    }

    /// Returns true if a request is invalid and was not sent: its URL is not below the base URL, a value is not a valid
    /// header value, or it has an `Authorization` header of its own. The message names the remedy.
    pub fn is_invalid_request(&self) -> bool {
        matches!(*self.0, Kind::Request(RequestError::InvalidRequest { .. }))
    }

    /// Returns true if a response is unusable: the token endpoint responded successfully without a usable token, the
    /// response is not HTTP ([`status`](Self::status) is then `None`), or [`Response::json`](crate::Response::json)
    /// could not decode the body.
    pub fn is_invalid_response(&self) -> bool {
        matches!(
            *self.0,
            Kind::InvalidResponse { .. } | Kind::NotHttp { .. } | Kind::Request(RequestError::Decode { .. })
        )
    }

    /// Returns true if the same call may succeed later without a change: failed connections, timeouts, interrupted
    /// responses, a failed credentials provider, and the statuses 408, 429, 500, 502, 503 and 504.
    pub fn is_transient(&self) -> bool {
        match &*self.0 {
            Kind::ErrorResponse(response) => response.is_transient(),
            Kind::Request(error) => error.is_transient(),
            Kind::Http { .. }
            | Kind::CredentialsProvider(_)
            | Kind::Timeout { .. }
            | Kind::RuntimeShutdown => true,
            Kind::Configuration(_)
            | Kind::HttpSettings(_)
            | Kind::NotHttp { .. }
            | Kind::NotSent
            | Kind::NoRuntime
            | Kind::LifetimeTooShort { .. }
            | Kind::InvalidResponse { .. } => false,
            #[cfg(feature = "blocking")]
            Kind::BlockingInAsync => false,
            #[cfg(feature = "blocking")]
            Kind::NoThread => true,
        }
    }

    /// Returns true if a call of a [blocking client](crate::blocking) was made in async code, where it would block the
    /// runtime. Nothing was sent.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = moneykit::Client::builder().credentials("id", "secret").build_blocking()?;
    /// let error = client.access_token().unwrap_err();
    /// assert!(error.is_blocking_in_async());
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "blocking")]
    #[cfg_attr(docsrs, doc(cfg(feature = "blocking")))]
    pub fn is_blocking_in_async(&self) -> bool {
        matches!(*self.0, Kind::BlockingInAsync)
    }

    /// Returns the status of the response, or `None` if there was no response.
    pub fn status(&self) -> Option<StatusCode> {
        match &*self.0 {
            Kind::ErrorResponse(ErrorResponse { status, .. }) | Kind::InvalidResponse { status, .. } => {
                Some(*status)
            }
            Kind::Request(error) => error.status(),
            _ => None,
        }
    }

    /// Returns the delay that the server requests before the next attempt (`Retry-After`, RFC 9110 §10.2.3).
    pub fn retry_after(&self) -> Option<Duration> {
        self.response()?.retry_after
    }

    /// Returns the server's error code (`error_code`, or the `error` of RFC 6749 §5.2).
    pub fn error_code(&self) -> Option<&ErrorCode> {
        self.response()?.code.as_ref()
    }

    /// Returns the server's message (`error_message`, or `error_description` of RFC 6749 §5.2), truncated to 1,000
    /// characters. It is meant for people, not for programs.
    pub fn message(&self) -> Option<&str> {
        self.response()?.message.as_deref()
    }

    /// Returns the URL of the server's documentation of this error (`documentation_url`, or `error_uri` of RFC 6749
    /// §5.2).
    pub fn documentation_url(&self) -> Option<&str> {
        self.response()?.documentation_url.as_deref()
    }

    /// Returns the name of the field that is missing from a successful token response, or malformed in it.
    pub fn invalid_field(&self) -> Option<&'static str> {
        match &*self.0 {
            Kind::InvalidResponse { body: InvalidBody::Field { name, .. }, .. } => Some(name),
            _ => None,
        }
    }

    /// Returns true if the server rejected the request: it responded with 400, 401 or 403.
    pub(crate) fn is_rejection(&self) -> bool {
        self.response().is_some_and(|response| matches!(response.status.as_u16(), 400 | 401 | 403))
    }

    /// Returns the configuration error of one setting.
    pub(crate) fn setting(setting: &'static str, what: &str) -> Self {
        Self::configuration(vec![Problem { setting, what: what.to_owned() }])
    }

    pub(crate) fn configuration(problems: Vec<Problem>) -> Self {
        Kind::Configuration(problems).into()
    }

    /// Returns the problems of a configuration error, so that they can be reported together with others.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        match &*self.0 {
            Kind::Configuration(problems) => problems.clone(),
            _ => Vec::new(),
        }
    }

    fn response(&self) -> Option<&ErrorResponse> {
        match &*self.0 {
            Kind::ErrorResponse(response) => Some(response),
            Kind::Request(error) => error.response(),
            _ => None,
        }
    }

    fn http(&self) -> Option<&reqwest::Error> {
        match &*self.0 {
            Kind::Http { error, .. } => Some(error),
            Kind::Request(error) => error.http(),
            _ => None,
        }
    }

    fn has_status(&self, status: StatusCode) -> bool {
        self.response().is_some_and(|response| response.status == status)
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self(Arc::new(kind))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Configuration(problems) => {
                f.write_str("the client cannot be built: ")?;
                for (index, Problem { setting, what }) in problems.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "; " };
                    write!(f, "{separator}{setting} {what}")?;
                }
                Ok(())
            }
            Kind::HttpSettings(_) => f.write_str(
                "the HTTP settings are invalid; correct the one that this error's source names",
            ),
            Kind::Http { error, base_url } if error.is_connect() => {
                write!(f, "could not connect to {base_url}; check the base URL and the network")
            }
            Kind::Http { error, base_url } if error.is_timeout() => write!(
                f,
                "{base_url} did not respond to the token request in time; try again later or raise \
                 `token_attempt_timeout`"
            ),
            Kind::Http { base_url, .. } => {
                write!(f, "the connection to {base_url} broke during the token request; try again later")
            }
            Kind::NotHttp { base_url, .. } => write!(
                f,
                "the response of {base_url} is not HTTP, or its head is too large; check the base URL and its port"
            ),
            Kind::NotSent => f.write_str(
                "the contract does not allow this token request, so it was not sent; change the settings",
            ),
            Kind::Timeout { limit } => write!(
                f,
                "the token refresh did not finish within {} s; try again later or raise `token_timeout`",
                limit.as_secs_f32()
            ),
            Kind::CredentialsProvider(_) => {
                f.write_str("the credentials provider failed; this error's source is the reason")
            }
            Kind::RuntimeShutdown => f.write_str(
                "the tokio runtime of the token refresh shut down; try again on a runtime that keeps running",
            ),
            Kind::NoRuntime => {
                f.write_str("there is no tokio runtime to send requests on; call this within one")
            }
            #[cfg(feature = "blocking")]
            Kind::BlockingInAsync => f.write_str(
                "a blocking call was made in async code, where it would block the runtime; use the async client, \
                 or make the call within `tokio::task::spawn_blocking`",
            ),
            #[cfg(feature = "blocking")]
            Kind::NoThread => f.write_str(
                "the thread that serves blocking calls could not be started; raise the limits of threads and open \
                 files, or try again later",
            ),
            Kind::LifetimeTooShort { lifetime, wanted } => write!(
                f,
                "access tokens have a lifetime of {} s, less than the required {} s; require a shorter validity",
                lifetime.as_secs(),
                wanted.as_secs_f32()
            ),
            Kind::ErrorResponse(response) => response.write(f, Responder::TokenEndpoint),
            Kind::Request(error) => error.fmt(f),
            Kind::InvalidResponse { status, body } => {
                write!(f, "the token endpoint responded with {status}, but {body}")
            }
        }
    }
}

impl fmt::Display for InvalidBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => f.write_str("its body is not a JSON object; check the base URL"),
            Self::DuplicateField => f.write_str(
                "its body repeats a field; a proxy may be altering responses, so check the proxies and the base URL",
            ),
            Self::TooLarge { limit } => {
                write!(f, "its body is larger than {limit} bytes; check the base URL")
            }
            Self::Field { name, problem } => {
                write!(
                    f,
                    "its field `{name}` {problem}; check the base URL, or report it to the operator of the API"
                )
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Kind::HttpSettings(error) | Kind::NotHttp { error, .. } => Some(error),
            Kind::CredentialsProvider(error) => Some(&**error),
            _ => self.http().map(|error| error as _),
        }
    }
}
