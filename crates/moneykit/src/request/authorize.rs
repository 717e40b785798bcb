//! Adding the access token to a request of another HTTP library, and the check that the request goes to the API.

use http::header::{AUTHORIZATION, HOST};
use http::{HeaderMap, Method, Uri};
use url::Url;

use super::{invalid_request, target};
use crate::client::Client;
use crate::error::Error;
use crate::token::AccessToken;

impl Client {
    /// Adds the access token to a request of another HTTP library. Sets `Authorization`, marked sensitive, and
    /// replaces an existing value; adds `MoneyKit-Version` and `User-Agent` if they are absent.
    ///
    /// The request's URI must be below the base URL: the same scheme, host and port, unless it is a path alone, and a
    /// path below its path, however servers decode that. A `Host` header must name the API's host, and the method must be
    /// neither CONNECT nor TRACE. Configure your HTTP library not to follow redirects to other hosts, which would carry
    /// the token there. Returns the token: if the response is a 401, [invalidate](Self::invalidate) it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
    /// # let client = moneykit::Client::builder().credentials("id", "secret").base_url(emulator.url()).build()?;
    /// let mut request = http::Request::get(format!("{}/links", client.base_url())).body(())?;
    /// let token = client.authorize(&mut request).await?;
    /// assert_eq!(request.headers()["authorization"], token.authorization_header());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the request's URI is not below the base URL, or its `Host` header or its method is not allowed
    /// ([`Error::is_invalid_request`]), and the errors of [`access_token`](Self::access_token). The request is then
    /// unchanged.
    pub async fn authorize<B>(&self, request: &mut http::Request<B>) -> Result<AccessToken, Error> {
        let base = self.server().base_url().url();
        check(base, request.method(), request.uri(), request.headers()).map_err(invalid_request)?;
        let token = self.access_token().await?;
        request.headers_mut().insert(AUTHORIZATION, token.authorization_header().clone());
        self.server().headers().insert_missing(request.headers_mut());
        Ok(token)
    }
}

/// Returns an error, with its remedy, if a request does not go to the API.
pub(super) fn check(base: &Url, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), &'static str> {
    const OTHER_ORIGIN: &str =
        "the URI is not on the API's origin; send the request to the client's `base_url`";

    target::check_method(method)?;
    match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), Some(authority)) if scheme == base.scheme() && is_host(base, authority.as_str()) => {}
        // The server that the HTTP library is connected to is assumed to be the API. A path that starts with two slashes
        // names another host if it is resolved as a reference.
        (None, None) if !uri.path().starts_with("//") => {}
        _ => return Err(OTHER_ORIGIN),
    }
    // Servers choose among the sites that they serve by this header, also if the URI names another host.
    if !headers.get_all(HOST).iter().all(|host| host.to_str().is_ok_and(|host| is_host(base, host))) {
        return Err("the `Host` header does not name the API's host; remove it");
    }
    if !target::is_below(base, uri.path()) {
        return Err("the URI is not below the base URL's path; send the request to the client's `base_url`");
    }
    Ok(())
}

/// Returns true if an authority (`host` or `host:port`) is that of a URL. An authority with user information is not.
fn is_host(base: &Url, authority: &str) -> bool {
    let host = base.host_str().unwrap_or_default();
    let Some(prefix) = authority.get(..host.len()).filter(|prefix| prefix.eq_ignore_ascii_case(host)) else {
        return false;
    };
    match authority[prefix.len()..].strip_prefix(':') {
        // Not parsed: that would accept `+443` and `0443`, which servers may read in another way.
        Some(port) => base.port_or_known_default().is_some_and(|known| port == known.to_string()),
        None => authority.len() == host.len() && base.port().is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(base: &str, uri: &str, host: Option<&str>) -> Result<(), &'static str> {
        let mut headers = HeaderMap::new();
        headers.extend(host.map(|host| (HOST, host.parse().unwrap())));
        check(&Url::parse(base).unwrap(), &Method::GET, &uri.parse().unwrap(), &headers)
    }

    #[test]
    fn a_uri_of_the_api_is_accepted() {
        for (base, uri, host) in [
            ("https://api.moneykit.com", "https://api.moneykit.com/links", None),
            ("https://api.moneykit.com", "https://API.moneykit.com:443/links", None),
            ("https://api.moneykit.com", "/links?page=2", None),
            ("https://api.moneykit.com", "/links", Some("api.moneykit.com")),
            ("http://127.0.0.1:80", "http://127.0.0.1/", None),
            ("http://[::1]:8080", "http://[::1]:8080/links", None),
            ("https://api.moneykit.com", "https://api.moneykit.com/a/../b", None),
            ("https://example.com/gateway", "https://example.com/gateway", None),
            ("https://example.com/gateway", "https://example.com/gateway/links?page=2", None),
            ("https://example.com/gateway", "/gateway/links", None),
            ("https://example.com/gateway", "/gateway/links/a%2Fb?next=/..;/", Some("example.com")),
            ("https://api.moneykit.com", "https://api.moneykit.com/links", Some("api.moneykit.com")),
        ] {
            assert_eq!(checked(base, uri, host), Ok(()), "{uri}");
        }
    }

    #[test]
    fn a_uri_outside_the_base_url_is_rejected() {
        const BASE: &str = "https://api.moneykit.com";
        for (uri, host) in [
            ("http://api.moneykit.com/links", None),
            ("https://api.moneykit.com:8443/links", None),
            ("https://evil.example/links", None),
            ("https://api.moneykit.com.evil.example/", None),
            ("https://api.moneykit.com@evil.example/", None),
            ("https://user@api.moneykit.com/", None),
            ("api.moneykit.com:443", None),
            ("/links", Some("evil.example")),
            ("/links", Some("api.moneykit.com:8443")),
            ("/links", Some("api.moneykit.com:+443")),
            ("/links", Some("api.moneykit.com:0443")),
            ("https://api.moneykit.com/links", Some("evil.example")),
            ("//evil.example/links", None),
        ] {
            assert!(checked(BASE, uri, host).is_err(), "{uri} {host:?}");
        }
        assert!(checked("https://api.moneykit.com:8443", "https://api.moneykit.com/", None).is_err());
        for path in [
            "/",
            "/links",
            "/gateways",
            "/gateway/../admin",
            "/gateway/%2e%2E/admin",
            "/gateway/..%2fadmin",
            "/gateway/..;/admin",
            "/gateway/..%3Fx",
            "/gateway/%2e%2e%23y",
            "/gateway/%E2%80%A5/admin",
            "/gateway/.%C2%AD./admin",
            "/gateway/%252e%252e/admin",
            "/gateway/%c0%ae%c0%ae/admin",
            "//evil.example/gateway/x",
        ] {
            let absolute = format!("https://example.com{path}");
            for uri in [path, &absolute] {
                assert!(checked("https://example.com/gateway", uri, None).is_err(), "{uri}");
            }
        }
        for uri in ["https://example.com", "*"] {
            assert!(checked("https://example.com/gateway", uri, None).is_err(), "{uri}");
        }
    }

    #[test]
    fn a_request_that_opens_a_tunnel_or_returns_the_token_is_rejected() {
        let base = Url::parse("https://api.moneykit.com").unwrap();
        for method in [Method::CONNECT, Method::TRACE] {
            for uri in ["https://api.moneykit.com/", "/links"] {
                let checked = check(&base, &method, &uri.parse().unwrap(), &HeaderMap::new());
                assert!(checked.unwrap_err().contains(method.as_str()), "{method} {uri}");
            }
        }
    }
}
