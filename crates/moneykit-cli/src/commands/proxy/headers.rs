//! The headers that belong to one connection or to the proxy, and are not forwarded.

use moneykit::http::header::{
    AUTHORIZATION, CONNECTION, COOKIE, EXPECT, HOST, SET_COOKIE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use moneykit::http::{HeaderMap, HeaderName, HeaderValue};

/// Removes the headers of a request that are not for the API.
///
/// Cookies of a loopback address are shared by all ports, so they may be those of another program. The server of the proxy
/// has responded to `Expect` already.
pub(super) fn clean_request(headers: &mut HeaderMap) {
    clean(headers, |name| matches!(*name, AUTHORIZATION | COOKIE | EXPECT | HOST));
}

/// Removes the headers of a response that are not for the program.
pub(super) fn clean_response(headers: &mut HeaderMap) {
    clean(headers, |name| *name == SET_COOKIE);
}

/// Returns false if the body has another transfer coding than `chunked` (RFC 9112 §6.1), which hyper does not decode.
pub(super) fn are_codings_known(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(TRANSFER_ENCODING).iter();
    codings.map(HeaderValue::as_bytes).all(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"chunked"))
}

/// Removes the headers with some names, and those that describe a single connection (RFC 9110 §7.6.1).
fn clean(headers: &mut HeaderMap, is_removed: impl Fn(&HeaderName) -> bool) {
    let options = headers.get_all(CONNECTION).iter().map(HeaderValue::as_bytes);
    let options = options.flat_map(|options| options.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    // Most messages have one of these: `close` is no header, and `Keep-Alive` is removed in any case.
    let nominated = options.filter(|option| !matches!(*option, b"close" | b"keep-alive"));
    let nominated = nominated.filter_map(|name| HeaderName::from_bytes(name).ok());
    let known = headers.keys().filter(|name| is_removed(name) || is_hop_by_hop(name)).cloned();
    let removed: Vec<HeaderName> = known.chain(nominated).collect();
    for name in removed {
        headers.remove(name);
    }
}

fn is_hop_by_hop(name: &HeaderName) -> bool {
    match *name {
        CONNECTION | TE | TRAILER | TRANSFER_ENCODING | UPGRADE => true,
        _ => {
            let name = name.as_str();
            matches!(name, "keep-alive" | "http2-settings") || name.starts_with("proxy-")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(headers: &HeaderMap) -> Vec<&str> {
        headers.keys().map(HeaderName::as_str).collect()
    }

    #[test]
    fn headers_of_a_connection_and_credentials_are_removed() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("accept", "*/*"),
            ("authorization", "Bearer x"),
            ("connection", "close, X-Hop"),
            ("cookie", "a=b"),
            ("host", "localhost"),
            ("proxy-authorization", "Basic x"),
            ("te", "trailers"),
            ("upgrade", "websocket"),
            ("x-hop", "1"),
            ("x-next", "1"),
        ] {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        headers.append(CONNECTION, HeaderValue::from_bytes(b"\xe9, X-Next").unwrap());
        clean_request(&mut headers);
        assert_eq!(names(&headers), ["accept"]);

        headers.append(SET_COOKIE, "a=b".parse().unwrap());
        headers.append(CONNECTION, "close".parse().unwrap());
        clean_response(&mut headers);
        assert_eq!(names(&headers), ["accept"]);
    }
}
