//! Responses that are read to their end, within a bound, before anything decodes them.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode};
use moneykit_gen::types;
use reqwest::{Response, ResponseBuilderExt, Url};
use secrecy::SecretString;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::redact::{Secrets, sanitize};
use super::retry_after::requested_delay;
use crate::auth::Credentials;
use crate::defaults::MAX_BUFFERED_BODY_BYTES as MAX_BODY_BYTES;
use crate::error::{Error, ErrorCode, ErrorResponse, InvalidBody, Kind, NotJson};
use crate::evidence::UnauthorizedCause;

/// A response with its body in memory.
pub(crate) struct BufferedResponse {
    /// The base URL for error messages.
    base_url: String,
    url: Url,
    status: StatusCode,
    headers: HeaderMap,
    /// The redirect target without its user, query and fragment.
    location: Option<String>,
    /// `None` if the body exceeds [`MAX_BODY_BYTES`].
    body: Option<Bytes>,
}

/// The payload of a successful token response.
pub(crate) struct TokenResponse {
    pub(crate) access_token: SecretString,
    pub(crate) expires_in: Duration,
}

impl BufferedResponse {
    #[cfg(any(test, fuzzing))]
    pub(crate) fn new(url: Url, status: StatusCode, headers: HeaderMap, body: &[u8]) -> Self {
        let body = (body.len() <= MAX_BODY_BYTES).then(|| Bytes::copy_from_slice(body));
        let location = location(Some(&url), &headers);
        Self { base_url: url.to_string(), url, status, headers, location, body }
    }

    /// Reads a response to its end, or until its body exceeds the bound. `base_url` is for error messages.
    pub(super) async fn read(mut response: Response, base_url: &str) -> reqwest::Result<Self> {
        let mut body = BytesMut::new();
        let mut fits = true;
        while let Some(chunk) = response.chunk().await? {
            fits = body.len() + chunk.len() <= MAX_BODY_BYTES;
            if !fits {
                break;
            }
            body.extend_from_slice(&chunk);
        }
        let (url, status, headers) = (response.url().clone(), response.status(), response.headers().clone());
        let location = location(Some(&url), &headers);
        let body = fits.then(|| body.freeze());
        Ok(Self { base_url: base_url.to_owned(), url, status, headers, location, body })
    }

