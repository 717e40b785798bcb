//! Errors: what failed, whose fault it is, and what to do about it.

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
pub(crate) use response::ErrorResponse;
use response::Responder;

pub(crate) use request::{JsonError, RequestError};

/// Why there is no access token, no client, or no answer to a request.
///
/// An error never holds a client secret, an access token, or the body of a response, so it is safe to log,
/// with [`source`](std::error::Error::source) and all. Cloning one is cheap.
///
/// | question | for |
/// |---|---|
/// | [`is_configuration`](Self::is_configuration) | a setting or an environment variable that has to change |
/// | [`is_unauthorized`](Self::is_unauthorized) | a client ID, a secret or a token that the server rejects |
/// | [`is_invalid_grant_type`](Self::is_invalid_grant_type) | a grant that the server does not give |
/// | [`is_connect`](Self::is_connect), [`is_timeout`](Self::is_timeout) | the network |
/// | [`is_invalid_request`](Self::is_invalid_request) | a request that can't be sent as it is |
/// | [`is_invalid_response`](Self::is_invalid_response) | an answer that carries no usable token, or not what was asked for |
/// | [`is_transient`](Self::is_transient) | whatever may pass by itself |
#[derive(Clone)]
pub struct Error(Arc<Kind>);

#[derive(Debug)]
pub(crate) enum Kind {
    Configuration(Vec<Problem>),
    /// The caller's HTTP settings make no client, or refuse the base URL.
    HttpSettings(reqwest::Error),
    /// Nothing came back, or not all of it.
    Http {
        error: reqwest::Error,
        base_url: String,
    },
    /// What came back is not HTTP, or has headers without end.
    NotHttp {
        error: reqwest::Error,
        base_url: String,
    },
    /// The caller's own provider gave no credentials.
    CredentialsProvider(Box<dyn std::error::Error + Send + Sync>),
    /// The contract has no room for the request.
    NotSent,
    /// All tries together took too long.
    Timeout {
        limit: Duration,
    },
    /// The runtimes that the request was made on ended, one after the other.
    RuntimeShutdown,
    /// There is no runtime to make the request on.
    NoRuntime,
    /// A blocking call was made in async code.
    #[cfg(feature = "blocking")]
    BlockingInAsync,
    /// The thread behind blocking calls can't be started.
    #[cfg(feature = "blocking")]
    NoThread,
    /// The server's tokens do not live as long as the caller wants.
    LifetimeTooShort {
        lifetime: Duration,
        wanted: Duration,
    },
    /// The server answered, and not with a success.
    ErrorResponse(ErrorResponse),
    /// A request to the rest of the API failed.
    Request(RequestError),
    /// The server answered with a success that is of no use.
    InvalidResponse {
        status: StatusCode,
        body: InvalidBody,
    },
}

/// A setting that can't be used, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The name of the builder's method or of the environment variable.
    pub(crate) setting: &'static str,
    /// What is wrong with it and what to do, in words that follow the setting's name.
    pub(crate) what: String,
}

/// What is wrong with a success.
#[derive(Debug)]
pub(crate) enum InvalidBody {
    NotJson,
    DuplicateField,
    TooLarge { limit: usize },
    Field { name: &'static str, problem: &'static str },
}

impl Error {
    /// Says whether a setting or an environment variable has to change before this can work. The message
    /// lists all of them.
    pub fn is_configuration(&self) -> bool {
        matches!(*self.0, Kind::Configuration(_))
    }

    /// Says whether the server rejected the credentials, the scopes or the token: a 401.
    pub fn is_unauthorized(&self) -> bool {
        self.has_status(StatusCode::UNAUTHORIZED)
    }

    /// Says whether the server rejected the kind of grant: a 400, which the contract has for that alone. One
    /// with a code that means something else, as a gateway may send it, does not count.
    pub fn is_invalid_grant_type(&self) -> bool {
        let means_grant =
            |code: &ErrorCode| *code == ErrorCode::UNAUTHORIZED || code.as_str() == "unsupported_grant_type";
        matches!(*self.0, Kind::ErrorResponse(_))
            && self.has_status(StatusCode::BAD_REQUEST)
            && self.error_code().is_none_or(means_grant)
    }

