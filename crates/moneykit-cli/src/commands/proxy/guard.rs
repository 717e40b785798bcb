//! The checks of a request before it is forwarded: who may have sent it, and which path it names.

use std::net::SocketAddr;

use moneykit::http::request::Parts;
use moneykit::http::uri::PathAndQuery;
use moneykit::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use subtle::ConstantTimeEq as _;

use super::headers;
use super::reply::Reply;
use crate::exit::Exit;
use crate::failure::Failure;

/// The rules that requests to a listener follow.
pub(super) struct Guard {
    /// The values of `Host` that name the proxy. `None` for a Unix socket, which no page reaches.
    hosts: Option<Vec<String>>,
    prefix: Option<PathPrefix>,
}

/// A random segment with which paths begin. It is a secret of the command, whose clients know nothing but a base URL.
pub(super) struct PathPrefix(String);

/// A header that browsers add to every request.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

impl Guard {
    pub(super) fn new(address: Option<SocketAddr>, prefix: Option<PathPrefix>) -> Self {
        Self { hosts: address.map(hosts), prefix }
    }

    /// Returns the path and the query to forward.
    pub(super) fn check<'a>(&self, request: &'a Parts) -> Result<&'a str, Reply> {
        self.check_sender(&request.headers)?;
        if matches!(request.method, Method::CONNECT | Method::TRACE) {
            let message = "CONNECT and TRACE are not forwarded; use another method";
            return Err(Reply::new(StatusCode::METHOD_NOT_ALLOWED, "proxy_error.request.method", message));
        }
        if !headers::are_codings_known(&request.headers) {
            let message = "the transfer coding of the body is not supported; use chunked or Content-Length";
            return Err(Reply::new(StatusCode::NOT_IMPLEMENTED, "proxy_error.request.coding", message));
        }
        let uri = &request.uri;
        let path = uri.path_and_query().map(PathAndQuery::as_str).filter(|path| path.starts_with('/'));
        let path = path.filter(|_| uri.scheme().is_none() && uri.authority().is_none()).ok_or_else(|| {
            let message = "the request names a host or no path; set the proxy as the base URL, and not as an HTTP proxy";
            Reply::new(StatusCode::BAD_REQUEST, "proxy_error.request.target", message)
        })?;
        let path = match &self.prefix {
            Some(prefix) => prefix.strip_from(path).ok_or_else(|| {
                let message =
                    "the path does not begin with that of MONEYKIT_URL; use the whole URL as the base URL";
                Reply::new(StatusCode::NOT_FOUND, "proxy_error.request.prefix", message)
            })?,
            None => path,
        };
        if is_resolved_by_parsers(path) {
            let message = "the path contains a backslash, or a `.` or `..` segment; pass the resolved path";
            return Err(Reply::new(StatusCode::BAD_REQUEST, "proxy_error.request.path", message));
        }
        Ok(path)
    }

    /// Returns an error for requests of web pages. Their browsers send them from the user's computer, so the address
    /// proves nothing.
    pub(super) fn check_sender(&self, headers: &HeaderMap) -> Result<(), Reply> {
        // A page whose name resolves to a loopback address (DNS rebinding) sends its own name.
        if let Some(hosts) = &self.hosts
            && !is_any_of(hosts, headers)
        {
            let message =
                "the Host header is not that of the proxy; connect to 127.0.0.1 or localhost, with its port";
            return Err(Reply::new(StatusCode::MISDIRECTED_REQUEST, "proxy_error.request.host", message));
        }
        let is_of_page = [header::ORIGIN, SEC_FETCH_SITE, header::ACCESS_CONTROL_REQUEST_METHOD];
        if is_of_page.iter().any(|name| headers.contains_key(name)) {
            let message = "requests of web pages are not forwarded; send them from a program";
            return Err(Reply::new(StatusCode::FORBIDDEN, "proxy_error.request.origin", message));
        }
        Ok(())
    }
}

impl PathPrefix {
    pub(super) fn random() -> Result<Self, Failure> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| {
            Failure::new(Exit::Unexpected, format!("the system has no random numbers ({error}); try again"))
        })?;
        Ok(Self(format!("/{:032x}", u128::from_be_bytes(bytes))))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the rest of a path that begins with this prefix.
    fn strip_from<'a>(&self, path: &'a str) -> Option<&'a str> {
        let (prefix, rest) = path.split_at_checked(self.0.len())?;
        if !bool::from(prefix.as_bytes().ct_eq(self.0.as_bytes())) {
            return None;
        }
        // The rest of a base URL alone is empty, and the URL of a query has no slash.
        (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest)
    }
}

/// Returns the values of `Host` with which clients connect to an address: the loopback names and the address, with its port.
fn hosts(address: SocketAddr) -> Vec<String> {
    let own = SocketAddr::new(address.ip(), 0).to_string();
    let names = ["localhost", "127.0.0.1", "[::1]", own.trim_end_matches(":0")];
    let with_port = names.iter().map(|name| format!("{name}:{}", address.port()));
    // A client omits the default port.
    let without_port = names.iter().filter(|_| address.port() == 80).map(|name| (*name).to_owned());
    with_port.chain(without_port).collect()
}

