//! The `Authorization` header: Basic (RFC 7617) and Bearer (RFC 6750 §2.1) credentials.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::secret::Secret;

/// What a request says in its `Authorization` header.
pub(crate) enum Authorization<'r> {
    Absent,
    Given(&'r [u8]),
    /// More than one. Which one counts would be anybody's guess.
    Repeated,
}

impl<'r> Authorization<'r> {
    pub(crate) fn of(headers: &'r HeaderMap) -> Self {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        match (values.next(), values.next()) {
            (None, _) => Self::Absent,
            (Some(value), None) => Self::Given(value.as_bytes()),
            (Some(_), Some(_)) => Self::Repeated,
        }
    }
}

/// Client credentials from a Basic header.
pub(crate) struct Basic {
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
}

/// Reads `Basic base64(user ":" password)`, all of it UTF-8. The first colon is the separator: a user name has none,
/// a password may. Nothing is percent-decoded.
pub(crate) fn basic(header: &[u8]) -> Option<Basic> {
    let decoded = STANDARD.decode(after_scheme(header, "Basic")?).ok()?;
    let pair = String::from_utf8(decoded).ok()?;
    // RFC 7617 §2: control characters are allowed in neither part.
    if pair.bytes().any(|byte| byte.is_ascii_control()) {
        return None;
    }
    let (client_id, client_secret) = pair.split_once(':')?;
    Some(Basic { client_id: client_id.to_owned(), client_secret: Secret::new(client_secret) })
}

/// Reads `Bearer token`, where the token has the form of RFC 6750 §2.1's `b64token`.
pub(crate) fn bearer(header: &[u8]) -> Option<&str> {
    let token = std::str::from_utf8(after_scheme(header, "Bearer")?).ok()?;
    let unpadded = token.trim_end_matches('=');
    let well_formed = !unpadded.is_empty()
        && unpadded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte));
    well_formed.then_some(token)
}

/// What follows `scheme 1*SP`. The name of a scheme has no case (RFC 9110 §11.1).
fn after_scheme<'h>(header: &'h [u8], scheme: &str) -> Option<&'h [u8]> {
    let at = header.iter().position(|byte| *byte == b' ')?;
    let (name, rest) = header.split_at(at);
    let start = rest.iter().position(|byte| *byte != b' ')?;
    name.eq_ignore_ascii_case(scheme.as_bytes()).then_some(&rest[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the header reads as these two.
    fn reads_as(header: &str, id: &str, secret: &str) -> bool {
        basic(header.as_bytes()).is_some_and(|basic| {
            basic.client_id == id && bool::from(basic.client_secret.matches(&Secret::new(secret)))
        })
    }

    fn encoded(scheme: &str, pair: impl AsRef<[u8]>) -> String {
        format!("{scheme} {}", STANDARD.encode(pair))
    }

    #[test]
    fn basic_reads_user_and_password() {
        let cases = [
            ("Basic", "id:secret", "id", "secret"),
            ("basic", "id:secret", "id", "secret"),
            ("bASIC", "id:secret", "id", "secret"),
            ("Basic  ", "id:secret", "id", "secret"),
            ("Basic", "id:a:b:", "id", "a:b:"),
            ("Basic", "id:", "id", ""),
            ("Basic", ":secret", "", "secret"),
            ("Basic", "id:p%C3%A4ss+word", "id", "p%C3%A4ss+word"),
            ("Basic", "ïd:pässwörd 🔑", "ïd", "pässwörd 🔑"),
        ];
        for (scheme, pair, id, secret) in cases {
            assert!(reads_as(&encoded(scheme, pair), id, secret), "{scheme} {pair}");
        }
    }

    #[test]
    fn basic_refuses_everything_else() {
        let cases = [
            String::new(),
            "Basic".to_owned(),
            "Basic ".to_owned(),
            "Basic not base64!".to_owned(),
            "Basic aWQ6c2VjcmV".to_owned(),
            // The padding is part of Base64.
            "Basic aWQ6czE".to_owned(),
            "BasicaWQ6c2VjcmV0".to_owned(),
            "Basic\taWQ6c2VjcmV0".to_owned(),
            encoded("Bearer", "id:secret"),
            encoded("Basic", "no colon"),
            encoded("Basic", ""),
            encoded("Basic", b"id:\xff"),
            encoded("Basic", "id:sec\nret"),
            encoded("Basic", "i\0d:secret"),
        ];
        for header in cases {
            assert!(basic(header.as_bytes()).is_none(), "{header:?}");
        }
    }

    #[test]
    fn bearer_reads_the_token() {
        let cases: &[(&str, Option<&str>)] = &[
            ("Bearer abc", Some("abc")),
            ("bearer abc", Some("abc")),
            ("BEARER   abc", Some("abc")),
            ("Bearer aZ09-._~+/==", Some("aZ09-._~+/==")),
            ("", None),
            ("abc", None),
            ("Bearer", None),
            ("Bearer ", None),
            ("Bearer ==", None),
            ("Bearer a=b", None),
            ("Bearer a b", None),
            ("Bearer a,b", None),
            ("Bearer \"a\"", None),
            ("Bearer ä", None),
            ("Basic abc", None),
            ("Bearerabc", None),
        ];
        for (header, expected) in cases {
            assert_eq!(bearer(header.as_bytes()), *expected, "{header:?}");
        }
    }
}
