//! Resolving a request's path against the base URL, and rejecting URLs that must not receive the token.

use percent_encoding::percent_decode_str;
use url::{Position, Url};

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

/// Returns true if a path is below that of the base URL, whether or not a server resolves encoded dot segments.
pub(super) fn is_below(base: &Url, path: &str) -> bool {
    let prefix = base.path().trim_end_matches('/');
    if prefix.is_empty() {
        return true;
    }
    let below = path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    below && !has_dot_segment(&percent_decode_str(path).decode_utf8_lossy())
}

/// Returns true if a percent-decoded path has a `.` or `..` segment.
fn has_dot_segment(decoded: &str) -> bool {
    decoded.split(['/', '\\']).any(|segment| segment == "." || segment == "..")
}

/// Returns an error, with its remedy, for a path that servers and parsers interpret differently.
fn check_unambiguous(text: &str) -> Result<(), &'static str> {
    // The fast path: nearly every path consists of these characters, and all parsers agree on them.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-');
    if text.bytes().all(is_plain) && !text.starts_with("//") {
        return Ok(());
    }
    let path = &text[..text.find('?').unwrap_or(text.len())];
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
    if path.starts_with("//") {
        return Err(
            "the path starts with two slashes, which some parsers read as the start of a host; use one slash",
        );
    }
    if path.contains('\\') {
        return Err("the path contains a backslash, which some parsers read as a slash; write it as `%5C`");
    }
    // A dot segment contains dots, percent-encoded or not.
    if path.contains(['.', '%']) {
        let decoded = percent_decode_str(path).decode_utf8_lossy();
        if has_dot_segment(&decoded) {
            return Err(
                "the path contains a `.` or `..` segment, plain or percent-encoded; pass the resolved path",
            );
        }
        if decoded.bytes().any(|byte| byte.is_ascii_control()) {
            return Err("the path contains a percent-encoded control character; remove it");
        }
    }
    Ok(())
}

/// Returns true if a text starts with a URL scheme and `://`.
fn is_absolute(text: &str) -> bool {
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
            (ORIGIN, "/links/é x", "https://api.moneykit.com/links/%C3%A9%20x"),
            (ORIGIN, "/v1.0/a..b/...", "https://api.moneykit.com/v1.0/a..b/..."),
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
            (GATEWAY, "https://api.moneykit.com:8443/gateway/../admin", "segment"),
            (GATEWAY, "https://api.moneykit.com:8443/admin", "below"),
            (GATEWAY, "https://api.moneykit.com:8443/gateways", "below"),
        ] {
            let error = resolved(base, path).unwrap_err();
            assert!(error.contains(expected), "{path}: {error}");
        }
    }
}
