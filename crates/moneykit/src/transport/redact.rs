//! Redaction of secrets that a server quotes from a request.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::auth::{Credentials, basic_credentials};

/// The secrets of a request, which must not appear in an error.
#[derive(Default)]
pub(crate) struct Secrets<'a>(Vec<Cow<'a, str>>);

impl<'a> Secrets<'a> {
    pub(super) fn of(credentials: &'a Credentials) -> Self {
        let secret = credentials.client_secret().expose_secret();
        Self(vec![secret.into(), basic_credentials(credentials).into()])
    }

    pub(super) fn and(mut self, secret: &'a str) -> Self {
        self.0.push(secret.into());
        self
    }
}

/// Returns a server's text in a form that is safe to show: of bounded length, on one line, without secrets.
pub(super) fn sanitize(text: &str, Secrets(secrets): &Secrets<'_>) -> String {
    const MAX_CHARS: usize = 1_000;
    /// A URL within a URL is encoded twice.
    const MAX_ENCODINGS: usize = 3;

    // Control characters go first: a secret with a space would not be found if a line break stood in its place.
    let secrets: Vec<_> = secrets.iter().map(|secret| on_one_line(secret)).collect();
    let text = secrets.iter().fold(on_one_line(text), |text, secret| text.replace(secret, "[redacted]"));
    // An encoded secret has many forms, a decoded one has a single form. Host names are not case-sensitive.
    let contains_secret = [text.clone(), text.replace('+', " ")].into_iter().any(|mut text| {
        (0..MAX_ENCODINGS).any(|_| {
            text = on_one_line(&percent_decode_str(&text).decode_utf8_lossy());
            let text = text.to_lowercase();
            secrets.iter().any(|secret| text.contains(&secret.to_lowercase()))
        })
    });
    if contains_secret {
        return "[redacted]".to_owned();
    }
    text.chars().take(MAX_CHARS).collect()
}

fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if is_inline(c) { c } else { ' ' }).collect()
}

/// Returns true if a character neither ends its line nor reorders the text around it.
fn is_inline(c: char) -> bool {
    let separates_lines = matches!(c, '\u{2028}' | '\u{2029}');
    let reorders = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !(c.is_control() || separates_lines || reorders)
}
