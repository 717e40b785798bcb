//! Test helpers: an HTTP client, a parsed JSON response, common requests, and raw connections for requests that an HTTP
//! client would not send.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator, Session};
use reqwest::blocking::{Client, RequestBuilder};
use reqwest::header::HeaderMap;
use serde_json::Value;

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const UNAUTHORIZED: &str = "api_error.auth.unauthorized";

/// A response with a JSON body.
#[derive(Debug)]
pub(crate) struct JsonResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl JsonResponse {
    /// Returns the access token of a 201 response.
    pub(crate) fn token(&self) -> &str {
        assert_eq!(self.status, 201, "{}", self.body["error_message"]);
        self.body["access_token"].as_str().unwrap()
    }

    /// Returns the value of a header that occurs at most once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next()?;
        assert!(values.next().is_none(), "{name} is repeated");
        Some(first.to_str().unwrap())
    }

    /// Asserts that this is an error response with the documented body.
    #[track_caller]
    pub(crate) fn assert_error(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["error_code"], code);
        assert!(!self.body["error_message"].as_str().unwrap().is_empty());
        assert_eq!(self.body["documentation_url"], "https://docs.moneykit.com");
        assert_eq!(self.body.as_object().unwrap().len(), 3);
    }
}

pub(crate) fn start() -> Emulator {
    Emulator::builder().start().unwrap()
}

pub(crate) fn http_client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

/// Sends the request and reads the JSON response.
pub(crate) fn send(request: RequestBuilder) -> JsonResponse {
    let response = request.send().unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    JsonResponse {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.json().unwrap(),
    }
}

/// Returns an empty `POST /auth/token`.
pub(crate) fn token_request(emulator: &Session) -> RequestBuilder {
    http_client().post(format!("{}/auth/token", emulator.url()))
}

/// Returns a token request with this form body.
pub(crate) fn form_request(emulator: &Session, body: impl Into<reqwest::blocking::Body>) -> RequestBuilder {
    token_request(emulator).header("content-type", FORM).body(body)
}

/// Returns a form body with the default client's credentials and `more` fields.
pub(crate) fn default_client_form(more: &str) -> String {
    format!("client_id={DEFAULT_CLIENT_ID}&client_secret={DEFAULT_CLIENT_SECRET}&{more}")
}

/// Requests a token for the default client.
pub(crate) fn request_token(emulator: &Session) -> JsonResponse {
    send(form_request(emulator, default_client_form("")))
}

/// Returns a new token for the default client.
pub(crate) fn issue_token(emulator: &Session) -> String {
    request_token(emulator).token().to_owned()
}

/// Sends `GET /links` with this token.
pub(crate) fn get_links(emulator: &Session, token: &str) -> JsonResponse {
    send(http_client().get(format!("{}/links", emulator.url())).bearer_auth(token))
}

pub(crate) fn basic_header(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

pub(crate) fn connect(emulator: &Emulator) -> TcpStream {
    let stream = TcpStream::connect(address(emulator)).unwrap();
    // Bounds the duration of a failing test; passing tests do not reach it.
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

pub(crate) fn address(emulator: &Emulator) -> &str {
    emulator.url().strip_prefix("http://").unwrap()
}

/// Sends the bytes unchanged and returns the status of the response. The request must have `Connection: close`.
pub(crate) fn raw_status(emulator: &Emulator, request: &[u8]) -> u16 {
    let mut stream = connect(emulator);
    stream.write_all(request).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response.split(' ').nth(1).unwrap().parse().unwrap()
}

/// Starts an emulator with the control API.
pub(crate) fn start_controlled() -> Emulator {
    Emulator::builder().control_api(true).start().unwrap()
}

/// Sends a request to an operation of the control API of a session, and returns the response.
pub(crate) fn control(
    session: &Session,
    method: &str,
    path: &str,
    body: &Value,
) -> reqwest::blocking::Response {
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let request = http_client().request(method, format!("{}/__emulator{path}", session.url()));
    let request = if body.is_null() { request } else { request.json(body) };
    request.send().unwrap()
}
