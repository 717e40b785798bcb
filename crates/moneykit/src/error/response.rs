//! Error responses of the token endpoint and the API.

use std::any::Any;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

use super::ErrorCode;

/// The parts of an unsuccessful response that an error shows. Its texts are sanitized.
#[derive(Debug, Default)]
pub(crate) struct ErrorResponse {
    /// Empty if it is not known.
    pub(crate) base_url: String,
    /// A successful one if the body is an OAuth 2.0 error nevertheless.
    pub(crate) status: StatusCode,
    pub(crate) code: Option<ErrorCode>,
    pub(crate) message: Option<String>,
    pub(crate) documentation_url: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// The target of a redirect.
    pub(crate) location: Option<String>,
    /// The content of a body that is not JSON. `None` if the body is JSON or too large.
    pub(crate) not_json: Option<NotJson>,
    /// The body in the type of a contract.
    pub(crate) body: Option<TypedBody>,
}

/// The body of an error response in a type that generated code knows.
pub(crate) struct TypedBody(Box<dyn Body>);

/// A body whose type depends on the status has a part that has the type of one status.
trait Body: Send + Sync {
    fn whole(&self) -> &dyn Any;
    fn part(&self) -> &dyn Any;
}

struct Parted<T> {
    body: T,
    part: fn(&T) -> &dyn Any,
}

impl<T: Any + Send + Sync> Body for Parted<T> {
    fn whole(&self) -> &dyn Any {
        &self.body
    }

    fn part(&self) -> &dyn Any {
        (self.part)(&self.body)
    }
}

impl TypedBody {
    pub(super) fn new<T: Any + Send + Sync>(body: T, part: fn(&T) -> &dyn Any) -> Self {
        Self(Box::new(Parted { body, part }))
    }

    pub(super) fn get<T: 'static>(&self) -> Option<&T> {
        self.0.whole().downcast_ref().or_else(|| self.0.part().downcast_ref())
    }
}

impl fmt::Debug for TypedBody {
    // A body may quote the request.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedBody")
    }
}

/// The content of a body that is not a JSON object. It has no text of the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotJson {
    Empty,
    /// JSON of another type.
    NotObject,
    /// The content coding, such as `gzip`.
    Compressed(&'static str),
    ByteOrderMark,
    /// The declared media type.
    Declared(&'static str),
    Undeclared,
}

/// The part of the server that sent a response.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Responder {
    TokenEndpoint,
    Api,
}

/// The statuses that may be different for a later attempt. Cloudflare sends those from 520 to 524, and overloaded
/// gateways send 529.
pub(crate) fn is_transient_status(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429 | 500 | 502..=504 | 520..=524 | 529)
}

/// Returns true if a base URL ends with the path of the token endpoint, which the client appends itself.
pub(super) fn ends_with_token_path(base_url: &str) -> bool {
    base_url.ends_with("/auth/token")
}

/// The remedy for such a base URL.
pub(super) const REMOVE_TOKEN_PATH: &str =
    "remove `/auth/token` from the base URL, because the client appends the paths itself";

impl ErrorResponse {
    /// Creates an error response that has only a status.
    #[cfg(test)]
    pub(crate) fn new(status: StatusCode) -> Self {
        Self { status, ..Self::default() }
    }

    pub(super) fn is_transient(&self) -> bool {
        is_transient_status(self.status) || self.is_temporary_error_in_success()
    }

    /// Returns true if the token endpoint rejected the client's credentials: it responded with 401, or with
    /// `invalid_client` (RFC 6749 §5.2), which may come with a 400.
    pub(super) fn rejects_credentials(&self) -> bool {
        let code = self.code.as_ref();
        let has_code = match self.status.as_u16() {
            // MoneyKit's own code has several meanings in a 400.
            200..300 => code.is_some_and(|code| *code == ErrorCode::UNAUTHORIZED || is_invalid_client(code)),
            400 => code.is_some_and(is_invalid_client),
            _ => false,
        };
        self.status == StatusCode::UNAUTHORIZED || has_code
    }

    /// Returns true if the token endpoint rejected the request, so that it will reject the same request again.
    pub(super) fn is_rejection(&self) -> bool {
        matches!(self.status.as_u16(), 400 | 401 | 403)
            || (self.status.is_success() && !self.is_temporary_error_in_success())
    }

