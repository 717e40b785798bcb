//! The page for people: a view of a session in a browser, which uses the control API like any other client.

use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};

use crate::endpoint::SESSION_PREFIX;
use crate::endpoint::response::{Response, response};

/// The files by their paths below the prefix of the control API.
const FILES: [(&str, &str, &str); 4] = [
    ("/", "text/html; charset=utf-8", include_str!("page.html")),
    ("/page.css", "text/css; charset=utf-8", include_str!("page.css")),
    ("/page.js", "text/javascript; charset=utf-8", include_str!("page.js")),
    ("/icon.svg", "image/svg+xml", include_str!("icon.svg")),
];

/// Headers of every file. The page shows text that anyone may have sent, so it runs no other script, loads nothing from
/// elsewhere, and cannot turn text into markup.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Returns a file of the page, or `None` if the request is for something else. The files contain no data of the emulator,
/// so they require no key.
pub(super) fn file(method: &Method, path: &str) -> Option<Response> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let (_, content_type, text) = FILES.into_iter().find(|(file, ..)| *file == path)?;
    let mut response = response(StatusCode::OK, content_type, text.to_owned());
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Some(response)
}

/// Returns true if a browser navigates to the base URL of a session. `GET /` with a token, or without `text/html` in
/// `Accept`, belongs to the emulated API.
pub(crate) fn is_wanted<B>(request: &Request<B>, path: &str) -> bool {
    let accept = request.headers().get_all(ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
    let mut media_types = accept.flat_map(|accept| accept.split(',')).map(|range| range.split(';').next());
    *request.method() == Method::GET
        && ["/", "/__emulator"].contains(&path)
        && !request.headers().contains_key(AUTHORIZATION)
        && media_types.any(|media_type| media_type.is_some_and(|name| name.trim() == "text/html"))
}

/// Redirects to the page of a session, so that it has one address, to which its links are relative.
pub(crate) fn redirect(session: Option<&str>) -> Response {
    let prefix = session.map(|name| format!("{SESSION_PREFIX}{name}")).unwrap_or_default();
    let mut response = Response::new(String::new().into());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(location) = HeaderValue::from_str(&format!("{prefix}{}", super::PREFIX)) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}
