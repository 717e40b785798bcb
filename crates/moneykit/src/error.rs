use std::fmt;
use std::sync::Arc;

use http::StatusCode;

/// Why there is no access token, or no client.
///
/// An error never holds a client secret, an access token, or the body of a response, so it is safe to log,
/// with [`source`](std::error::Error::source) and all. Cloning one is cheap.
///
/// | question | for |
/// |---|---|
/// | [`is_configuration`](Self::is_configuration) | a setting or an environment variable that has to change |
/// | [`is_unauthorized`](Self::is_unauthorized) | a client ID or secret that the server rejects |
/// | [`is_invalid_grant_type`](Self::is_invalid_grant_type) | a grant that the server does not give |
/// | [`is_connect`](Self::is_connect), [`is_timeout`](Self::is_timeout) | the network |
/// | [`is_invalid_response`](Self::is_invalid_response) | a success that carries no usable token |
/// | [`is_transient`](Self::is_transient) | whatever may pass by itself |
#[derive(Clone)]
pub struct Error(Arc<Kind>);

pub(crate) enum Kind {
    Configuration(Vec<Problem>),
    /// Nothing came back, or not all of it.
    Http(reqwest::Error),
    /// The contract has no room for the request.
    NotSent,
    /// The server answered, and not with a success.
    Refused(Refusal),
    /// The server answered with a success that is of no use.
    InvalidResponse {
        status: StatusCode,
        flaw: Flaw,
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

/// What could be read of an answer that is not a success.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: Option<ErrorCode>,
    pub(crate) message: Option<String>,
    pub(crate) documentation_url: Option<String>,
}

/// What is wrong with a success.
#[derive(Debug)]
pub(crate) enum Flaw {
    NotJson,
    FieldTwice,
    TooLarge { limit: usize },
    Field { name: &'static str, what: &'static str },
}

impl Error {
    /// Says whether a setting or an environment variable has to change before this can work. The message
    /// lists all of them.
    pub fn is_configuration(&self) -> bool {
        matches!(*self.0, Kind::Configuration(_))
    }

    /// Says whether the server rejected the credentials or the scopes: a 401.
    pub fn is_unauthorized(&self) -> bool {
        self.refused_with(StatusCode::UNAUTHORIZED)
    }

    /// Says whether the server rejected the kind of grant: a 400, which the contract has for that alone.
    pub fn is_invalid_grant_type(&self) -> bool {
        self.refused_with(StatusCode::BAD_REQUEST)
    }

