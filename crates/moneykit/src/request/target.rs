use percent_encoding::percent_decode_str;
use url::{Position, Url};

use crate::transport::BaseUrl;

/// Finds the URL that a path means, or says why it must not be asked with a token.
///
/// The messages quote nothing: a path may hold what is for the API alone.
pub(super) fn resolve(base: &BaseUrl, path: &str) -> Result<Url, &'static str> {
    check(path)?;
    let url = if is_absolute(path) {
        Url::parse(path)
    } else {
        // Always with a slash between: `@evil.example` after a bare host would make a user name of it.
        let slash = if path.is_empty() || path.starts_with(['/', '?']) { "" } else { "/" };
        Url::parse(&[base.as_str(), slash, path].concat())
    };
    let url = url.map_err(|_| "its URL is malformed; pass a path such as /links")?;
    if url[..Position::BeforePath] != base.url()[..Position::BeforePath] {
        return Err("its URL is not on the API's origin; pass a path, or set `base_url`");
    }
    // Whatever a parser makes of dots, it ends below the base URL.
    if !is_below(base.url(), url.path()) {
        return Err("its URL is not below the base URL's path; pass a path such as /links");
    }
    Ok(url)
}

/// Says whether a path lies below that of the base URL for everybody who reads it, dots and all.
pub(super) fn is_below(base: &Url, path: &str) -> bool {
    let prefix = base.path().trim_end_matches('/');
    if prefix.is_empty() {
        return true;
    }
    let below = path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    below && !has_dot_segment(&percent_decode_str(path).decode_utf8_lossy())
}

/// Says whether a path without encoded characters has a segment that means another folder.
fn has_dot_segment(decoded: &str) -> bool {
    decoded.split(['/', '\\']).any(|segment| segment == "." || segment == "..")
}

/// Objects to what different servers and parsers read in different ways.
fn check(text: &str) -> Result<(), &'static str> {
    // What nearly all paths are made of can mislead nobody.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-');
    if text.bytes().all(is_plain) && !text.starts_with("//") {
        return Ok(());
    }
    let path = &text[..text.find('?').unwrap_or(text.len())];
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        return Err("its path has a control character; percent-encode it");
    }
    if text.starts_with(' ') || text.ends_with(' ') {
        return Err("its path begins or ends with a space; trim it");
    }
    if text.contains('#') {
        return Err("its path has a `#`, after which nothing would be sent; write it as %23");
    }
    if path.starts_with("//") {
        return Err("its path begins with two slashes, which some take for a host; begin it with one");
    }
    if path.contains('\\') {
        return Err("its path has a backslash, which some take for a slash; write it as %5C");
    }
    // Only dots can make a dot segment, and only percent signs can hide them.
    if path.contains(['.', '%']) {
        let decoded = percent_decode_str(path).decode_utf8_lossy();
        if has_dot_segment(&decoded) {
            return Err("its path has a `.` or `..` segment, encoded or not; write the path that is meant");
        }
        if decoded.bytes().any(|byte| byte.is_ascii_control()) {
            return Err("its path has an encoded control character; leave it out");
        }
    }
    Ok(())
}

