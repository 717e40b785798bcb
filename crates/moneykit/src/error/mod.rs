//! The error type: kinds of failures, predicates that classify them, and messages that name the remedy.

mod chain;
mod code;
mod connect_failure;
mod log;
mod request;
mod response;
mod transport;

use std::any::Any;
use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

pub(crate) use chain::with_sources;
pub use code::ErrorCode;
pub(crate) use request::{JsonError, JsonProblem, RequestError};
pub(crate) use response::is_transient_status;
pub(crate) use response::{ErrorResponse, NotJson};
use response::{REMOVE_TOKEN_PATH, Responder, TypedBody, ends_with_token_path};
pub(crate) use transport::TransportError;

/// The error of building a client, of obtaining an access token, or of a request to the API.
///
/// An error never contains a client secret, an access token or the body of a response, so it is safe to log together
/// with its [`source`](std::error::Error::source). Cloning is cheap.
///
/// | predicate | returns true for |
/// |---|---|
/// | [`is_configuration`](Self::is_configuration) | an invalid setting or environment variable |
/// | [`is_token_request`](Self::is_token_request) | a failure to obtain an access token |
/// | [`is_unauthorized`](Self::is_unauthorized) | credentials, scopes or an access token that the server rejected |
/// | [`is_invalid_grant_type`](Self::is_invalid_grant_type) | a grant type that the server rejected |
/// | [`is_forbidden`](Self::is_forbidden) | an action that the server does not allow (403) |
/// | [`is_not_found`](Self::is_not_found) | a resource that the API does not have (404) |
/// | [`is_rate_limited`](Self::is_rate_limited) | too many requests (429) |
/// | [`is_server_error`](Self::is_server_error) | a failure of the server (5xx) |
/// | [`is_connect`](Self::is_connect) | a connection that could not be established |
/// | [`is_timeout`](Self::is_timeout) | a request or a token refresh that timed out |
/// | [`is_invalid_request`](Self::is_invalid_request) | a request that was not sent because it is invalid |
/// | [`is_invalid_response`](Self::is_invalid_response) | a successful response without a usable token, or of another type than expected |
/// | [`is_transient`](Self::is_transient) | a failure that may not recur on a later attempt |
///
/// [`find_in`](Self::find_in) finds an `Error` behind the error types of other libraries.
/// [`from_response_parts`](Self::from_response_parts) creates one from the response of another HTTP client.
#[derive(Debug, Clone)]
pub struct Error(Arc<Kind>);

/// The kind of an error, with its details.
#[derive(Debug)]
pub(crate) enum Kind {
    Configuration(Vec<Problem>),
    /// reqwest cannot build a client from the caller's HTTP settings.
    HttpSettings(reqwest::Error),
    /// A token request got no response, or an incomplete one.
    Http(TransportError),
    /// The credentials provider returned an error.
    CredentialsProvider(Box<dyn std::error::Error + Send + Sync>),
    /// The credentials provider panicked. The payload is not kept, since it may quote a secret.
    CredentialsProviderPanicked,
    /// The token refresh panicked elsewhere.
    RefreshPanicked,
    /// No request was sent, because the last refresh failed a moment ago. Predicates and accessors are those of the
    /// cause, except for `retry_after`.
    CoolingDown {
        cause: Error,
        /// The time until the next attempt.
        remaining: Duration,
    },
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
    /// The runtime was built without timers or without I/O.
    IncompleteRuntime,
    /// A token was to be requested by a client that has a static token and no credentials.
    StaticToken,
    /// A blocking call was made in async code.
    #[cfg(feature = "blocking")]
    BlockingInAsync,
    /// The thread that serves blocking calls could not be started.
    #[cfg(feature = "blocking")]
    NoThread,
    /// Another process was to request the token, and has not published it in time.
    #[cfg(feature = "token-store")]
    NotPublished,
    /// The token had expired when the caller received it.
    ExpiredOnArrival,
    /// The server's tokens have a shorter lifetime than the caller requires.
    LifetimeTooShort {
        lifetime: Duration,
        wanted: Duration,
    },
    /// The token endpoint responded with an unsuccessful status, or with an error in a successful response.
    ErrorResponse(ErrorResponse),
    /// A request to the rest of the API failed.
    Request(RequestError),
    /// The token endpoint responded with a successful status and an invalid body.
    InvalidResponse {
        base_url: String,
        status: StatusCode,
        body: InvalidBody,
    },
}

/// An invalid setting, and how to fix it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The name of the builder's method or of the environment variable.
    pub(crate) setting: Cow<'static, str>,
    /// The problem and its remedy, as a predicate of the setting: "is empty; set a value".
    pub(crate) what: String,
}