    /// Decodes a token response, or returns the error that says why there is no token.
    ///
    /// Every 2xx is a success: MoneyKit sends 201, other OAuth 2.0 servers send 200. Some servers send errors with a 200
    /// as well. `wall` is the present as the time since the Unix epoch.
    pub(crate) fn into_token_response(
        self,
        credentials: &Credentials,
        wall: Duration,
    ) -> Result<TokenResponse, Error> {
        if !self.status.is_success() || self.is_error_in_success() {
            let error = self.error_response(&Secrets::of(credentials), wall);
            return Err(Kind::ErrorResponse(error).into());
        }
        let body = match self.decode() {
            Ok(token) => return Ok(token),
            Err(body) => body,
        };
        Err(Kind::InvalidResponse { base_url: self.base_url, status: self.status, body }.into())
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns true if the body is an error of OAuth 2.0 or of MoneyKit instead of a token.
    fn is_error_in_success(&self) -> bool {
        let fields = self.fields();
        let is_code = |name| fields.get(name).and_then(Value::as_str).is_some_and(|code| !code.is_empty());
        !fields.contains_key("access_token") && (is_code("error") || is_code("error_code"))
    }

    fn fields(&self) -> Map<String, Value> {
        fields(self.body.as_deref())
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns true if the generated code can decode the body, and so does not quote it in an error.
    pub(super) fn is_decodable(&self) -> bool {
        let Some(body) = &self.body else { return false };
        if self.status.is_success() {
            serde_json::from_slice::<types::AccessToken>(body).is_ok()
        } else {
            serde_json::from_slice::<types::ErrorResponse>(body).is_ok()
        }
    }

    /// Returns the response with its body, or with an empty one if the body exceeds the bound.
    pub(super) fn into_response(mut self) -> Response {
        let body = self.body.take().unwrap_or_default();
        self.with_body(body)
    }

    /// Returns the response with an empty body.
    pub(super) fn without_body(&self) -> Response {
        self.with_body(Bytes::new())
    }

    fn with_body(&self, body: Bytes) -> Response {
        let response = http::Response::builder().status(self.status).url(self.url.clone()).body(body);
        let mut response = response.expect("the status and the URL are those of a response");
        *response.headers_mut() = self.headers.clone();
        response.into()
    }

    fn decode(&self) -> Result<TokenResponse, InvalidBody> {
        let body = self.body.as_deref().ok_or(InvalidBody::TooLarge { limit: MAX_BODY_BYTES })?;
        let decoded =
            serde_json::from_slice::<types::AccessToken>(body).map_err(|_| diagnose(&self.headers, body))?;
        if !decoded.token_type.eq_ignore_ascii_case("bearer") {
            return Err(InvalidBody::Field { name: "token_type", problem: "is not `bearer`" });
        }
        Ok(TokenResponse {
            access_token: SecretString::from(decoded.access_token.expose_secret()),
            expires_in: Duration::from_secs(decoded.expires_in),
        })
    }

    /// Reads the error fields of a response, without `secrets`.
    pub(super) fn error_response(&self, secrets: &Secrets<'_>, wall: Duration) -> ErrorResponse {
        let parts = ResponseParts {
            base_url: &self.base_url,
            status: self.status,
            headers: &self.headers,
            location: self.location.as_deref(),
            body: self.body.as_deref(),
        };
        parts.error_response(secrets, wall)
    }
}

/// The parts of a response that an error shows.
struct ResponseParts<'a> {
    base_url: &'a str,
    status: StatusCode,
    headers: &'a HeaderMap,
    location: Option<&'a str>,
    /// `None` if the body exceeds [`MAX_BODY_BYTES`].
    body: Option<&'a [u8]>,
}

impl ResponseParts<'_> {
    fn error_response(&self, secrets: &Secrets<'_>, wall: Duration) -> ErrorResponse {
        let fields = fields(self.body);
        let read = |names: &[&str]| {
            let texts = names.iter().filter_map(|name| fields.get(*name)?.as_str());
            texts.map(|text| sanitize(text, secrets)).find(|text| !text.is_empty())
        };
        // FastAPI describes an invalid request as a list of problems.
        let problem = || {
            let text = fields.get("detail")?.get(0)?.get("msg")?.as_str()?;
            Some(sanitize(text, secrets)).filter(|text| !text.is_empty())
        };
        // The documented name first, then that of RFC 6749 §5.2, then those of common frameworks and gateways.
        ErrorResponse {
            base_url: self.base_url.to_owned(),
            status: self.status,
            code: read(&["error_code", "error"]).map(ErrorCode::from),
            message: read(&["error_message", "error_description", "message", "detail"]).or_else(problem),
            documentation_url: read(&["documentation_url", "error_uri"]),
            retry_after: requested_delay(self.headers, wall),
            location: (self.location)
                .filter(|_| self.status.is_redirection())
                .map(|location| sanitize(location, secrets)),
            not_json: (self.body)
                .filter(|body| serde_json::from_slice::<IgnoredAny>(body).is_err())
                .map(|body| not_json(&BodyHeaders::of(self.headers), body)),
            body: None,
        }
    }
}

/// Reads what the body of a 401 says about the token, and returns the response as it was. A body that is too long for an
/// error of MoneyKit's, or of unknown length and not JSON, is not read.
pub(crate) async fn unauthorized_cause(response: Response) -> reqwest::Result<(Response, UnauthorizedCause)> {
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_readable = match response.content_length() {
        Some(length) => length <= MAX_BODY_BYTES as u64,
        None => content_type.is_some_and(|content_type| content_type.contains("json")),
    };
    if !is_readable {
        return Ok((response, UnauthorizedCause::Unknown));
    }
    // The response becomes no error here, so no message needs the base URL.
    let response = BufferedResponse::read(response, "").await?;
    let fields = response.fields();
    let code = fields.get("error_code").and_then(Value::as_str);
    let cause = if code == Some(ErrorCode::EXPIRED_ACCESS_TOKEN.as_str()) {
        UnauthorizedCause::Expired
    } else {
        UnauthorizedCause::Unknown
    };
    Ok((response.into_response(), cause))
}