    /// Says whether the server asked for fewer requests: a 429.
    pub fn is_rate_limited(&self) -> bool {
        self.has_status(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Says whether no connection came about: DNS, TCP, TLS, or a proxy.
    pub fn is_connect(&self) -> bool {
        self.http().is_some_and(reqwest::Error::is_connect)
    }

    /// Says whether the answer was not complete in time.
    pub fn is_timeout(&self) -> bool {
        matches!(*self.0, Kind::Timeout { .. }) || self.http().is_some_and(reqwest::Error::is_timeout)
    }

    /// Says whether a request can't be sent as it is: its path leaves the API, a value fits in no header, or it
    /// brings an `Authorization` of its own. The message says what to change. Nothing was sent.
    pub fn is_invalid_request(&self) -> bool {
        matches!(*self.0, Kind::Request(RequestError::InvalidRequest { .. }))
    }

    /// Says whether the server reported success, but with an answer that holds no usable token; whether what it
    /// sent is no HTTP answer at all ([`status`](Self::status) is `None` then); or whether the body of an answer is
    /// not what [`Response::json`](crate::Response::json) was to make of it.
    pub fn is_invalid_response(&self) -> bool {
        matches!(
            *self.0,
            Kind::InvalidResponse { .. } | Kind::NotHttp { .. } | Kind::Request(RequestError::Decode { .. })
        )
    }

    /// Says whether the same request may succeed later with nothing changed: connection trouble, timeouts,
    /// interrupted answers, and the statuses 408, 429, 500, 502, 503 and 504.
    pub fn is_transient(&self) -> bool {
        match &*self.0 {
            Kind::ErrorResponse(response) => response.is_transient(),
            Kind::Request(fault) => fault.is_transient(),
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

    /// Says whether a call of a [blocking client](crate::blocking) was made in async code, where it would keep
    /// the runtime from all other work. Nothing was sent.
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

    /// Returns the status of the server's answer, if one came.
    pub fn status(&self) -> Option<StatusCode> {
        match &*self.0 {
            Kind::ErrorResponse(ErrorResponse { status, .. }) | Kind::InvalidResponse { status, .. } => {
                Some(*status)
            }
            Kind::Request(fault) => fault.status(),
            _ => None,
        }
    }

    /// Returns how long the server asked to wait before the next request (`Retry-After`, RFC 9110 §10.2.3).
    pub fn retry_after(&self) -> Option<Duration> {
        self.response()?.retry_after
    }

    /// Returns the server's error code (`error_code`, or the `error` of RFC 6749 §5.2).
    pub fn error_code(&self) -> Option<&ErrorCode> {
        self.response()?.code.as_ref()
    }

    /// Returns the server's message for people (`error_message`, or `error_description` of RFC 6749 §5.2),
    /// cut after 1,000 characters.
    pub fn message(&self) -> Option<&str> {
        self.response()?.message.as_deref()
    }

    /// Returns where the server says more about this error (`documentation_url`, or `error_uri`).
    pub fn documentation_url(&self) -> Option<&str> {
        self.response()?.documentation_url.as_deref()
    }

    /// Returns the name of the field of a successful answer that is missing or malformed.
    pub fn invalid_field(&self) -> Option<&'static str> {
        match &*self.0 {
            Kind::InvalidResponse { body: InvalidBody::Field { name, .. }, .. } => Some(name),
            _ => None,
        }
    }

    /// Says whether the server understood the request and will not have it: 400, 401 or 403.
    pub(crate) fn is_rejection(&self) -> bool {
        self.response().is_some_and(|response| matches!(response.status.as_u16(), 400 | 401 | 403))
    }

    /// Makes an error of one setting.
    pub(crate) fn setting(setting: &'static str, what: &str) -> Self {
        Self::configuration(vec![Problem { setting, what: what.to_owned() }])
    }

    pub(crate) fn configuration(problems: Vec<Problem>) -> Self {
        Kind::Configuration(problems).into()
    }

    /// Returns the problems of a configuration error, to be reported together with others.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        match &*self.0 {
            Kind::Configuration(problems) => problems.clone(),
            _ => Vec::new(),
        }
    }

    fn response(&self) -> Option<&ErrorResponse> {
        match &*self.0 {
            Kind::ErrorResponse(response) => Some(response),
            Kind::Request(fault) => fault.response(),
            _ => None,
        }
    }

    fn http(&self) -> Option<&reqwest::Error> {
        match &*self.0 {
            Kind::Http { error, .. } => Some(error),
            Kind::Request(fault) => fault.http(),
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
                f.write_str("the client can't be built: ")?;
                for (index, Problem { setting, what }) in problems.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "; " };
                    write!(f, "{separator}{setting} {what}")?;
                }
                Ok(())
            }
            Kind::HttpSettings(_) => f.write_str(
                "no request can be made with these HTTP settings; correct what this error's source names",
            ),
            Kind::Http { error, base_url } if error.is_connect() => {
                write!(f, "no connection to {base_url} could be made; check the base URL and the network")
            }
            Kind::Http { error, base_url } if error.is_timeout() => write!(
                f,
                "{base_url} did not answer the token request in time; try again later or raise `token_attempt_timeout`"
            ),
            Kind::Http { base_url, .. } => {
                write!(f, "the connection to {base_url} broke during the token request; try again later")
            }
            Kind::NotHttp { base_url, .. } => write!(
                f,
                "what {base_url} answered is not HTTP, or too long a head; check the base URL and its port"
            ),
            Kind::NotSent => f.write_str(
                "the contract does not allow such a token request; nothing was sent, so change the settings",
            ),
            Kind::Timeout { limit } => write!(
                f,
                "no access token came within {} s, with all tries; try again or raise `token_timeout`",
                limit.as_secs_f32()
            ),
            Kind::CredentialsProvider(_) => {
                f.write_str("the credentials provider gave no credentials; its own error says why")
            }
            Kind::RuntimeShutdown => f.write_str(
                "the runtime ended while the access token was requested; ask again on one that goes on",
            ),
            Kind::NoRuntime => {
                f.write_str("there is no tokio runtime to make requests on; call this inside of one")
            }
            #[cfg(feature = "blocking")]
            Kind::BlockingInAsync => f.write_str(
                "a blocking call was made in async code, which it would hold up; use the async client there, \
                 or make the call within `tokio::task::spawn_blocking`",
            ),
            #[cfg(feature = "blocking")]
            Kind::NoThread => f.write_str(
                "the thread behind blocking calls can't be started; raise the limits of threads and open files, \
                 or try again later",
            ),
            Kind::LifetimeTooShort { lifetime, wanted } => write!(
                f,
                "access tokens live {} s, which is less than the {} s asked for; ask for less",
                lifetime.as_secs(),
                wanted.as_secs_f32()
            ),
            Kind::ErrorResponse(response) => response.write(f, Responder::TokenEndpoint),
            Kind::Request(fault) => write!(f, "{fault}"),
            Kind::InvalidResponse { status, body } => {
                write!(f, "the token endpoint answered {status}, but {body}")
            }
        }
    }
}

impl fmt::Display for InvalidBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => f.write_str("its body is not a JSON object; check the base URL"),
            Self::DuplicateField => f.write_str(
                "its body has a field twice, as a forged one may; check what is between here and there",
            ),
            Self::TooLarge { limit } => {
                write!(f, "its body is larger than {limit} bytes; check the base URL")
            }
            Self::Field { name, problem } => {
                write!(
                    f,
                    "its field `{name}` {problem}; check the base URL, or report it to whoever runs the API"
                )
            }
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
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