    /// Says whether the server asked for fewer requests: a 429.
    pub fn is_rate_limited(&self) -> bool {
        self.refused_with(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Says whether no connection came about: DNS, TCP, TLS, or a proxy.
    pub fn is_connect(&self) -> bool {
        matches!(&*self.0, Kind::Http(error) if error.is_connect())
    }

    /// Says whether the answer was not complete in time.
    pub fn is_timeout(&self) -> bool {
        matches!(&*self.0, Kind::Http(error) if error.is_timeout())
    }

    /// Says whether the server reported success, but with an answer that holds no usable token.
    pub fn is_invalid_response(&self) -> bool {
        matches!(*self.0, Kind::InvalidResponse { .. })
    }

    /// Says whether the same request may succeed later with nothing changed: connection trouble, timeouts,
    /// interrupted answers, and the statuses 408, 429, 500, 502, 503 and 504.
    pub fn is_transient(&self) -> bool {
        match &*self.0 {
            Kind::Http(error) => !error.is_builder(),
            Kind::Refused(refusal) => matches!(refusal.status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504),
            Kind::Configuration(_) | Kind::NotSent | Kind::InvalidResponse { .. } => false,
        }
    }

    /// Returns the status of the server's answer, if one came.
    pub fn status(&self) -> Option<StatusCode> {
        match &*self.0 {
            Kind::Refused(Refusal { status, .. }) | Kind::InvalidResponse { status, .. } => Some(*status),
            Kind::Http(error) => error.status(),
            Kind::Configuration(_) | Kind::NotSent => None,
        }
    }

    /// Returns the server's error code (`error_code`, or the `error` of RFC 6749 §5.2).
    pub fn error_code(&self) -> Option<&ErrorCode> {
        self.refusal()?.code.as_ref()
    }

    /// Returns the server's message for people (`error_message`, or `error_description` of RFC 6749 §5.2),
    /// cut after 1,000 characters.
    pub fn message(&self) -> Option<&str> {
        self.refusal()?.message.as_deref()
    }

    /// Returns where the server says more about this error (`documentation_url`, or `error_uri`).
    pub fn documentation_url(&self) -> Option<&str> {
        self.refusal()?.documentation_url.as_deref()
    }

    /// Returns the name of the field of a successful answer that is missing or malformed.
    pub fn invalid_field(&self) -> Option<&'static str> {
        match &*self.0 {
            Kind::InvalidResponse { flaw: Flaw::Field { name, .. }, .. } => Some(name),
            _ => None,
        }
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

    fn refusal(&self) -> Option<&Refusal> {
        match &*self.0 {
            Kind::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    fn refused_with(&self, status: StatusCode) -> bool {
        self.refusal().is_some_and(|refusal| refusal.status == status)
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self(Arc::new(kind))
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        Kind::Http(error).into()
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
            Kind::Http(error) if error.is_timeout() => f.write_str("the token request timed out"),
            Kind::Http(error) if error.is_connect() => {
                f.write_str("no connection to the token endpoint could be made")
            }
            Kind::Http(error) if error.is_builder() => f.write_str("the HTTP client can't be built"),
            Kind::Http(_) => f.write_str("the token request was interrupted"),
            Kind::NotSent => {
                f.write_str("the contract does not allow such a token request; nothing was sent")
            }
            Kind::Refused(refusal) => write!(f, "{refusal}"),
            Kind::InvalidResponse { status, flaw } => {
                write!(f, "the token endpoint answered {status}, but {flaw}")
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the token endpoint answered {}", self.status)?;
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        Ok(())
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => f.write_str("its body is not a JSON object"),
            Self::FieldTwice => f.write_str("its body has a field twice"),
            Self::TooLarge { limit } => write!(f, "its body is larger than {limit} bytes"),
            Self::Field { name, what } => write!(f, "its field `{name}` {what}"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Configuration(problems) => f.debug_tuple("Configuration").field(problems).finish(),
            Kind::Http(error) => f.debug_tuple("Http").field(error).finish(),
            Kind::NotSent => f.write_str("NotSent"),
            Kind::Refused(refusal) => f.debug_tuple("Refused").field(refusal).finish(),
            Kind::InvalidResponse { status, flaw } => {
                f.debug_struct("InvalidResponse").field("status", status).field("flaw", flaw).finish()
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Kind::Http(error) => Some(error),
            _ => None,
        }
    }
}

/// A code by which the API says what went wrong, such as `api_error.auth.unauthorized`.
///
/// Known codes are constants; the API may send others, and they are kept as they came.
///
/// ```
/// use moneykit::ErrorCode;
///
/// # fn advice(code: &ErrorCode) -> &'static str {
/// if *code == ErrorCode::UNAUTHORIZED { "check the client secret" } else { "see the documentation" }
/// # }
/// # assert_eq!(advice(&ErrorCode::UNAUTHORIZED), "check the client secret");
/// # assert_eq!(advice(&ErrorCode::RATE_LIMIT_EXCEEDED), "see the documentation");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ErrorCode(std::borrow::Cow<'static, str>);

impl ErrorCode {
    /// `api_error.auth.unauthorized`: the credentials, the grant, the scopes or the token are not accepted.
    pub const UNAUTHORIZED: Self = Self::known("api_error.auth.unauthorized");
    /// `api_error.auth.expired_access_token`: the access token of a request has expired.
    pub const EXPIRED_ACCESS_TOKEN: Self = Self::known("api_error.auth.expired_access_token");
    /// `api_error.rate_limit_exceeded`: too many requests; wait before the next one.
    pub const RATE_LIMIT_EXCEEDED: Self = Self::known("api_error.rate_limit_exceeded");

    /// Returns the code as the API writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    const fn known(code: &'static str) -> Self {
        Self(std::borrow::Cow::Borrowed(code))
    }
}

impl From<String> for ErrorCode {
    fn from(code: String) -> Self {
        Self(code.into())
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
