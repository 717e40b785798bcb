use std::borrow::Cow;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::{Bytes, BytesMut};
use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use moneykit_gen::types;
use percent_encoding::percent_decode_str;
use reqwest::{Response, ResponseBuilderExt, Url};
use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::clock::Moment;
use crate::credentials::Credentials;
use crate::error::{self, Error, ErrorCode, Flaw, Refusal};
use crate::retry::retry_after;
use crate::token::AccessToken;

/// What the token endpoint answered.
pub(super) struct Answer {
    url: Url,
    status: StatusCode,
    headers: HeaderMap,
    /// Where the answer points to, without what a server may have put there for the next to read.
    location: Option<String>,
    /// `None` for a body over the limit.
    body: Option<Bytes>,
}

/// An answer is read up to this many bytes. A token's is a few hundred.
const LIMIT: usize = 64 * 1024;

impl Answer {
    #[cfg(any(test, fuzzing))]
    pub(super) fn new(url: Url, status: StatusCode, headers: HeaderMap, body: &[u8]) -> Self {
        let body = (body.len() <= LIMIT).then(|| Bytes::copy_from_slice(body));
        let location = location(&url, &headers);
        Self { url, status, headers, location, body }
    }

    /// Reads a response to its end, or to the limit.
    pub(super) async fn read(mut response: Response) -> reqwest::Result<Self> {
        let mut body = BytesMut::new();
        let mut fits = true;
        while let Some(chunk) = response.chunk().await? {
            fits = body.len() + chunk.len() <= LIMIT;
            if !fits {
                break;
            }
            body.extend_from_slice(&chunk);
        }
        let (url, status, headers) = (response.url().clone(), response.status(), response.headers().clone());
        let location = location(&url, &headers);
        Ok(Self { url, status, headers, location, body: fits.then(|| body.freeze()) })
    }

    /// Makes a token of the answer, or an error that says why there is none.
    ///
    /// Any success will do: MoneyKit answers 201, strict OAuth 2 servers 200.
    pub(super) fn into_token(
        self,
        requested: Moment,
        credentials: &Credentials,
        wall: Duration,
    ) -> Result<AccessToken, Error> {
        if !self.status.is_success() {
            return Err(error::Kind::Refused(self.refusal(&Secrets::of(credentials), wall)).into());
        }
        self.token(requested)
            .map_err(|flaw| error::Kind::InvalidResponse { status: self.status, flaw }.into())
    }

    /// Says whether the generated code can decode the answer, and so will not quote it in an error.
    pub(super) fn is_decodable(&self) -> bool {
        let Some(body) = &self.body else { return false };
        if self.status.is_success() {
            serde_json::from_slice::<types::AccessToken>(body).is_ok()
        } else {
            serde_json::from_slice::<types::ErrorResponse>(body).is_ok()
        }
    }

    pub(super) fn into_response(mut self) -> Response {
        let body = self.body.take().unwrap_or_default();
        self.respond(body)
    }

    pub(super) fn without_body(&self) -> Response {
        self.respond(Bytes::new())
    }

    fn respond(&self, body: Bytes) -> Response {
        let response = http::Response::builder().status(self.status).url(self.url.clone()).body(body);
        let mut response = response.expect("a status and a URL that were in an answer before");
        *response.headers_mut() = self.headers.clone();
        response.into()
    }

    fn token(&self, requested: Moment) -> Result<AccessToken, Flaw> {
        let body = self.body.as_deref().ok_or(Flaw::TooLarge { limit: LIMIT })?;
        let decoded = serde_json::from_slice::<types::AccessToken>(body).map_err(|_| diagnose(body))?;
        let field = |name, what| Flaw::Field { name, what };
        if !decoded.token_type.eq_ignore_ascii_case("bearer") {
            return Err(field("token_type", "is not `bearer`"));
        }
        let value = SecretString::from(decoded.access_token.expose_secret());
        AccessToken::new(value, Duration::from_secs(decoded.expires_in), requested)
            .map_err(|what| field("access_token", what))
    }

