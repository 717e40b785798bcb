//! Parsing of the `Authorization` header: Basic (RFC 7617) and Bearer (RFC 6750 §2.1) credentials.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::form;
use crate::secret::Secret;

/// The `Authorization` header of a request.
pub(crate) enum AuthorizationHeader<'r> {
    Absent,
    Single(&'r [u8]),
    /// The header is there more than once, so it is ambiguous which one applies.
    Repeated,
}

impl<'r> AuthorizationHeader<'r> {
    pub(crate) fn from_headers(headers: &'r HeaderMap) -> Self {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        match (values.next(), values.next()) {
            (None, _) => Self::Absent,
            (Some(value), None) => Self::Single(value.as_bytes()),
            (Some(_), Some(_)) => Self::Repeated,
        }
    }
}

/// Client credentials from a Basic header.
pub(crate) struct BasicCredentials {
    pub(crate) client_id: String,
    pub(crate) client_secret: Secret,
}

/// Returns true for Basic credentials whose user and password are both empty.
pub(crate) fn is_empty_basic(header: &[u8]) -> bool {
    parse_basic(header).is_some_and(|basic| {
        basic.client_id.is_empty() && bool::from(basic.client_secret.ct_eq(&Secret::new("")))
    })
}

/// Parses `Basic base64(user-id ":" password)` in UTF-8.
///
/// The first colon is the separator, since a password may contain colons and a user ID may not. Nothing is
/// percent-decoded.
pub(crate) fn parse_basic(header: &[u8]) -> Option<BasicCredentials> {
    let pair = basic_pair(header)?;
    let (client_id, client_secret) = pair.split_once(':')?;
    Some(BasicCredentials { client_id: client_id.to_owned(), client_secret: Secret::new(client_secret) })
}

/// Parses a header whose two parts are encoded as in a form, which RFC 6749 §2.3.1 requires and RFC 7617 does not. Returns
/// `None` if they do not look encoded.
pub(crate) fn parse_encoded_basic(header: &[u8]) -> Option<BasicCredentials> {
    let pair = basic_pair(header)?;
    let (client_id, client_secret) = pair.split_once(':').filter(|_| pair.contains(['%', '+']))?;
    let client_id = form::decode(client_id).ok()?.into_owned();
    Some(BasicCredentials { client_id, client_secret: Secret::new(form::decode(client_secret).ok()?) })
}

fn basic_pair(header: &[u8]) -> Option<String> {
    let decoded = STANDARD.decode(strip_scheme(header, "Basic")?).ok()?;
    let pair = String::from_utf8(decoded).ok()?;
    // RFC 7617 §2 allows control characters in neither part.
    if pair.bytes().any(|byte| byte.is_ascii_control()) {
        return None;
    }
    Some(pair)
}

/// Parses `Bearer b64token` (RFC 6750 §2.1) and returns the token.
pub(crate) fn parse_bearer(header: &[u8]) -> Option<&str> {
    let token = std::str::from_utf8(strip_scheme(header, "Bearer")?).ok()?;
    let unpadded = token.trim_end_matches('=');
    let well_formed = !unpadded.is_empty()
        && unpadded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte));
    well_formed.then_some(token)
}

/// Returns the part after `scheme 1*SP`, or `None` for another scheme. Scheme names are case-insensitive (RFC 9110
/// §11.1).
fn strip_scheme<'h>(header: &'h [u8], scheme: &str) -> Option<&'h [u8]> {
    let end = header.iter().position(|byte| *byte == b' ')?;
    let (name, rest) = header.split_at(end);
    let start = rest.iter().position(|byte| *byte != b' ')?;
    name.eq_ignore_ascii_case(scheme.as_bytes()).then_some(&rest[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns true if the header holds these credentials.
    fn parses_to(header: &str, id: &str, secret: &str) -> bool {
        parse_basic(header.as_bytes()).is_some_and(|basic| {
            basic.client_id == id && bool::from(basic.client_secret.ct_eq(&Secret::new(secret)))
        })
    }

    fn encoded(scheme: &str, pair: impl AsRef<[u8]>) -> String {
        format!("{scheme} {}", STANDARD.encode(pair))
    }

    #[test]
    fn basic_credentials_are_split_at_the_first_colon() {
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
            assert!(parses_to(&encoded(scheme, pair), id, secret), "{scheme} {pair}");
        }
    }

    #[test]
    fn encoded_basic_credentials_are_decoded() {
        for (pair, expected) in [
            ("live%5F1:a%2Bb+%3A%C3%A4", Some(("live_1", "a+b :ä"))),
            ("id:a+b", Some(("id", "a b"))),
            ("id:secret", None),
            ("id:100%", None),
            ("id%FF:secret", None),
        ] {
            let basic = parse_encoded_basic(encoded("Basic", pair).as_bytes());
            assert_eq!(basic.is_some(), expected.is_some(), "{pair}");
            if let Some((basic, (id, secret))) = basic.zip(expected) {
                assert_eq!(basic.client_id, id);
                assert!(bool::from(basic.client_secret.ct_eq(&Secret::new(secret))), "{pair}");
            }
        }
    }

    #[test]
    fn malformed_basic_credentials_are_rejected() {
        let cases = [
            String::new(),
            "Basic".to_owned(),
            "Basic ".to_owned(),
            "Basic not base64!".to_owned(),
            "Basic aWQ6c2VjcmV".to_owned(),
            // Padding is required.
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
            assert!(parse_basic(header.as_bytes()).is_none(), "{header:?}");
        }
    }

    #[test]
    fn only_well_formed_bearer_tokens_are_accepted() {
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
            assert_eq!(parse_bearer(header.as_bytes()), *expected, "{header:?}");
        }
    }
}
