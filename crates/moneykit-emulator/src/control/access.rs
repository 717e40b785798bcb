//! Who may use the control API.

use std::net::IpAddr;

use http::header::{AUTHORIZATION, HOST, ORIGIN, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, StatusCode};

use crate::endpoint::authorization_header;
use crate::endpoint::error_response::ErrorResponse;
use crate::secret::Secret;

/// Checks that the request is not from a web page of another site, and has the key.
///
/// A page in the browser of a developer can send requests to loopback addresses. Its requests have an `Origin` of
/// another site, or after DNS rebinding a `Host` that is not loopback.
pub(super) fn check(head: &Parts, key: Option<&Secret>) -> Result<(), ErrorResponse> {
    let host = host(head);
    if head.headers.get_all(ORIGIN).iter().any(|origin| !is_origin_of(origin.as_bytes(), host)) {
        return Err(forbidden("The control API can't be used by web pages of other sites"));
    }
    let Some(key) = key else {
        // With a key, the host may have any name, as that of a container.
        if !host.is_some_and(is_loopback) {
            return Err(forbidden(
                "Without a control key, the header Host must name a loopback address or localhost",
            ));
        }
        return Ok(());
    };
    if presented_key(&head.headers).is_some_and(|presented| bool::from(key.ct_eq(&presented))) {
        return Ok(());
    }
    Err(ErrorResponse::emulator(
        StatusCode::UNAUTHORIZED,
        "emulator_error.unauthorized",
        "The control API requires its key, in the header X-Emulator-Key or as a bearer token",
    )
    .with_header(WWW_AUTHENTICATE, r#"Bearer realm="MoneyKit emulator""#))
}

/// Returns the host and port that the request is for. HTTP/2 has them in the URI.
fn host(head: &Parts) -> Option<&str> {
    let authority = head.uri.authority().map(http::uri::Authority::as_str);
    authority.or_else(|| head.headers.get(HOST)?.to_str().ok())
}

fn is_origin_of(origin: &[u8], host: Option<&str>) -> bool {
    let origin = std::str::from_utf8(origin).ok();
    let authority = origin.and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
    authority.is_some() && authority == host
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

fn presented_key(headers: &HeaderMap) -> Option<Secret> {
    if let Some(key) = headers.get("x-emulator-key") {
        return std::str::from_utf8(key.as_bytes()).ok().map(Secret::new);
    }
    authorization_header::parse_bearer(headers.get(AUTHORIZATION)?.as_bytes()).map(Secret::new)
}

fn forbidden(message: &'static str) -> ErrorResponse {
    ErrorResponse::emulator(StatusCode::FORBIDDEN, "emulator_error.forbidden", message)
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn status(headers: &[(&str, &str)], key: Option<&str>) -> Option<u16> {
        let mut request = Request::builder().uri("/__emulator/stubs");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        let error = check(&head, key.map(Secret::new).as_ref()).err()?;
        Some(error.into_response().status().as_u16())
    }

    #[test]
    fn only_loopback_hosts_and_their_own_pages_are_allowed_without_a_key() {
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "127.1.2.3", "[::1]:80", "[::1]"] {
            assert_eq!(status(&[("host", host)], None), None, "{host}");
            let own = format!("http://{host}");
            assert_eq!(status(&[("host", host), ("origin", &own)], None), None, "{host}");
            for other in ["http://evil.example", "null", "http://localhost:1", "localhost"] {
                assert_eq!(status(&[("host", host), ("origin", other)], None), Some(403), "{host} {other}");
            }
        }
        for host in
            ["evil.example", "localhost.evil.example:80", "10.0.0.1", "", "a@localhost", "localhost:x"]
        {
            assert_eq!(status(&[("host", host)], None), Some(403), "{host}");
        }
        assert_eq!(status(&[], None), Some(403));
    }

    #[test]
    fn the_key_is_accepted_in_both_headers() {
        for (headers, expected) in [
            (&[("x-emulator-key", "k")][..], None),
            (&[("authorization", "Bearer k"), ("host", "emulator")], None),
            (&[("authorization", "bearer k")], None),
            (&[("x-emulator-key", "K")], Some(401)),
            (&[("x-emulator-key", "")], Some(401)),
            (&[("authorization", "Basic k")], Some(401)),
            (&[("host", "localhost")], Some(401)),
            (&[("x-emulator-key", "k"), ("origin", "http://evil.example")], Some(403)),
        ] {
            assert_eq!(status(headers, Some("k")), expected, "{headers:?}");
        }
    }
}
