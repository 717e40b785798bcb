//! Removal of client secrets and access tokens from what the journal keeps.

use std::borrow::Cow;

use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::secret::{REDACTED, Secret};
use crate::session::clients::Clients;
use crate::session::stubs::percent_decode;
use crate::session::tokens;

/// The size of the part of a body that the journal keeps.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// What follows the kept part of a body and is redacted with it, so that a secret at its end is recognized.
const MARGIN_BYTES: usize = 4 * 1024;

/// Fields of forms, queries and JSON whose values are always redacted.
const SECRET_FIELDS: [&str; 9] = [
    "access_token",
    "api_key",
    "client_assertion",
    "client_secret",
    "id_token",
    "password",
    "refresh_token",
    "secret",
    "token",
];

/// Headers whose values are always redacted, apart from `Authorization`, which keeps its scheme.
const SECRET_HEADERS: [HeaderName; 4] = [
    COOKIE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("x-emulator-key"),
];

/// Redacts the parts of one request.
///
/// It replaces values by their place, access tokens by their form, and by their value the secrets of registered clients
/// and the token of the request, even if they are in the wrong place. Values of less than 8 bytes are replaced by place
/// only, since they may occur in other text by chance.
pub(crate) struct Redactor<'r> {
    clients: &'r Clients,
    /// The presented token, which may be one of another server.
    presented: Option<Secret>,
}

impl<'r> Redactor<'r> {
    pub(crate) fn new(clients: &'r Clients, headers: &HeaderMap) -> Self {
        let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let credentials = authorization.map(|value| value.rsplit(' ').next().unwrap_or_default());
        let presented = credentials.filter(|value| value.len() >= Clients::MIN_REDACTED_BYTES);
        Self { clients, presented: presented.map(Secret::new) }
    }

    pub(crate) fn path<'t>(&self, path: &'t str) -> Cow<'t, str> {
        // As a whole first, since a secret may contain slashes.
        let redacted = self.values(path);
        if redacted.contains('%') {
            let segments: Vec<_> = redacted.split('/').map(|segment| self.component(segment)).collect();
            return Cow::Owned(segments.join("/"));
        }
        redacted
    }

    /// Redacts text that quotes parts of the request.
    pub(crate) fn text(&self, text: &str) -> String {
        self.component(text).into_owned()
    }

    /// Redacts a query or a form.
    pub(crate) fn pairs(&self, pairs: &str) -> String {
        let mut redacted = String::with_capacity(pairs.len());
        let is_encoded = pairs.contains('%') || pairs.contains('+');
        let encoded = |text| if is_encoded { self.encoded(text) } else { Cow::Borrowed(text) };
        for (index, pair) in pairs.split('&').enumerate() {
            if index > 0 {
                redacted.push('&');
            }
            let (name, value) = match pair.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (pair, None),
            };
            redacted += &encoded(name);
            let Some(value) = value else { continue };
            redacted.push('=');
            let is_secret = is_secret_field(name) || (is_encoded && is_secret_field(&decoded(name)));
            if !value.is_empty() && is_secret {
                redacted += REDACTED;
            } else {
                redacted += &encoded(value);
            }
        }
        match self.values(&redacted) {
            Cow::Owned(redacted) => redacted,
            Cow::Borrowed(_) => redacted,
        }
    }

    /// Redacts a body and cuts it to the size that is kept. Returns `None` if it is empty or is not text.
    pub(crate) fn body(&self, body: &[u8], is_form: bool) -> Option<String> {
        let considered = &body[..body.len().min(MAX_BODY_BYTES + MARGIN_BYTES)];
        let text = match std::str::from_utf8(considered) {
            Ok(text) => text,
            // The cut may have split the last character.
            Err(error) if error.error_len().is_none() => {
                std::str::from_utf8(&considered[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(_) => return None,
        };
        if text.is_empty() {
            return None;
        }
        let mut text = if is_form {
            self.pairs(text)
        } else {
            self.values(&self.json(text).map_or(Cow::Borrowed(text), Cow::Owned)).into_owned()
        };
        let end = (0..=MAX_BODY_BYTES.min(text.len())).rev().find(|index| text.is_char_boundary(*index));
        text.truncate(end.unwrap_or_default());
        Some(text)
    }

    pub(crate) fn headers(&self, headers: &mut HeaderMap) {
        for (name, value) in headers.iter_mut() {
            if *name == AUTHORIZATION {
                *value = redacted_authorization(value);
            } else if SECRET_HEADERS.contains(name) {
                *value = HeaderValue::from_static(REDACTED);
            } else if let Ok(text) = value.to_str()
                && let redacted = self.component(text)
                && redacted != text
            {
                *value = HeaderValue::from_str(&redacted).unwrap_or(HeaderValue::from_static(REDACTED));
            }
        }
    }

    /// Redacts a percent-encoded part.
    fn component<'t>(&self, text: &'t str) -> Cow<'t, str> {
        // Most parts are short, and all that is recognized by its value is longer.
        if text.len() < Clients::MIN_REDACTED_BYTES {
            return Cow::Borrowed(text);
        }
        match self.values(text) {
            Cow::Borrowed(text) => self.encoded(text),
            Cow::Owned(redacted) => Cow::Owned(self.encoded(&redacted).into_owned()),
        }
    }

    /// Replaces a part whose percent-encoding hides what is to be redacted.
    fn encoded<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match decoded(text) {
            Cow::Owned(decoded) if matches!(self.values(&decoded), Cow::Owned(_)) => Cow::Borrowed(REDACTED),
            _ => Cow::Borrowed(text),
        }
    }

    /// Redacts secret fields of JSON, and secrets that its escapes hide. Returns `None` if there are none, so that the
    /// text stays as it was.
    fn json(&self, text: &str) -> Option<String> {
        if !text.starts_with(['{', '[', '"', ' ', '\n', '\r', '\t']) {
            return None;
        }
        let mut value: Value = serde_json::from_str(text).ok()?;
        self.redact_json(&mut value).then(|| value.to_string())
    }

    fn redact_json(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => {
                let Cow::Owned(redacted) = self.values(text) else { return false };
                *text = redacted;
                true
            }
            Value::Array(items) => {
                items.iter_mut().fold(false, |changed, item| self.redact_json(item) | changed)
            }
            Value::Object(members) => members.iter_mut().fold(false, |changed, (name, member)| {
                if is_secret_field(name) && !member.is_null() {
                    *member = Value::from(REDACTED);
                    return true;
                }
                self.redact_json(member) | changed
            }),
            _ => false,
        }
    }

    /// Replaces access tokens and known secrets. The text is owned if it has one.
    fn values<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        redact_tokens(&mut text);
        self.clients.redact(&mut text);
        if let Some(presented) = &self.presented {
            presented.redact(&mut text);
        }
        text
    }
}