/// Says whether a text begins with a scheme and two slashes.
fn is_absolute(text: &str) -> bool {
    let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let (scheme, rest) = text.split_once(':').unwrap_or_default();
    rest.starts_with("//") && !scheme.is_empty() && scheme.bytes().all(is_of_scheme)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::PlaintextPolicy;

    fn resolved(base: &str, path: &str) -> Result<String, &'static str> {
        let base = BaseUrl::parse("base_url", base, PlaintextPolicy::LoopbackOnly).unwrap();
        resolve(&base, path).map(String::from)
    }

    const BARE: &str = "https://api.moneykit.com";
    const PREFIX: &str = "https://api.moneykit.com:8443/gateway/";

    #[test]
    fn a_path_is_relative_to_the_base_url() {
        for (base, path, url) in [
            (BARE, "/links", "https://api.moneykit.com/links"),
            (BARE, "links", "https://api.moneykit.com/links"),
            (BARE, "", "https://api.moneykit.com/"),
            (BARE, "?page=2", "https://api.moneykit.com/?page=2"),
            (BARE, "/links?next=../a\\b//c", "https://api.moneykit.com/links?next=../a\\b//c"),
            (BARE, "/links/lnk%2F123", "https://api.moneykit.com/links/lnk%2F123"),
            (BARE, "/links/é x", "https://api.moneykit.com/links/%C3%A9%20x"),
            (BARE, "/v1.0/a..b/...", "https://api.moneykit.com/v1.0/a..b/..."),
            (BARE, "/accounts/acc:1", "https://api.moneykit.com/accounts/acc:1"),
            (BARE, "/to?url=https://evil.example/", "https://api.moneykit.com/to?url=https://evil.example/"),
            (BARE, "https://api.moneykit.com/links", "https://api.moneykit.com/links"),
            (BARE, "HTTPS://API.moneykit.com:443/links", "https://api.moneykit.com/links"),
            (PREFIX, "/links", "https://api.moneykit.com:8443/gateway/links"),
            (PREFIX, "", "https://api.moneykit.com:8443/gateway"),
            (
                PREFIX,
                "https://api.moneykit.com:8443/gateway/links",
                "https://api.moneykit.com:8443/gateway/links",
            ),
            // What looks like the end of a host can't become one.
            (BARE, "@evil.example/", "https://api.moneykit.com/@evil.example/"),
            (BARE, ".evil.example/", "https://api.moneykit.com/.evil.example/"),
            (BARE, ":81/", "https://api.moneykit.com/:81/"),
            (BARE, "javascript:alert(1)", "https://api.moneykit.com/javascript:alert(1)"),
        ] {
            assert_eq!(resolved(base, path).as_deref(), Ok(url), "{path}");
        }
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for (base, path, why) in [
            (BARE, "https://evil.example/links", "origin"),
            (BARE, "http://api.moneykit.com/links", "origin"),
            (BARE, "https://api.moneykit.com:8443/links", "origin"),
            (BARE, "https://api.moneykit.com.evil.example/", "origin"),
            (BARE, "https://api.moneykit.com@evil.example/", "origin"),
            (BARE, "https://user@api.moneykit.com/links", "origin"),
            (BARE, "https://:pass@api.moneykit.com/links", "origin"),
            (BARE, "https://evil.example%2f@api.moneykit.com/", "origin"),
            (BARE, "ftp://api.moneykit.com/links", "origin"),
            (BARE, "file:///etc/passwd", "origin"),
            (BARE, "https://", "malformed"),
            (BARE, "//evil.example/links", "two slashes"),
            (BARE, "///evil.example/links", "two slashes"),
            (BARE, "/\\evil.example/links", "backslash"),
            (BARE, "\\\\evil.example\\links", "backslash"),
            (BARE, "https:\\\\evil.example", "backslash"),
            (BARE, "/\t/evil.example", "control"),
            (BARE, "ht\ntps://evil.example", "control"),
            (BARE, "/links\r\nx: y", "control"),
            (BARE, "/links%0d%0ax", "control"),
            (BARE, "/links%00", "control"),
            (BARE, " https://evil.example", "space"),
            (BARE, "/links ", "space"),
            (BARE, "/links#top", "%23"),
            (PREFIX, "../admin", "segment"),
            (PREFIX, "/../admin", "segment"),
            (PREFIX, "/links/..", "segment"),
            (PREFIX, "/links/./x", "segment"),
            (PREFIX, "/%2e%2e/admin", "segment"),
            (PREFIX, "/.%2E/admin", "segment"),
            (PREFIX, "/..%2fadmin", "segment"),
            (PREFIX, "/%2e%2e%5cadmin", "segment"),
            (PREFIX, "https://api.moneykit.com:8443/gateway/../admin", "segment"),
            (PREFIX, "https://api.moneykit.com:8443/admin", "below"),
            (PREFIX, "https://api.moneykit.com:8443/gateways", "below"),
        ] {
            let refusal = resolved(base, path).unwrap_err();
            assert!(refusal.contains(why), "{path}: {refusal}");
        }
    }
}
