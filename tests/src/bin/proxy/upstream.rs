//! The API behind the proxies: it issues a token, and responds to requests with that token.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use moneykit::http::{self, HeaderValue, StatusCode, header};
use moneykit_tests::{Handler, HttpServer, Request, Response, bearer_token};

/// The only access token.
pub(crate) const TOKEN: &str = "the-access-token";

/// A running API. Its body for `/bytes/N` has N bytes.
pub(crate) struct Upstream(HttpServer);

struct Api;

impl Upstream {
    pub(crate) fn start() -> Self {
        Self(HttpServer::start(Arc::new(Api)).unwrap())
    }

    pub(crate) fn url(&self) -> &str {
        self.0.url()
    }

    pub(crate) fn address(&self) -> &str {
        self.url().strip_prefix("http://").unwrap()
    }
}

impl Handler for Api {
    async fn respond(&self, request: Request) -> io::Result<Response> {
        /// The largest body of a response.
        static BYTES: [u8; 1024 * 1024] = [b'x'; 1024 * 1024];

        let response = http::Response::builder();
        let json = HeaderValue::from_static("application/json");
        if request.uri().path() == "/auth/token" {
            let body = format!(r#"{{"access_token":"{TOKEN}","token_type":"bearer","expires_in":3600}}"#);
            let response = response.status(StatusCode::CREATED).header(header::CACHE_CONTROL, "no-store");
            return Ok(response.header(header::CONTENT_TYPE, json).body(body.into()).unwrap());
        }
        if bearer_token(&request) != Some(TOKEN) {
            return Ok(response.status(StatusCode::UNAUTHORIZED).body(Bytes::new()).unwrap());
        }
        let length = request.uri().path().rsplit('/').next().and_then(|length| length.parse().ok()).unwrap();
        let body = Bytes::from_static(&BYTES[..length]);
        Ok(response.header(header::CONTENT_TYPE, json).body(body).unwrap())
    }
}