fn is_secret_field(name: &str) -> bool {
    SECRET_FIELDS.iter().any(|field| name.eq_ignore_ascii_case(field))
}

/// Keeps the scheme only.
fn redacted_authorization(value: &HeaderValue) -> HeaderValue {
    let scheme = value.to_str().ok().and_then(|value| value.split_once(' ')).map(|(scheme, _)| scheme);
    match scheme {
        Some(scheme) if scheme.eq_ignore_ascii_case("Bearer") => {
            HeaderValue::from_static("Bearer [redacted]")
        }
        Some(scheme) if scheme.eq_ignore_ascii_case("Basic") => HeaderValue::from_static("Basic [redacted]"),
        // Another scheme may be a token without one.
        _ => HeaderValue::from_static(REDACTED),
    }
}

/// Decodes text that is percent-encoded, as all other text stays as it is.
fn decoded(text: &str) -> Cow<'_, str> {
    if text.contains('%') || text.contains('+') {
        Cow::Owned(percent_decode(text))
    } else {
        Cow::Borrowed(text)
    }
}

/// Replaces each run of digits that is long enough to contain an access token of an emulator.
fn redact_tokens(text: &mut Cow<'_, str>) {
    const TOKEN_BYTES: usize = 64;
    let is_digit = |byte: &u8| tokens::digit(*byte).is_some();
    // What precedes the start is no digit, or redacted.
    let mut start = 0;
    while let Some(window) = text.as_bytes().get(start..start + TOKEN_BYTES) {
        let Some(other) = window.iter().rposition(|byte| !is_digit(byte)) else {
            let run = text.as_bytes()[start..].iter().take_while(|byte| is_digit(byte)).count();
            text.to_mut().replace_range(start..start + run, REDACTED);
            start += REDACTED.len();
            continue;
        };
        // No token contains this byte.
        start += other + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::clients::RegisteredClient;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const SECRET: &str = "s\"cret & ünique";

    fn assert_redacted(check: impl Fn(&Redactor<'_>)) {
        let clients =
            Clients::new(&[RegisteredClient::new("id", SECRET), RegisteredClient::new("b", "s")]).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer of-another-server"));
        check(&Redactor::new(&clients, &headers));
    }

    #[test]
    fn every_run_of_64_digits_is_replaced() {
        let filler = "0f".repeat(40);
        for (text, expected) in [
            (TOKEN.to_owned(), "[redacted]".to_owned()),
            (format!("{TOKEN}{TOKEN}0 {TOKEN}"), "[redacted] [redacted]".to_owned()),
            (format!("x{TOKEN}x{TOKEN}"), "x[redacted]x[redacted]".to_owned()),
            (format!("{}g{}", &filler[..63], &TOKEN[..63]), format!("{}g{}", &filler[..63], &TOKEN[..63])),
            (format!("{}ä{TOKEN}ü", &filler[..50]), format!("{}ä[redacted]ü", &filler[..50])),
        ] {
            let mut redacted = Cow::Borrowed(&*text);
            redact_tokens(&mut redacted);
            assert_eq!(redacted, expected);
        }
    }

    #[test]
    fn paths_and_queries_contain_no_secret() {
        assert_redacted(|redactor| {
            for (path, expected) in [
                ("/links/lnk_1", "/links/lnk_1"),
                (&*format!("/a/{TOKEN}/b"), "/a/[redacted]/b"),
                ("/of-another-server", "/[redacted]"),
                ("/s%22cret%20%26%20%C3%BCnique/b", "/[redacted]/b"),
            ] {
                assert_eq!(redactor.path(path), expected);
            }
            for (query, expected) in [
                ("page=2&x", "page=2&x"),
                ("client_secret=s&a=b", "client_secret=[redacted]&a=b"),
                ("Access%5FToken=t", "Access%5FToken=[redacted]"),
                ("client_secret=", "client_secret="),
                ("a=s%22cret+%26+%C3%BCnique&b=1", "a=[redacted]&b=1"),
                (&*format!("a={TOKEN}{TOKEN}&b={TOKEN}"), "a=[redacted]&b=[redacted]"),
            ] {
                assert_eq!(redactor.pairs(query), expected);
            }
        });
    }

    #[test]
    fn bodies_contain_no_secret() {
        assert_redacted(|redactor| {
            let escaped = serde_json::to_string(SECRET).unwrap();
            for (body, expected) in [
                (r#"{"amount": 10.50}"#, r#"{"amount": 10.50}"#),
                (&*format!(r#"{{"a": [{escaped}]}}"#), r#"{"a":["[redacted]"]}"#),
                (r#"{"a": {"client_secret": "s"}}"#, r#"{"a":{"client_secret":"[redacted]"}}"#),
                (SECRET, "[redacted]"),
                (&*format!("x {TOKEN}"), "x [redacted]"),
            ] {
                assert_eq!(redactor.body(body.as_bytes(), false).unwrap(), expected);
            }
            assert_eq!(redactor.body(b"client_secret=s&b=1", true).unwrap(), "client_secret=[redacted]&b=1");
            assert_eq!(redactor.body(b"\xff\xfe", false), None);
            assert_eq!(redactor.body(b"", false), None);

            // A token across the end of the kept part, and a character across the end of what is considered.
            let body = format!("{}{TOKEN}{}", "x".repeat(MAX_BODY_BYTES - 1), "ü".repeat(MARGIN_BYTES));
            let kept = redactor.body(body.as_bytes(), false).unwrap();
            assert_eq!(kept, format!("{}[", "x".repeat(MAX_BODY_BYTES - 1)));
        });
    }

    #[test]
    fn headers_contain_no_secret() {
        assert_redacted(|redactor| {
            let mut headers = HeaderMap::new();
            for (name, value) in [
                ("authorization", "bearer abc"),
                ("authorization", "Basic abc"),
                ("authorization", "naked"),
                ("authorization", "Naked token"),
                ("cookie", "a=b"),
                ("x-emulator-key", "k"),
                ("x-other", "of-another-server"),
                ("accept", "s"),
            ] {
                headers.append(name, HeaderValue::from_static(value));
            }
            redactor.headers(&mut headers);
            let values = |name: &str| {
                headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>()
            };
            assert_eq!(
                values("authorization"),
                ["Bearer [redacted]", "Basic [redacted]", "[redacted]", "[redacted]"]
            );
            for name in ["cookie", "x-emulator-key", "x-other"] {
                assert_eq!(values(name), ["[redacted]"]);
            }
            assert_eq!(values("accept"), ["s"]);
        });
    }
}
