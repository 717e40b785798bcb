//! Resolving a request's path against the base URL, and rejecting URLs that must not receive the token.

use http::Method;
use percent_encoding::percent_decode_str;
use url::{Position, Url};

use crate::auth::is_invisible;
use crate::transport::BaseUrl;

/// Returns the URL of a path, or an error with its remedy if the token must not be sent there.
///
/// The messages quote nothing, because a path may hold secrets.
pub(super) fn resolve(base: &BaseUrl, path: &str) -> Result<Url, &'static str> {
    check_unambiguous(path)?;
    let url = if is_absolute(path) {
        Url::parse(path)
    } else {
        // Without the slash, `@evil.example` would turn the base URL's host into a user name.
        let slash = if path.is_empty() || path.starts_with(['/', '?']) { "" } else { "/" };
        Url::parse(&[base.as_str(), slash, path].concat())
    };
    let url = url.map_err(|_| "the URL is malformed; pass a path such as `/links`")?;
    if url[..Position::BeforePath] != base.url()[..Position::BeforePath] {
        return Err("the URL is not on the API's origin; pass a path, or set `base_url`");
    }
    // However the URL parser resolves dot segments, the result is below the base URL.
    if !is_below(base.url(), url.path()) {
        return Err("the URL is not below the base URL's path; pass a path such as `/links`");
    }
    Ok(url)
}

/// Returns true if a path is below that of the base URL, however a server decodes and resolves it.
pub(super) fn is_below(base: &Url, path: &str) -> bool {
    let prefix = base.path().trim_end_matches('/');
    if prefix.is_empty() {
        return true;
    }
    let below = path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    below && check_path(path).is_ok()
}

/// Returns an error, with its remedy, for a method whose requests must not have the token.
pub(super) fn check_method(method: &Method) -> Result<(), &'static str> {
    let is = |name: &str| method.as_str().eq_ignore_ascii_case(name);
    if is("CONNECT") {
        return Err("the method CONNECT names a host, not a path below the base URL; use another method");
    }
    if is("TRACE") {
        // RFC 9110 §9.3.8 forbids credentials in it.
        return Err("the method TRACE makes the server return the access token; use another method");
    }
    Ok(())
}

/// Returns an error, with its remedy, for a text that servers and parsers interpret differently.
fn check_unambiguous(text: &str) -> Result<(), &'static str> {
    // The fast path: nearly every path consists of these characters, and all parsers agree on them.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-');
    if text.bytes().all(is_plain) && !text.starts_with("//") {
        return Ok(());
    }
    let before_query = &text[..text.find('?').unwrap_or(text.len())];
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        return Err("the path or query contains a control character; remove it");
    }
    if text.starts_with(' ') || text.ends_with(' ') {
        return Err("the path starts or ends with a space; trim it");
    }
    if text.contains('#') {
        return Err(
            "the path contains a `#`, which starts a fragment, and fragments are not sent; write it as `%23`",
        );
    }
    if before_query.contains('\\') {
        return Err("the path contains a backslash, which some parsers read as a slash; write it as `%5C`");
    }
    let path = if is_absolute(text) {
        let (_, rest) = before_query.split_once("://").unwrap_or_default();
        rest.find('/').map_or("", |path| &rest[path..])
    } else {
        before_query
    };
    check_path(path)
}