/// Returns true if the only `Host` header is one of these.
fn is_any_of(hosts: &[String], headers: &HeaderMap) -> bool {
    let mut sent = headers.get_all(header::HOST).iter();
    let (Some(sent), None) = (sent.next(), sent.next()) else { return false };
    hosts.iter().any(|host| host.as_bytes().eq_ignore_ascii_case(sent.as_bytes()))
}

/// Returns true if a URL parser resolves a part of the path (WHATWG URL, path state). The checks of the client see the
/// result only, and find the other paths that servers read in different ways.
fn is_resolved_by_parsers(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let is_dot_segment = |segment: &str| {
        segment.starts_with(['.', '%'])
            && matches!(&*segment.to_ascii_lowercase().replace("%2e", "."), "." | "..")
    };
    path.contains(['.', '%', '\\']) && (path.contains('\\') || path.split('/').any(is_dot_segment))
}

#[cfg(test)]
mod tests {
    use moneykit::http::Request;

    use super::*;

    fn checked(guard: &Guard, request: Request<()>) -> Result<String, &'static str> {
        let (head, ()) = request.into_parts();
        guard.check(&head).map(str::to_owned).map_err(|reply| reply.code())
    }

    fn get(target: &str, headers: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::builder().uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap()
    }

    #[test]
    fn the_host_is_a_loopback_name_with_the_port() {
        for (address, host, is_accepted) in [
            ("127.0.0.1:8080", "127.0.0.1:8080", true),
            ("127.0.0.1:8080", "LocalHost:8080", true),
            ("127.0.0.1:8080", "[::1]:8080", true),
            ("127.0.0.2:8080", "127.0.0.2:8080", true),
            ("[::1]:8080", "[::1]:8080", true),
            ("127.0.0.1:80", "localhost", true),
            ("127.0.0.1:8080", "127.0.0.2:8080", false),
            ("127.0.0.1:8080", "localhost", false),
            ("127.0.0.1:8080", "localhost:80", false),
            ("127.0.0.1:8080", "localhost:8080:8080", false),
            ("127.0.0.1:8080", "localhost.evil.example:8080", false),
            ("127.0.0.1:8080", "evil.example:8080", false),
            ("127.0.0.1:80", "evil.example", false),
            ("127.0.0.1:8080", ":8080", false),
            ("127.0.0.1:8080", "", false),
        ] {
            let guard = Guard::new(Some(address.parse().unwrap()), None);
            let outcome = checked(&guard, get("/", &[("host", host)]));
            assert_eq!(outcome.is_ok(), is_accepted, "{address} {host}: {outcome:?}");
        }
        let guard = Guard::new(Some("127.0.0.1:80".parse().unwrap()), None);
        assert!(checked(&guard, get("/", &[])).is_err());
        assert!(checked(&guard, get("/", &[("host", "localhost"), ("host", "localhost")])).is_err());
        assert!(checked(&Guard::new(None, None), get("/", &[])).is_ok());
    }

    #[test]
    fn requests_of_web_pages_are_rejected() {
        for header in ["origin", "sec-fetch-site", "access-control-request-method"] {
            let outcome = checked(&Guard::new(None, None), get("/", &[(header, "null")]));
            assert_eq!(outcome, Err("proxy_error.request.origin"), "{header}");
        }
    }

    #[test]
    fn a_target_is_a_path_that_parsers_leave_as_it_is() {
        for (target, is_accepted) in [
            ("/links?next=../a", true),
            ("/v1.0/a..b/...", true),
            ("/links/..", false),
            ("/links/%2E%2e/x", false),
            ("/links/.%2e?a=b", false),
            ("/./links", false),
            ("/links\\x", false),
            ("http://evil.example/links", false),
            ("*", false),
        ] {
            assert_eq!(checked(&Guard::new(None, None), get(target, &[])).is_ok(), is_accepted, "{target}");
        }
    }

    #[test]
    fn the_prefix_is_required_and_removed() {
        let guard = Guard::new(None, Some(PathPrefix("/secret".to_owned())));
        for (target, expected) in [
            ("/secret/links?a=b", Ok("/links?a=b")),
            ("/secret", Ok("")),
            ("/secret?a=b", Ok("?a=b")),
            ("/secretlinks", Err("proxy_error.request.prefix")),
            ("/Secret/links", Err("proxy_error.request.prefix")),
            ("/links", Err("proxy_error.request.prefix")),
            ("/secret/../links", Err("proxy_error.request.path")),
        ] {
            assert_eq!(checked(&guard, get(target, &[])).as_deref(), expected.as_ref().copied(), "{target}");
        }
    }
}
