//! An HTTP server with a canned response per path, which records the requests that it receives.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use moneykit::Client;
use tokio::net::TcpListener;

use crate::{client_builder, token_body};

/// A server on the runtime of the test. Paths without a response get a 404.
pub(crate) struct MockServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    responses: Mutex<HashMap<String, Response<Bytes>>>,
    requests: Mutex<Vec<Request<Bytes>>>,
}

impl MockServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::<Shared>::default();
        let router = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, shared }
    }

    /// Starts a server that issues tokens at `/auth/token`, and builds a client for it.
    pub(crate) async fn with_tokens() -> (Self, Client) {
        let server = Self::start().await;
        server.respond("/auth/token", response(201, token_body()));
        let client = client_builder(server.url("")).build().unwrap();
        (server, client)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sets the response to every request for a path, regardless of method and query.
    pub(crate) fn respond(&self, path: &str, response: Response<Bytes>) {
        self.shared.responses.lock().unwrap().insert(path.to_owned(), response);
    }

    /// Returns the requests for a path since the last call, in order.
    pub(crate) fn take_requests(&self, path: &str) -> Vec<Request<Bytes>> {
        self.shared.requests.lock().unwrap().extract_if(.., |request| request.uri().path() == path).collect()
    }

    /// Returns the only request for a path.
    pub(crate) fn take_request(&self, path: &str) -> Request<Bytes> {
        let mut requests = self.take_requests(path);
        assert_eq!(requests.len(), 1, "requests for {path}");
        requests.remove(0)
    }
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    // A client may cancel its request before the whole body has arrived.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    shared.requests.lock().unwrap().push(Request::from_parts(head, body));
    let canned = shared.responses.lock().unwrap().get(&path).cloned();
    canned.unwrap_or_else(|| response(404, "")).map(Body::from)
}

/// Returns a response with a status and a body.
pub(crate) fn response(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    Response::builder().status(status).body(body.into()).unwrap()
}

/// Returns a redirect to a location.
pub(crate) fn redirect(status: u16, location: &str) -> Response<Bytes> {
    Response::builder().status(status).header("location", location).body(Bytes::new()).unwrap()
}

/// Returns a header as text, or an empty text when it is absent.
pub(crate) fn header<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}