/// The reason why the body of a successful response is invalid.
#[derive(Debug)]
pub(crate) enum InvalidBody {
    NotJson(NotJson),
    DuplicateField,
    TooLarge { limit: usize },
    Field { name: &'static str, problem: &'static str },
}

impl Error {
    /// Returns true if settings or environment variables are invalid. The message lists all of them.
    pub fn is_configuration(&self) -> bool {
        matches!(*self.kind(), Kind::Configuration(_))
    }

    /// Returns true if no access token could be obtained, rather than that a request to the API failed.
    ///
    /// The two have statuses in common: [`is_unauthorized`](Self::is_unauthorized),
    /// [`is_forbidden`](Self::is_forbidden), [`is_rate_limited`](Self::is_rate_limited) and
    /// [`is_server_error`](Self::is_server_error) are true for both. A 403 of the token endpoint concerns the whole
    /// application, a 403 of a request one resource. With a wrong base URL, the token request fails, with 404 or
    /// whatever the server responds there:
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let wrong_url = format!("{}/v2", emulator.url());
    /// let client = moneykit::Client::builder().credentials("id", "secret").base_url(wrong_url).build()?;
    /// let error = client.get("/links/lnk_1").send().await.unwrap_err();
    /// assert!(error.is_token_request());
    /// assert!(!error.is_not_found()); // whether the link exists is not known
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_token_request(&self) -> bool {
        match &*self.0 {
            Kind::Configuration(_)
            | Kind::HttpSettings(_)
            | Kind::NoRuntime
            | Kind::IncompleteRuntime
            | Kind::Request(_) => false,
            #[cfg(feature = "blocking")]
            Kind::BlockingInAsync | Kind::NoThread => false,
            _ => true,
        }
    }

    /// Returns true if the server rejected the credentials, the scopes or the access token: it responded with 401.
    ///
    /// Returns true for the error code `invalid_client` of a token request as well, which may come with a 400 (RFC 6749
    /// §5.2) or, from some servers, with a 200.
    pub fn is_unauthorized(&self) -> bool {
        match self.kind() {
            Kind::ErrorResponse(response) => response.rejects_credentials(),
            _ => self.has_status(StatusCode::UNAUTHORIZED),
        }
    }

    /// Returns true if the server rejected the grant type: it responded with 400, which the contract documents for this
    /// reason only. Returns false if the response has an error code with another meaning; a gateway may send one.
    pub fn is_invalid_grant_type(&self) -> bool {
        let is_grant_code =
            |code: &ErrorCode| *code == ErrorCode::UNAUTHORIZED || code.as_str() == "unsupported_grant_type";
        matches!(*self.kind(), Kind::ErrorResponse(_))
            && self.has_status(StatusCode::BAD_REQUEST)
            && self.error_code().is_none_or(is_grant_code)
    }

    /// Returns true if the server understood the request and does not allow it: it responded with 403. The application
    /// lacks a permission, or its IP address is not allowed. A new token does not help.
    pub fn is_forbidden(&self) -> bool {
        self.has_status(StatusCode::FORBIDDEN)
    }