    /// Reads what the server says of why it refused a request; `secrets` are what it may have quoted from it.
    pub(super) fn refusal(&self, secrets: &Secrets<'_>, wall: Duration) -> Refusal {
        let body = self.body.as_deref().unwrap_or_default();
        let fields = serde_json::from_slice::<Map<String, Value>>(body).unwrap_or_default();
        let read = |names: &[&str]| {
            let texts = names.iter().filter_map(|name| fields.get(*name)?.as_str());
            texts.map(|text| for_people(text, secrets)).find(|text| !text.is_empty())
        };
        // The documented name first, then that of RFC 6749 §5.2, then what frameworks and gateways call it.
        Refusal {
            status: self.status,
            code: read(&["error_code", "error"]).map(ErrorCode::from),
            message: read(&["error_message", "error_description", "message", "detail"]),
            documentation_url: read(&["documentation_url", "error_uri"]),
            retry_after: (self.headers.get(RETRY_AFTER))
                .and_then(|value| retry_after(value.to_str().ok()?, wall)),
            location: (self.location.as_deref())
                .filter(|_| self.status.is_redirection())
                .map(|location| for_people(location, secrets)),
        }
    }
}

/// Returns where an answer points to: no user, no query and no fragment, which is where secrets travel.
fn location(url: &Url, headers: &HeaderMap) -> Option<String> {
    let mut url = url.join(headers.get(LOCATION)?.to_str().ok()?).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    // Only what has a host can have a user.
    (url.has_host() && url.set_username("").is_ok() && url.set_password(None).is_ok()).then(|| url.into())
}

/// Finds out why a body is no token. The decoder's own words would do, but they quote the body.
fn diagnose(body: &[u8]) -> Flaw {
    /// A field, whether a value is of its kind, and what to say of one that is not.
    type Kind = (&'static str, fn(&Value) -> bool, &'static str);
    const KINDS: [Kind; 3] = [
        ("access_token", Value::is_string, "is not a text"),
        ("token_type", Value::is_string, "is not a text"),
        ("expires_in", Value::is_u64, "is not a whole number of seconds, zero or more"),
    ];
    let Ok(fields) = serde_json::from_slice::<Map<String, Value>>(body) else { return Flaw::NotJson };
    for (name, is_right, what) in KINDS {
        match fields.get(name) {
            None => return Flaw::Field { name, what: "is missing" },
            Some(value) if !is_right(value) => return Flaw::Field { name, what },
            Some(_) => {}
        }
    }
    // Each field is fine as the lenient reader sees it, which takes the last of two.
    Flaw::FieldTwice
}

/// What a server may quote from a request, and nobody shall read in an error.
#[derive(Default)]
pub(super) struct Secrets<'a>(Vec<Cow<'a, str>>);

impl<'a> Secrets<'a> {
    pub(super) fn of(credentials: &'a Credentials) -> Self {
        let secret = credentials.client_secret().expose_secret();
        let basic = BASE64_STANDARD.encode(format!("{}:{secret}", credentials.client_id().as_str()));
        Self(vec![secret.into(), basic.into()])
    }

    pub(super) fn and(mut self, secret: &'a str) -> Self {
        self.0.push(secret.into());
        self
    }
}

/// Makes a server's text fit for an error: of bounded length, on one line, and without the secrets, which a
/// server may have quoted from the request.
fn for_people(text: &str, Secrets(secrets): &Secrets<'_>) -> String {
    const LONGEST: usize = 1_000;
    /// One address within another is encoded twice.
    const LAYERS: usize = 3;

    // On one line before anything is looked for: a line break where a secret has a space would become one.
    let secrets: Vec<_> = secrets.iter().map(|secret| on_one_line(secret)).collect();
    let text = secrets.iter().fold(on_one_line(text), |text, secret| text.replace(secret, "[redacted]"));
    // Encoded, a secret has too many forms to look for each of them; decoded it has one. A host has no case.
    let holds_secret = [text.clone(), text.replace('+', " ")].into_iter().any(|mut text| {
        (0..LAYERS).any(|_| {
            text = on_one_line(&percent_decode_str(&text).decode_utf8_lossy());
            let text = text.to_lowercase();
            secrets.iter().any(|secret| text.contains(&secret.to_lowercase()))
        })
    });
    if holds_secret {
        return "[redacted]".to_owned();
    }
    text.chars().take(LONGEST).collect()
}

fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if is_plain(c) { c } else { ' ' }).collect()
}

/// Says whether a character stays in its line and leaves the others in their order.
fn is_plain(c: char) -> bool {
    let separates_lines = matches!(c, '\u{2028}' | '\u{2029}');
    let reorders = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !(c.is_control() || separates_lines || reorders)
}