/// Returns an error, with its remedy, for a path that servers decode and resolve in different ways.
pub(super) fn check_path(path: &str) -> Result<(), &'static str> {
    const TWO_SLASHES: &str = "the path starts with two slashes, plain or percent-encoded, which some parsers read as the \
        start of a host; use one slash";
    const DOT_SEGMENT: &str = "the path contains a `.` or `..` segment, plain, percent-encoded, with parameters, or with \
        characters that servers replace by dots or slashes; pass the resolved path";
    const ENCODED_TWICE: &str = "the path contains a dot, a slash or a similar character that is percent-encoded twice, \
        which servers decode differently; encode it once";
    /// Servers and the gateways before them each decode a path.
    const MAX_DECODINGS: usize = 4;

    if path.starts_with("//") {
        return Err(TWO_SLASHES);
    }
    if path.is_ascii() && !path.contains(['.', '%']) {
        return Ok(());
    }
    if path.split('%').skip(1).any(|escape| !starts_with_hex_byte(escape)) {
        return Err("the path contains a `%` without two hexadecimal digits after it; write it as `%25`");
    }
    let Ok(decoded) = percent_decode_str(path).decode_utf8() else {
        return Err("the path contains percent-encoded bytes that are not UTF-8; encode it as UTF-8");
    };
    if decoded.bytes().any(|byte| byte.is_ascii_control()) {
        return Err("the path contains a percent-encoded control character; remove it");
    }
    let mut decoded = normalize(&decoded);
    if decoded[usize::from(path.starts_with('/'))..].starts_with('/') {
        return Err(TWO_SLASHES);
    }
    for _ in 0..MAX_DECODINGS {
        if has_dot_segment(&decoded) {
            return Err(DOT_SEGMENT);
        }
        let Ok(again) = percent_decode_str(&decoded).decode_utf8() else { return Err(ENCODED_TWICE) };
        let again = normalize(&again);
        if again == decoded {
            return Ok(());
        }
        if again.matches(is_structural).count() > decoded.matches(is_structural).count() {
            return Err(ENCODED_TWICE);
        }
        decoded = again;
    }
    Err(ENCODED_TWICE)
}