/// Returns the error of a response that another HTTP client received.
pub(super) fn error_of_parts(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    wall: Duration,
) -> ErrorResponse {
    let location = location(None, headers);
    let body = (body.len() <= MAX_BODY_BYTES).then_some(body);
    let parts = ResponseParts { base_url: "", status, headers, location: location.as_deref(), body };
    parts.error_response(&Secrets::default(), wall)
}

/// Returns the fields of a JSON object, and none for any other body.
fn fields(body: Option<&[u8]>) -> Map<String, Value> {
    serde_json::from_slice(body.unwrap_or_default()).unwrap_or_default()
}

/// Returns the redirect target without its user, query and fragment, which may hold secrets. `url` is that of the
/// request, if it is known; without it, a relative target leads nowhere.
fn location(url: Option<&Url>, headers: &HeaderMap) -> Option<String> {
    let target = headers.get(LOCATION)?.to_str().ok()?;
    let url = url.map_or_else(|| Url::parse(target), |url| url.join(target));
    let mut url = url.ok()?;
    url.set_query(None);
    url.set_fragment(None);
    // Only a URL with a host can have a user.
    (url.has_host() && url.set_username("").is_ok() && url.set_password(None).is_ok()).then(|| url.into())
}

/// Returns why a body is not a token response. The decoder's own message would quote the body.
fn diagnose(headers: &HeaderMap, body: &[u8]) -> InvalidBody {
    /// A field's name, a check of its value, and the problem if the check fails.
    type Field = (&'static str, fn(&Value) -> bool, &'static str);
    const FIELDS: [Field; 3] = [
        ("access_token", Value::is_string, "is not a string"),
        ("token_type", Value::is_string, "is not a string"),
        ("expires_in", Value::is_u64, "is not a whole number of seconds, zero or more"),
    ];
    let Ok(fields) = serde_json::from_slice::<Map<String, Value>>(body) else {
        return InvalidBody::NotJson(not_json(&BodyHeaders::of(headers), body));
    };
    for (name, is_valid, problem) in FIELDS {
        match fields.get(name) {
            None => return InvalidBody::Field { name, problem: "is missing" },
            Some(value) if !is_valid(value) => return InvalidBody::Field { name, problem },
            Some(_) => {}
        }
    }
    // Each field is valid to the lenient reader, which takes the last of several.
    InvalidBody::DuplicateField
}

/// The headers that describe a body.
pub(crate) struct BodyHeaders {
    content_type: Option<HeaderValue>,
    content_encoding: Option<HeaderValue>,
}

impl BodyHeaders {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let copy = |name| headers.get(name).cloned();
        Self { content_type: copy(CONTENT_TYPE), content_encoding: copy(CONTENT_ENCODING) }
    }
}

/// Describes a body that is not a JSON object, without its text.
pub(crate) fn not_json(headers: &BodyHeaders, body: &[u8]) -> NotJson {
    /// Media types of proxies, portals and other servers.
    const MEDIA_TYPES: [&str; 15] = [
        "application/grpc",
        "application/javascript",
        "application/json",
        "application/octet-stream",
        "application/pdf",
        "application/problem+json",
        "application/x-www-form-urlencoded",
        "application/xhtml+xml",
        "application/xml",
        "multipart/form-data",
        "text/css",
        "text/html",
        "text/javascript",
        "text/plain",
        "text/xml",
    ];
    const CODINGS: [&str; 5] = ["br", "compress", "deflate", "gzip", "zstd"];

    // A header could quote a secret, so only texts of this file are shown.
    let known = |header: &Option<HeaderValue>, texts: &[&'static str]| {
        let value = header.as_ref()?.to_str().ok()?;
        let value = value.split(';').next().unwrap_or_default().trim();
        texts.iter().copied().find(|text| text.eq_ignore_ascii_case(value))
    };
    if body.is_empty() {
        NotJson::Empty
    } else if let Some(coding) = known(&headers.content_encoding, &CODINGS) {
        NotJson::Compressed(coding)
    } else if body.starts_with(b"\xef\xbb\xbf")
        || body.starts_with(b"\xff\xfe")
        || body.starts_with(b"\xfe\xff")
    {
        NotJson::ByteOrderMark
    } else if serde_json::from_slice::<IgnoredAny>(body).is_ok() {
        NotJson::NotObject
    } else {
        known(&headers.content_type, &MEDIA_TYPES).map_or(NotJson::Undeclared, NotJson::Declared)
    }
}