    /// Returns true if the status says that a resource does not exist, rather than that the base URL is wrong.
    pub(super) fn is_missing_resource(&self) -> bool {
        let is_page = matches!(self.not_json, Some(NotJson::Declared("text/html" | "application/xhtml+xml")));
        self.status == StatusCode::NOT_FOUND && !is_page && !self.is_misled_by_token_path()
    }

    fn is_temporary_error_in_success(&self) -> bool {
        let is_temporary = |code: &ErrorCode| {
            *code == ErrorCode::RATE_LIMIT_EXCEEDED
                || matches!(code.as_str(), "temporarily_unavailable" | "server_error")
        };
        self.status.is_success() && self.code.as_ref().is_some_and(is_temporary)
    }

    /// Writes the status, the server's message and the remedy.
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, responder: Responder) -> fmt::Result {
        let name = match responder {
            Responder::TokenEndpoint => "the token endpoint",
            Responder::Api => "the API",
        };
        f.write_str(name)?;
        // The response of another client may come from anywhere.
        if !self.base_url.is_empty() {
            write!(f, " of {}", self.base_url)?;
        }
        write!(f, " responded with {}", self.status)?;
        if self.status.is_success() {
            f.write_str(", but its body is an error")?;
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        if let Some(location) = &self.location {
            write!(f, "; it points to {location}")?;
        }
        if let Some(not_json) = self.not_json.filter(|not_json| not_json.is_foreign()) {
            write!(f, "; its body {not_json} and is not JSON, so a proxy or a portal may have responded")?;
        }
        match (self.retry_after, is_transient_status(self.status)) {
            (Some(delay), true) if delay.as_secs() > 0 => write!(f, "; try again in {} s", delay.as_secs()),
            _ => write!(f, "; {}", self.remedy(responder)),
        }
    }

    /// Returns what to do about it, as an imperative.
    fn remedy(&self, responder: Responder) -> &'static str {
        use Responder::{Api, TokenEndpoint};
        let code = self.code.as_ref().map_or("", ErrorCode::as_str);
        match (self.status.as_u16(), responder) {
            _ if self.is_transient() => "try again later",
            (300..=405, _) if self.is_misled_by_token_path() => REMOVE_TOKEN_PATH,
            (300..400, TokenEndpoint) => "redirects are not followed, so check the base URL",
            (300..400, Api) => "redirects are not followed, so check the path",
            (400, TokenEndpoint) if self.rejects_credentials() => {
                "check the client ID and the client secret, and that they belong to the environment of the base URL"
            }
            (400, TokenEndpoint) if code == "invalid_scope" => "check the scopes",
            (400, TokenEndpoint) => "check the base URL, and that the application may use client credentials",
            (400 | 422, Api) => "check the parameters and the body of the request",
            (200..300 | 401 | 422, TokenEndpoint) => "check the client ID, the client secret and the scopes",
            (401, Api) => {
                "check the scopes, and that the credentials belong to the environment of the base URL"
            }
            (403, _) => "check the permissions of the application and its allowed IP addresses",
            (404, Api) => "check the path and the IDs in it, and the base URL",
            (407, _) => "check the credentials of the proxy",
            (525 | 526, _) => "tell the operator of the API: its gateway cannot connect to it by TLS",
            (_, TokenEndpoint) => "check the base URL",
            (_, Api) => "look up the status in the API's documentation",
        }
    }

    /// Returns true if the status is one that a wrong path causes, and the base URL has such a path.
    fn is_misled_by_token_path(&self) -> bool {
        ends_with_token_path(&self.base_url)
            && (self.status.is_redirection() || matches!(self.status.as_u16(), 400 | 404 | 405))
    }
}

fn is_invalid_client(code: &ErrorCode) -> bool {
    code.as_str() == "invalid_client"
}

impl NotJson {
    /// Returns true if another server than the API may have sent the body.
    fn is_foreign(self) -> bool {
        !matches!(self, Self::Empty | Self::NotObject)
    }
}

/// Writes a predicate of the body.
impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::NotObject => f.write_str("is JSON of another type"),
            Self::Compressed(coding) => write!(f, "is compressed with {coding}"),
            Self::ByteOrderMark => f.write_str("begins with a byte order mark"),
            Self::Declared(media_type) => write!(f, "is declared as {media_type}"),
            Self::Undeclared => f.write_str("has no known content type"),
        }
    }
}