    /// Returns true if the API has no such resource: it responded to a request with 404.
    ///
    /// Returns false for 404s that say nothing about a resource, because the base URL is wrong: a 404 of the token
    /// endpoint, a 404 below a base URL that ends with `/auth/token`, and a 404 with an HTML page, which comes from
    /// another server or a gateway. [`status`](Self::status) is 404 for all of them.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder()
    /// #     .client("id", "secret")
    /// #     .stub("GET", "/links/lnk_1", 404, "{}")
    /// #     .start()?;
    /// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
    /// let link = match client.get("/links/lnk_1").send().await?.error_for_status().await {
    ///     Ok(response) => Some(response.text().await?),
    ///     Err(error) if error.is_not_found() => None,
    ///     Err(error) => return Err(error.into()),
    /// };
    /// # assert_eq!(link, None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_not_found(&self) -> bool {
        match self.kind() {
            Kind::Request(RequestError::Response(response)) => response.is_missing_resource(),
            _ => false,
        }
    }

    /// Returns true if the server, or a gateway in front of it, failed: it responded with a status from 500 to 599.
    /// Most of these are [transient](Self::is_transient), but not all: a 501 is not.
    pub fn is_server_error(&self) -> bool {
        self.response().is_some_and(|response| response.status.is_server_error())
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
        matches!(*self.kind(), Kind::Timeout { .. }) || self.http().is_some_and(reqwest::Error::is_timeout)
    }

    /// Returns true if a request is invalid and was not sent: its URL is not below the base URL, a parameter of its path
    /// is missing or has a value that no encoding makes safe (`..`), a value is not a valid header value, or it has an `Authorization` header of its own. The message names the remedy.
    pub fn is_invalid_request(&self) -> bool {
        matches!(*self.kind(), Kind::Request(RequestError::InvalidRequest { .. }))
    }

    /// Returns true if a response is unusable: the token endpoint responded successfully without a usable token, the
    /// response is not HTTP ([`status`](Self::status) is then `None`), or [`Response::json`](crate::Response::json)
    /// could not decode the body, or the body exceeds
    /// [`max_response_body_bytes`](crate::ClientBuilder::max_response_body_bytes).
    pub fn is_invalid_response(&self) -> bool {
        let is_invalid_body = matches!(
            *self.kind(),
            Kind::InvalidResponse { .. }
                | Kind::Request(
                    RequestError::Decode { .. }
                        | RequestError::BodyTooLarge { .. }
                        | RequestError::RepeatedCursor
                        | RequestError::Undocumented { .. }
                )
        );
        is_invalid_body || self.transport_error().is_some_and(TransportError::is_not_http)
    }

    /// Returns true if the same call may succeed later without a change: failed connections, timeouts, interrupted
    /// responses, a failed credentials provider, and the statuses 408, 425, 429, 500, 502 to 504, 520 to 524 and 529.
    ///
    /// Returns false for connections that fail until somebody changes something: the host's name does not exist, its
    /// certificate is not trusted, has expired or is for another host, the client and the server share no version of
    /// TLS, the proxy requires credentials, or the build has no TLS.
    pub fn is_transient(&self) -> bool {
        match self.kind() {
            Kind::ErrorResponse(response) => response.is_transient(),
            Kind::Request(error) => error.is_transient(),
            Kind::Http(error) => error.is_transient(),
            Kind::CredentialsProvider(_)
            | Kind::CredentialsProviderPanicked
            | Kind::RefreshPanicked
            | Kind::Timeout { .. }
            | Kind::ExpiredOnArrival
            | Kind::RuntimeShutdown => true,
            #[cfg(feature = "token-store")]
            Kind::NotPublished => true,
            // `kind` returns its cause.
            Kind::CoolingDown { cause, .. } => cause.is_transient(),
            Kind::Configuration(_)
            | Kind::HttpSettings(_)
            | Kind::NotSent
            | Kind::NoRuntime
            | Kind::IncompleteRuntime
            | Kind::StaticToken
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
        matches!(*self.kind(), Kind::BlockingInAsync)
    }

    /// Returns the status of the response, or `None` if there was no response.
    pub fn status(&self) -> Option<StatusCode> {
        match self.kind() {
            Kind::ErrorResponse(ErrorResponse { status, .. }) | Kind::InvalidResponse { status, .. } => {
                Some(*status)
            }
            Kind::Request(error) => error.status(),
            _ => None,
        }
    }

    /// Returns the delay that the server requests before the next attempt (`Retry-After`, RFC 9110 §10.2.3). If no
    /// request was sent because the last token refresh failed a moment ago, returns the time until the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        match &*self.0 {
            Kind::CoolingDown { remaining, .. } => Some(*remaining),
            _ => self.response()?.retry_after,
        }
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

    /// Returns the body of an error response to an operation of a generated client
    /// ([`include_client!`](crate::include_client)), if `T` is the type that the contract documents for the status, or, for
    /// an operation whose error responses have several types, the enum of these types in the module `responses`.
    ///
    /// Returns `None` if the body does not match that type, and for every other error. It is not part of the messages.
    pub fn body<T: 'static>(&self) -> Option<&T> {
        self.response()?.body.as_ref()?.get()
    }

    /// Returns the error with the body of its response. `part` returns what the body of its status is.
    pub(crate) fn with_body<T: Any + Send + Sync>(mut self, body: T, part: fn(&T) -> &dyn Any) -> Self {
        if let Some(Kind::Request(RequestError::Response(response))) = Arc::get_mut(&mut self.0) {
            response.body = Some(TypedBody::new(body, part));
        }
        self
    }

    /// Returns the name of the field that is missing from a successful token response, or malformed in it.
    pub fn invalid_field(&self) -> Option<&'static str> {
        match self.kind() {
            Kind::InvalidResponse { body: InvalidBody::Field { name, .. }, .. } => Some(name),
            _ => None,
        }
    }

    /// Returns true if the server rejected the request: it responded with 400, 401 or 403, or with an error in a
    /// successful response.
    pub(crate) fn is_rejection(&self) -> bool {
        self.response().is_some_and(ErrorResponse::is_rejection)
    }

    /// Returns the error of a call that sent nothing, because the last refresh failed with this error.
    pub(crate) fn while_cooling_down(&self, remaining: Duration) -> Self {
        match &*self.0 {
            Kind::CoolingDown { cause, .. } => cause.while_cooling_down(remaining),
            _ => Kind::CoolingDown { cause: self.clone(), remaining }.into(),
        }
    }

    /// Returns true if no request was sent because the last refresh failed a moment ago.
    pub(crate) fn is_cooling_down(&self) -> bool {
        matches!(*self.0, Kind::CoolingDown { .. })
    }

    /// Returns the kind of this error, or of its cause if no request was sent.
    fn kind(&self) -> &Kind {
        &self.root().0
    }

    /// Returns the configuration error of one setting.
    pub(crate) fn setting(setting: &'static str, what: &str) -> Self {
        Self::configuration(vec![Problem::new(setting, what)])
    }

    pub(crate) fn configuration(problems: Vec<Problem>) -> Self {
        Kind::Configuration(problems).into()
    }

    /// Returns the problems of a configuration error, so that they can be reported together with others.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        match self.kind() {
            Kind::Configuration(problems) => problems.clone(),
            _ => Vec::new(),
        }
    }

    fn response(&self) -> Option<&ErrorResponse> {
        match self.kind() {
            Kind::ErrorResponse(response) => Some(response),
            Kind::Request(error) => error.response(),
            _ => None,
        }
    }

    fn http(&self) -> Option<&reqwest::Error> {
        self.transport_error().map(TransportError::error)
    }

    fn transport_error(&self) -> Option<&TransportError> {
        match self.kind() {
            Kind::Http(error) | Kind::Request(RequestError::Http(error)) => Some(error),
            _ => None,
        }
    }

    fn has_status(&self, status: StatusCode) -> bool {
        self.response().is_some_and(|response| response.status == status)
    }
}

