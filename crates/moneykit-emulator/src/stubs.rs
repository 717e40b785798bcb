//! Stubs: fixed responses to chosen requests outside the token endpoint.

use std::fmt;
use std::io;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde_json::Value;

/// The stubs of one emulator, at most one per method and path.
pub(crate) struct Stubs(Vec<Stub>);

/// A validated stub.
struct Stub {
    method: Method,
    path: String,
    status: StatusCode,
    body: String,
}

/// A stub as it was passed to the builder, before validation.
#[derive(Clone)]
pub(crate) struct UncheckedStub {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) json: String,
}

impl Stubs {
    /// Validates the stubs.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::InvalidInput`] if no request could match a stub, if its response would be invalid, or if two
    /// stubs match the same requests.
    pub(crate) fn validate(unchecked: Vec<UncheckedStub>) -> io::Result<Self> {
        let mut stubs = Self(Vec::new());
        for stub in unchecked {
            let name = format!("the stub for {} {}", stub.method, stub.path);
            let stub = stub.validate().map_err(|reason| invalid(format!("{name}: {reason}")))?;
            if stubs.find(&stub.method, &stub.path).is_some() {
                return Err(invalid(format!("{name} is defined twice; define each stub once")));
            }
            stubs.0.push(stub);
        }
        Ok(stubs)
    }

    /// Returns the response of the stub that matches the request, or `None` if no stub does.
    pub(crate) fn response_to(&self, method: &Method, path: &str) -> Option<Response> {
        self.find(method, path).map(Stub::response)
    }

    fn find(&self, method: &Method, path: &str) -> Option<&Stub> {
        self.0.iter().find(|stub| stub.method == *method && stub.path == path)
    }
}

impl Stub {
    fn response(&self) -> Response {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.status_mut() = self.status;
        if !self.body.is_empty() {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        response
    }
}

impl UncheckedStub {
    fn validate(self) -> Result<Stub, &'static str> {
        let Self { method, path, status, json } = self;
        let method = Method::from_bytes(method.as_bytes())
            .map_err(|_| "the method is invalid; use an HTTP method such as GET, in upper case")?;
        let parsed = path.parse::<PathAndQuery>();
        if !path.starts_with('/') || !parsed.is_ok_and(|parsed| parsed.path() == path) {
            return Err(
                "the path is invalid; pass a percent-encoded path that starts with a slash and has no query",
            );
        }
        if path == "/auth/token" {
            return Err("the token endpoint cannot be stubbed; use `fail_next` or `faults` for it");
        }
        let status = StatusCode::from_u16(status)
            .ok()
            .filter(|status| (200..600).contains(&status.as_u16()))
            .ok_or("the status must be between 200 and 599")?;
        if !json.is_empty() {
            if [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status) {
                return Err("a response with this status has no body; pass an empty one");
            }
            // The message does not quote the body, which may be long or hold a secret.
            serde_json::from_str::<Value>(&json)
                .map_err(|_| "the body is not valid JSON; fix it, or pass an empty one for no body")?;
        }
        Ok(Stub { method, path, status, body: json })
    }
}

impl fmt::Debug for UncheckedStub {
    // Omits the body, which may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UncheckedStub")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stub(method: &str, path: &str, status: u16, json: &str) -> UncheckedStub {
        UncheckedStub { method: method.to_owned(), path: path.to_owned(), status, json: json.to_owned() }
    }

    #[test]
    fn a_stub_matches_its_method_and_its_exact_path() {
        let stubs = Stubs::validate(vec![
            stub("GET", "/links/a%2Fb", 200, "{}"),
            stub("DELETE", "/links/a%2Fb", 204, ""),
        ])
        .unwrap();

        for (method, path, expected) in [
            (Method::GET, "/links/a%2Fb", Some(200)),
            (Method::DELETE, "/links/a%2Fb", Some(204)),
            (Method::POST, "/links/a%2Fb", None),
            (Method::GET, "/links/a/b", None),
            (Method::GET, "/links", None),
        ] {
            let status = stubs.response_to(&method, path).map(|response| response.status().as_u16());
            assert_eq!(status, expected, "{method} {path}");
        }
    }

    #[test]
    fn invalid_and_unreachable_stubs_are_rejected() {
        for (unchecked, expected) in [
            (stub("G T", "/links", 200, "{}"), "method is invalid"),
            (stub("", "/links", 200, "{}"), "method is invalid"),
            (stub("GET", "links", 200, "{}"), "starts with a slash"),
            (stub("GET", "", 200, "{}"), "starts with a slash"),
            (stub("GET", "/links?page=2", 200, "{}"), "has no query"),
            (stub("GET", "/links#top", 200, "{}"), "has no query"),
            (stub("GET", "/links of mine", 200, "{}"), "percent-encoded"),
            (stub("POST", "/auth/token", 201, "{}"), "token endpoint"),
            (stub("GET", "/links", 100, ""), "between 200 and 599"),
            (stub("GET", "/links", 600, ""), "between 200 and 599"),
            (stub("GET", "/links", 204, "{}"), "has no body"),
            (stub("GET", "/links", 200, "{pale"), "not valid JSON"),
        ] {
            let debug = format!("{unchecked:?}");
            let error = Stubs::validate(vec![unchecked]).err().unwrap();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            assert!(error.to_string().contains(expected), "{error}");
            assert!(!format!("{error} {debug}").contains("pale"), "{error} {debug}");
        }
        let links = || stub("GET", "/links", 200, "{}");
        let error = Stubs::validate(vec![links(), links()]).err().unwrap();
        assert!(error.to_string().contains("defined twice"), "{error}");
    }
}
