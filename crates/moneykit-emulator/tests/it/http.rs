//! What the tests have in common: a client, an answer, and requests that no proper client would send.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use moneykit_emulator::{DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Emulator};
use reqwest::blocking::{Client, RequestBuilder};
use reqwest::header::HeaderMap;
use serde_json::Value;

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// Sends the request and reads a JSON answer.
    pub(crate) fn to(request: RequestBuilder) -> Self {
        let response = request.send().unwrap();
        assert_eq!(response.headers()["content-type"], "application/json");
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.json().unwrap(),
        }
    }

    pub(crate) fn token(&self) -> &str {
        assert_eq!(self.status, 201, "{}", self.body["error_message"]);
        self.body["access_token"].as_str().unwrap()
    }

    /// The header's only value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next()?;
        assert!(values.next().is_none(), "{name} is there twice");
        Some(first.to_str().unwrap())
    }

    /// Checks that this is an error of the documented shape.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["error_code"], code);
        assert!(!self.body["error_message"].as_str().unwrap().is_empty());
        assert_eq!(self.body["documentation_url"], "https://docs.moneykit.com");
        assert_eq!(self.body.as_object().unwrap().len(), 3);
    }
}

pub(crate) fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

/// A `POST /auth/token` with nothing in it yet.
pub(crate) fn token_request(emulator: &Emulator) -> RequestBuilder {
    client().post(format!("{}/auth/token", emulator.url()))
}

/// A token request with this body.
pub(crate) fn form(emulator: &Emulator, body: impl Into<reqwest::blocking::Body>) -> RequestBuilder {
    token_request(emulator).header("content-type", FORM).body(body)
}

/// A body with the default client's credentials, and more fields.
pub(crate) fn default_client_and(more: &str) -> String {
    format!("client_id={DEFAULT_CLIENT_ID}&client_secret={DEFAULT_CLIENT_SECRET}&{more}")
}

/// A new token for the default client.
pub(crate) fn token(emulator: &Emulator) -> String {
    Answer::to(form(emulator, default_client_and(""))).token().to_owned()
}

/// `GET /links` with this token.
pub(crate) fn links(emulator: &Emulator, token: &str) -> Answer {
    Answer::to(client().get(format!("{}/links", emulator.url())).bearer_auth(token))
}

pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

pub(crate) fn connect(emulator: &Emulator) -> TcpStream {
    let stream = TcpStream::connect(address(emulator)).unwrap();
    // A bound on a test that is going to fail, not a wait.
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

pub(crate) fn address(emulator: &Emulator) -> &str {
    emulator.url().strip_prefix("http://").unwrap()
}

/// Sends bytes as they are, with `Connection: close` among them, and returns the status of the answer.
pub(crate) fn raw_status(emulator: &Emulator, request: &[u8]) -> u16 {
    let mut stream = connect(emulator);
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}