impl Problem {
    pub(crate) fn new(setting: impl Into<Cow<'static, str>>, what: impl Into<String>) -> Self {
        Self { setting: setting.into(), what: what.into() }
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self(Arc::new(kind))
    }
}

/// For settings that also accept values of their own type, which cannot be invalid.
impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
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
            Kind::Http(error) => error.write(f, Responder::TokenEndpoint),
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
            Kind::CredentialsProviderPanicked => f.write_str(
                "the credentials provider panicked; correct it, or return its failures as errors (the panic hook shows \
                 the message of the panic)",
            ),
            Kind::RefreshPanicked => f.write_str(
                "the token refresh panicked; report this to the authors of this crate (the panic hook shows the \
                 message of the panic)",
            ),
            Kind::CoolingDown { cause, remaining } => write!(
                f,
                "no request was sent: the last token refresh failed ({cause}); the next attempt is due in {:.1} s",
                remaining.as_secs_f64()
            ),
            Kind::RuntimeShutdown => f.write_str(
                "the tokio runtime of the token refresh shut down; try again on a runtime that keeps running",
            ),
            #[cfg(feature = "token-store")]
            Kind::NotPublished => f.write_str(
                "another process requests the access token for all, and has not published it in time; try again later",
            ),
            Kind::ExpiredOnArrival => f.write_str(
                "the access token had expired when its response arrived: the machine was suspended, or the response took \
                 longer than the token lives; try again",
            ),
            Kind::IncompleteRuntime => f.write_str(
                "the tokio runtime has no timers or no I/O, which requests need; build it with `enable_all`",
            ),
            Kind::NoRuntime => {
                f.write_str("there is no tokio runtime to send requests on; call this within one")
            }
            Kind::StaticToken => f.write_str(
                "the client has a static token and no credentials, so it cannot request a token; build a client with \
                 credentials",
            ),
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
            Kind::InvalidResponse { base_url, status, body } => {
                let (problem, remedy) = (body, body.remedy(base_url));
                write!(f, "the token endpoint of {base_url} responded with {status}, but {problem}; {remedy}")
            }
        }
    }
}

impl InvalidBody {
    /// Returns what to do about it, as an imperative.
    fn remedy(&self, base_url: &str) -> &'static str {
        if ends_with_token_path(base_url) {
            return REMOVE_TOKEN_PATH;
        }
        match self {
            Self::NotJson(NotJson::Empty | NotJson::NotObject) | Self::TooLarge { .. } => {
                "check the base URL"
            }
            Self::NotJson(_) => {
                "a proxy or a portal may have responded, so check the base URL and the network"
            }
            Self::DuplicateField => {
                "a proxy may be altering responses, so check the proxies and the base URL"
            }
            Self::Field { .. } => "check the base URL, or report it to the operator of the API",
        }
    }
}

impl fmt::Display for InvalidBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(content) => write!(f, "its body {content} and is not a JSON object"),
            Self::DuplicateField => f.write_str("its body repeats a field"),
            Self::TooLarge { limit } => write!(f, "its body is larger than {limit} bytes"),
            Self::Field { name, problem } => write!(f, "its field `{name}` {problem}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.kind() {
            Kind::HttpSettings(error) => Some(error),
            Kind::CredentialsProvider(error) => Some(&**error),
            _ => self.http().map(|error| error as _),
        }
    }
}