fn starts_with_hex_byte(text: &str) -> bool {
    text.get(..2).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Returns true if a decoded path has a `.` or `..` segment, as a server may see it: some ignore a segment's parameters
/// (`..;a=b`) and the spaces around it, and some end the path at a `?` or `#` that was encoded.
fn has_dot_segment(decoded: &str) -> bool {
    decoded.split(['/', '\\']).any(|segment| {
        let name = segment.split([';', '?', '#']).next().unwrap_or_default();
        matches!(name.trim(), "." | "..")
    })
}

/// Replaces characters that resemble ASCII punctuation, and removes characters that are not displayed, as some servers
/// do: those that apply Unicode's compatibility normalization (NFKC), IDNA's full stops or the "best fit" of Windows.
fn normalize(decoded: &str) -> String {
    const FULLWIDTH_OFFSET: u32 = 0xff01 - 0x21;

    let mut normalized = String::with_capacity(decoded.len());
    for c in decoded.chars().filter(|c| !is_invisible(*c)) {
        match c {
            '\u{2024}' | '\u{3002}' | '\u{fe12}' | '\u{fe52}' | '\u{ff61}' => normalized.push('.'),
            '\u{2025}' | '\u{fe30}' => normalized.push_str(".."),
            '\u{2044}' | '\u{2215}' | '\u{29f8}' => normalized.push('/'),
            '\u{2216}' | '\u{29f5}' | '\u{29f9}' | '\u{fe68}' => normalized.push('\\'),
            '\u{37e}' | '\u{fe14}' | '\u{fe54}' => normalized.push(';'),
            '\u{2047}' | '\u{2048}' | '\u{fe16}' | '\u{fe56}' => normalized.push('?'),
            '\u{fe5f}' => normalized.push('#'),
            '\u{fe6a}' => normalized.push('%'),
            '\u{ff01}'..='\u{ff5e}' => {
                normalized.extend(char::from_u32(u32::from(c) - FULLWIDTH_OFFSET));
            }
            _ => normalized.push(c),
        }
    }
    normalized
}

/// Returns true if a character has a meaning in a path, or ends it.
fn is_structural(c: char) -> bool {
    matches!(c, '.' | '/' | '\\' | ';' | '?' | '#') || c.is_control()
}

/// Returns true if a text starts with a URL scheme and `://`.
pub(super) fn is_absolute(text: &str) -> bool {
    let is_scheme_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let (scheme, rest) = text.split_once(':').unwrap_or_default();
    rest.starts_with("//") && !scheme.is_empty() && scheme.bytes().all(is_scheme_byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::PlaintextPolicy;

    fn resolved(base: &str, path: &str) -> Result<String, &'static str> {
        let base = BaseUrl::parse("base_url", base, PlaintextPolicy::LoopbackOnly).unwrap();
        resolve(&base, path).map(String::from)
    }

    const ORIGIN: &str = "https://api.moneykit.com";
    const GATEWAY: &str = "https://api.moneykit.com:8443/gateway/";

    #[test]
    fn a_path_is_relative_to_the_base_url() {
        for (base, path, url) in [
            (ORIGIN, "/links", "https://api.moneykit.com/links"),
            (ORIGIN, "links", "https://api.moneykit.com/links"),
            (ORIGIN, "", "https://api.moneykit.com/"),
            (ORIGIN, "?page=2", "https://api.moneykit.com/?page=2"),
            (ORIGIN, "/links?next=../a\\b//c", "https://api.moneykit.com/links?next=../a\\b//c"),
            (ORIGIN, "/links/lnk%2F123", "https://api.moneykit.com/links/lnk%2F123"),
            (ORIGIN, "/links/%2F/a%5Cb", "https://api.moneykit.com/links/%2F/a%5Cb"),
            (ORIGIN, "/links/100%25/a%2541", "https://api.moneykit.com/links/100%25/a%2541"),
            (ORIGIN, "/links/a;b=.;c=../x", "https://api.moneykit.com/links/a;b=.;c=../x"),
            (ORIGIN, "/links/%C3%A9", "https://api.moneykit.com/links/%C3%A9"),
            (ORIGIN, "/a//b?x=%2&y=%252e", "https://api.moneykit.com/a//b?x=%2&y=%252e"),
            (GATEWAY, "/links/lnk%2F123", "https://api.moneykit.com:8443/gateway/links/lnk%2F123"),
            (ORIGIN, "/links/é x", "https://api.moneykit.com/links/%C3%A9%20x"),
            (ORIGIN, "/v1.0/a..b/...", "https://api.moneykit.com/v1.0/a..b/..."),
            // What a server may read as punctuation is accepted where it makes no dot segment.
            (ORIGIN, "/links/a%3Fb/c%23/a..%3F", "https://api.moneykit.com/links/a%3Fb/c%23/a..%3F"),
            (ORIGIN, "/x%EF%BC%8Ey/%E2%80%A6", "https://api.moneykit.com/x%EF%BC%8Ey/%E2%80%A6"),
            (ORIGIN, "/a%E2%80%A5b/a%EF%BC%9Bb", "https://api.moneykit.com/a%E2%80%A5b/a%EF%BC%9Bb"),
            (ORIGIN, "/a%E2%80%8Bb/%C2%ADc", "https://api.moneykit.com/a%E2%80%8Bb/%C2%ADc"),
            (
                ORIGIN,
                "/100%EF%BC%85/%E3%81%82%E3%80%82",
                "https://api.moneykit.com/100%EF%BC%85/%E3%81%82%E3%80%82",
            ),
            (ORIGIN, "/a..%E2%84%80/%F0%9F%84%80", "https://api.moneykit.com/a..%E2%84%80/%F0%9F%84%80"),
            (ORIGIN, "/accounts/acc:1", "https://api.moneykit.com/accounts/acc:1"),
            (
                ORIGIN,
                "/to?url=https://evil.example/",
                "https://api.moneykit.com/to?url=https://evil.example/",
            ),
            (ORIGIN, "https://api.moneykit.com/links", "https://api.moneykit.com/links"),
            (ORIGIN, "HTTPS://API.moneykit.com:443/links", "https://api.moneykit.com/links"),
            (GATEWAY, "/links", "https://api.moneykit.com:8443/gateway/links"),
            (GATEWAY, "", "https://api.moneykit.com:8443/gateway"),
            (
                GATEWAY,
                "https://api.moneykit.com:8443/gateway/links",
                "https://api.moneykit.com:8443/gateway/links",
            ),
            // A path that would extend the host or the port of the base URL stays a path.
            (ORIGIN, "@evil.example/", "https://api.moneykit.com/@evil.example/"),
            (ORIGIN, ".evil.example/", "https://api.moneykit.com/.evil.example/"),
            (ORIGIN, ":81/", "https://api.moneykit.com/:81/"),
            (ORIGIN, "javascript:alert(1)", "https://api.moneykit.com/javascript:alert(1)"),
        ] {
            assert_eq!(resolved(base, path).as_deref(), Ok(url), "{path}");
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn ambiguous_paths_and_other_origins_are_rejected() {
        for (base, path, expected) in [
            (ORIGIN, "https://evil.example/links", "origin"),
            (ORIGIN, "http://api.moneykit.com/links", "origin"),
            (ORIGIN, "https://api.moneykit.com:8443/links", "origin"),
            (ORIGIN, "https://api.moneykit.com.evil.example/", "origin"),
            (ORIGIN, "https://api.moneykit.com@evil.example/", "origin"),
            (ORIGIN, "https://user@api.moneykit.com/links", "origin"),
            (ORIGIN, "https://:pass@api.moneykit.com/links", "origin"),
            (ORIGIN, "https://evil.example%2f@api.moneykit.com/", "origin"),
            (ORIGIN, "ftp://api.moneykit.com/links", "origin"),
            (ORIGIN, "file:///etc/passwd", "origin"),
            (ORIGIN, "https://", "malformed"),
            (ORIGIN, "//evil.example/links", "two slashes"),
            (ORIGIN, "///evil.example/links", "two slashes"),
            (ORIGIN, "/\\evil.example/links", "backslash"),
            (ORIGIN, "\\\\evil.example\\links", "backslash"),
            (ORIGIN, "https:\\\\evil.example", "backslash"),
            (ORIGIN, "/\t/evil.example", "control"),
            (ORIGIN, "ht\ntps://evil.example", "control"),
            (ORIGIN, "/links\r\nx: y", "control"),
            (ORIGIN, "/links%0d%0ax", "control"),
            (ORIGIN, "/links%00", "control"),
            (ORIGIN, " https://evil.example", "space"),
            (ORIGIN, "/links ", "space"),
            (ORIGIN, "/links#top", "%23"),
            (GATEWAY, "../admin", "segment"),
            (GATEWAY, "/../admin", "segment"),
            (GATEWAY, "/links/..", "segment"),
            (GATEWAY, "/links/./x", "segment"),
            (GATEWAY, "/%2e%2e/admin", "segment"),
            (GATEWAY, "/.%2E/admin", "segment"),
            (GATEWAY, "/..%2fadmin", "segment"),
            (GATEWAY, "/%2e%2e%5cadmin", "segment"),
            (GATEWAY, "/..;/admin", "segment"),
            (GATEWAY, "/a/..;x=y/..;/admin", "segment"),
            (GATEWAY, "/a/.;x/b", "segment"),
            (GATEWAY, "/..%3b/admin", "segment"),
            (GATEWAY, "/%2e%2e;/admin", "segment"),
            (GATEWAY, "/.. /admin", "segment"),
            (GATEWAY, "/%20../admin", "segment"),
            (GATEWAY, "/a%2f..%2fb", "segment"),
            (GATEWAY, "/\u{ff0e}\u{ff0e}/admin", "segment"),
            (GATEWAY, "/a\u{ff0f}..\u{ff0f}b", "segment"),
            (GATEWAY, "/a\u{2215}..\u{2215}b", "segment"),
            (GATEWAY, "/%ef%bc%8e%ef%bc%8e/admin", "segment"),
            (GATEWAY, "/..%3fx", "segment"),
            (GATEWAY, "/..%3f", "segment"),
            (GATEWAY, "/..%23x", "segment"),
            (GATEWAY, "/x/%2e%2e%23y", "segment"),
            (GATEWAY, "/x/.%3F/y", "segment"),
            (GATEWAY, "/..\u{ff1f}x", "segment"),
            (GATEWAY, "/..%EF%B9%96x", "segment"),
            (GATEWAY, "/..\u{2048}", "segment"),
            (GATEWAY, "/..%EF%BC%83x", "segment"),
            (GATEWAY, "/..%EF%B9%9Fx", "segment"),
            (GATEWAY, "/\u{2025}/admin", "segment"),
            (GATEWAY, "/%E2%80%A5/admin", "segment"),
            (GATEWAY, "/%EF%B8%B0/admin", "segment"),
            (GATEWAY, "/\u{2024}%EF%B9%92/admin", "segment"),
            (GATEWAY, "/\u{3002}\u{ff61}/admin", "segment"),
            (GATEWAY, "/..\u{fe68}admin", "segment"),
            (GATEWAY, "/..%EF%BC%BCadmin", "segment"),
            (GATEWAY, "/..%E2%88%96admin", "segment"),
            (GATEWAY, "/..\u{ff1b}a/admin", "segment"),
            (GATEWAY, "/..%CD%BEa/admin", "segment"),
            (GATEWAY, "/..%EF%B9%94/admin", "segment"),
            (GATEWAY, "/..\u{200b}/admin", "segment"),
            (GATEWAY, "/..%E2%80%8B/admin", "segment"),
            (GATEWAY, "/.%C2%AD./admin", "segment"),
            (GATEWAY, "/%EF%BB%BF../admin", "segment"),
            (GATEWAY, "/..%EF%B8%8F/admin", "segment"),
            (GATEWAY, "/..%F3%A0%80%A1/admin", "segment"),
            (GATEWAY, "/..%E2%80%8B%3b%20/admin", "segment"),
            (GATEWAY, "/\u{ff05}2e\u{ff05}2e/admin", "encoded twice"),
            (GATEWAY, "/%EF%B9%AA2e%EF%B9%AA2e/admin", "encoded twice"),
            (GATEWAY, "/%25\u{ff12}\u{ff45}%25\u{ff12}\u{ff45}/admin", "encoded twice"),
            (GATEWAY, "/%252e%252e/admin", "encoded twice"),
            (GATEWAY, "/%25%32%65%25%32%65/admin", "encoded twice"),
            (GATEWAY, "/..%252fadmin", "encoded twice"),
            (GATEWAY, "/a%255cb", "encoded twice"),
            (GATEWAY, "/%25252e%25252e/admin", "encoded twice"),
            (GATEWAY, "/%25c0%25ae/admin", "encoded twice"),
            (GATEWAY, "/a%2500", "encoded twice"),
            (GATEWAY, "/%c0%ae%c0%ae/admin", "not UTF-8"),
            (GATEWAY, "/..%c0%afadmin", "not UTF-8"),
            (GATEWAY, "/%e0%80%ae/admin", "not UTF-8"),
            (GATEWAY, "/%f0%80%80%ae/admin", "not UTF-8"),
            (GATEWAY, "/%u002e%u002e/admin", "hexadecimal digits"),
            (GATEWAY, "/%2", "hexadecimal digits"),
            (GATEWAY, "/%zz/%", "hexadecimal digits"),
            (GATEWAY, "/%2fevil.example/", "two slashes"),
            (GATEWAY, "%2fevil.example/", "two slashes"),
            (GATEWAY, "/\u{ff0f}evil.example/", "two slashes"),
            (GATEWAY, "/%E2%80%8B%2fevil.example/", "two slashes"),
            (GATEWAY, "https://api.moneykit.com:8443//evil.example/", "two slashes"),
            (GATEWAY, "https://api.moneykit.com:8443/gateway/..;/admin", "segment"),
            (GATEWAY, "https://api.moneykit.com:8443/gateway/../admin", "segment"),
            (GATEWAY, "https://api.moneykit.com:8443/admin", "below"),
            (GATEWAY, "https://api.moneykit.com:8443/gateways", "below"),
        ] {
            let error = resolved(base, path).unwrap_err();
            assert!(error.contains(expected), "{path}: {error}");
        }
    }

    #[test]
    fn methods_that_must_not_have_the_token_are_rejected() {
        for (method, expected) in [("CONNECT", "CONNECT"), ("connect", "CONNECT"), ("TRACE", "TRACE")] {
            let error = check_method(&method.parse().unwrap()).unwrap_err();
            assert!(error.contains(expected), "{method}: {error}");
        }
        for method in [Method::GET, Method::OPTIONS, "QUERY".parse().unwrap()] {
            assert_eq!(check_method(&method), Ok(()), "{method}");
        }
    }
}
