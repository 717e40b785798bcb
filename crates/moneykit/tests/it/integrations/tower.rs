//! The tower layer: bodies, readiness, target hosts and errors.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use moneykit::Client;
use moneykit::tower::{BearerLayer, BearerService, CloneBody, ExpiredToken, RetryBody};
use tower::{Layer as _, Service, ServiceBuilder, ServiceExt as _};

use super::Integration;
use crate::mock::{MockServer, response};
use crate::{client_builder, emulated, refreshed, token_body};

type Http = HyperClient<HttpConnector, Full<Bytes>>;

fn http() -> Http {
    HyperClient::builder(TokioExecutor::new()).build_http()
}

pub(super) fn integration(client: &Client) -> Integration {
    let service = BearerLayer::new(client.clone()).retry_unauthorized().layer(http());
    let send = move |url: String, headers: HeaderMap| {
        let mut request = Request::get(url).body(Full::default()).unwrap();
        *request.headers_mut() = headers;
        let service = service.clone();
        Box::pin(async {
            match service.oneshot(request).await {
                Ok(response) => Ok(response.status().as_u16()),
                Err(error) => Err(error.to_string()),
            }
        }) as super::StatusFuture
    };
    Integration { name: "tower", send: Box::new(send) }
}

#[tokio::test]
async fn a_uri_without_a_host_gets_the_token_only_below_the_base_url() {
    let server = MockServer::start().await;
    server.respond("/gateway/auth/token", response(201, token_body()));
    let client = client_builder(server.url("/gateway")).build().unwrap();
    let has_token = |request: Request<()>| {
        ready(Ok::<_, Infallible>(Response::new(request.headers().contains_key("authorization"))))
    };
    let service = BearerLayer::new(client).layer(tower::service_fn(has_token));
    for (uri, host, gets_token) in [
        ("/gateway/links", None, true),
        ("/gateway/links", Some(server.url("").trim_start_matches("http://").to_owned()), true),
        ("/gateway/links", Some("evil.example".to_owned()), false),
        ("/admin", None, false),
        ("/gateways", None, false),
        ("/gateway/../admin", None, false),
        ("/gateway/..;/admin", None, false),
        ("/gateway/%252e%252e/admin", None, false),
    ] {
        let mut request = Request::get(uri).body(()).unwrap();
        if let Some(host) = &host {
            request.headers_mut().insert("host", host.parse().unwrap());
        }
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(response.into_body(), gets_token, "{uri} {host:?}");
    }
}

/// Sends a body with a revoked token, and then a second request. Returns the status of the first response and the number
/// of requests sent for it.
async fn send_with_revoked_token<R>(
    layer: impl FnOnce(Client) -> BearerLayer<R>,
    body: &'static str,
) -> (u16, u64)
where
    R: RetryBody<Full<Bytes>> + Clone,
{
    let (emulator, client) = emulated();
    client.get("/links").send().await.unwrap();
    emulator.revoke_tokens();
    let before = emulator.request_counts().api;
    let mut service = layer(client.clone()).layer(http());
    let url = format!("{}/x", emulator.url());

    let request = Request::post(&url).body(body.into()).unwrap();
    let response = service.ready().await.unwrap().call(request).await.unwrap();
    let (status, sent) = (response.status().as_u16(), emulator.request_counts().api - before);
    let echo = response.into_body().collect().await.unwrap().to_bytes();
    let echo: serde_json::Value = serde_json::from_slice(&echo).unwrap();
    if status == 200 {
        assert_eq!(echo["body_bytes"], body.len());
    }

    // The rejected token is replaced, whether or not the request was retried.
    refreshed(&client).await;
    let request = Request::get(&url).body(Full::default()).unwrap();
    assert_eq!(service.ready().await.unwrap().call(request).await.unwrap().status(), 200);
    assert_eq!(emulator.request_counts().api - before, sent + 1);
    (status, sent)
}

#[tokio::test]
async fn a_body_is_retried_only_if_configured_and_cloneable() {
    let short =
        |body: &Full<Bytes>| (hyper::body::Body::size_hint(body).exact() < Some(5)).then(|| body.clone());
    assert_eq!(send_with_revoked_token(BearerLayer::new, "body").await, (401, 1));
    assert_eq!(
        send_with_revoked_token(|client| BearerLayer::new(client).retry_unauthorized(), "body").await,
        (200, 2)
    );
    for (body, outcome) in [("body", (200, 2)), ("a long one", (401, 1))] {
        let layer = |client| BearerLayer::new(client).retry_unauthorized_with(short);
        assert_eq!(send_with_revoked_token(layer, body).await, outcome);
    }
}

/// A service that panics unless `poll_ready` succeeds before each call, also after a clone.
struct StrictService {
    is_ready: bool,
    was_polled: bool,
    /// The statuses of the responses to come, in reverse.
    statuses: Arc<Mutex<Vec<u16>>>,
    requests: Arc<Mutex<Vec<(Uri, HeaderMap)>>>,
}

impl StrictService {
    fn new(statuses: &[u16]) -> Self {
        let statuses = Arc::new(Mutex::new(statuses.iter().rev().copied().collect()));
        Self { is_ready: false, was_polled: false, statuses, requests: Arc::default() }
    }
}

impl Clone for StrictService {
    fn clone(&self) -> Self {
        let (statuses, requests) = (Arc::clone(&self.statuses), Arc::clone(&self.requests));
        Self { is_ready: false, was_polled: false, statuses, requests }
    }
}

impl Service<Request<&'static str>> for StrictService {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        if !std::mem::replace(&mut self.was_polled, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<&'static str>) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called without being ready");
        self.was_polled = false;
        self.requests.lock().unwrap().push((request.uri().clone(), request.headers().clone()));
        let status = self.statuses.lock().unwrap().pop().unwrap();
        ready(Ok(Response::builder().status(status).body(()).unwrap()))
    }
}

#[tokio::test]
async fn the_service_is_polled_for_readiness_before_each_call_and_before_the_retry() {
    let (_emulator, client) = emulated();
    let inner = StrictService::new(&[200, 401, 200, 401, 200]);
    let mut service = BearerLayer::new(client).retry_unauthorized().layer(inner.clone());
    // The second 401 is returned: forced refreshes are at least a second apart.
    for status in [200, 200, 401, 200] {
        let request = Request::get("/x").body("").unwrap();
        assert_eq!(service.ready().await.unwrap().call(request).await.unwrap().status(), status);
    }

    let requests = inner.requests.lock().unwrap();
    let token = |request: usize| &requests[request].1["authorization"];
    assert_eq!(requests.len(), 5);
    assert!(token(0) == token(1) && token(1) != token(2) && token(2) == token(3) && token(3) == token(4));
}

#[tokio::test]
async fn the_retry_needs_no_second_concurrency_permit() {
    let (_emulator, client) = emulated();
    let mut service = ServiceBuilder::new()
        .layer(BearerLayer::new(client).retry_unauthorized())
        .concurrency_limit(1)
        .service(StrictService::new(&[401, 200]));

    let request = Request::get("/x").body("").unwrap();
    assert_eq!(service.ready().await.unwrap().call(request).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_request_without_a_host_is_authenticated_unless_its_host_header_names_another() {
    let (emulator, client) = emulated();
    let host = emulator.url().strip_prefix("http://").unwrap();
    for (uri, header, is_authenticated) in [
        ("/links", None, true),
        ("/links", Some(host), true),
        ("/links", Some("evil.example"), false),
        (&*format!("http://{host}/links"), None, true),
        (&*format!("https://{host}/links"), None, false),
        ("http://evil.example/links", None, false),
        ("http://evil.example/links", Some(host), false),
        (host, None, false),
    ] {
        let inner = StrictService::new(&[200]);
        let mut request = Request::get(uri);
        if let Some(header) = header {
            request = request.header("host", header);
        }
        let service = BearerLayer::new(client.clone()).layer(inner.clone());
        service.oneshot(request.body("").unwrap()).await.unwrap();

        let requests = inner.requests.lock().unwrap();
        for name in ["authorization", "moneykit-version", "user-agent"] {
            assert_eq!(requests[0].1.contains_key(name), is_authenticated, "{uri} {header:?} {name}");
        }
    }
}

#[tokio::test]
async fn a_request_of_the_method_connect_or_trace_passes_unchanged() {
    let (emulator, client) = emulated();
    for method in ["CONNECT", "TRACE"] {
        let inner = StrictService::new(&[200]);
        let service = BearerLayer::new(client.clone()).layer(inner.clone());
        let request = Request::builder().method(method).uri(format!("{}/links", emulator.url()));
        service.oneshot(request.body("").unwrap()).await.unwrap();

        assert!(inner.requests.lock().unwrap()[0].1.is_empty(), "{method}");
    }
    assert_eq!(emulator.request_counts().token, 0);
}

#[tokio::test]
async fn a_request_that_does_not_go_to_the_api_is_rejected_if_configured() {
    let (emulator, client) = emulated();
    let elsewhere = "https://evil.example/links".to_owned();
    for (method, uri, expected) in [
        ("GET", elsewhere, "origin"),
        ("GET", format!("{}/links/..;a/x", emulator.url()), "segment"),
        ("GET", "//evil.example/links".to_owned(), "origin"),
        ("TRACE", format!("{}/links", emulator.url()), "TRACE"),
    ] {
        let inner = StrictService::new(&[200]);
        let service = BearerLayer::new(client.clone()).reject_other_requests().layer(inner.clone());
        let request = Request::builder().method(method).uri(&uri).body("").unwrap();
        let error = service.oneshot(request).await.unwrap_err();
        let error = error.downcast_ref::<moneykit::Error>().unwrap();
        assert!(error.is_invalid_request() && error.to_string().contains(expected), "{uri}: {error}");
        assert!(inner.requests.lock().unwrap().is_empty(), "{uri}");
    }
    assert_eq!(emulator.request_counts().token, 0);

    let inner = StrictService::new(&[200, 200]);
    let service = BearerLayer::new(client).reject_other_requests().layer(inner.clone());
    for authorization in [None, Some("Basic eA==")] {
        let mut request = Request::get("/links/a..b").body("").unwrap();
        request.headers_mut().extend(authorization.map(|value| (AUTHORIZATION, value.parse().unwrap())));
        service.clone().oneshot(request).await.unwrap();
        let headers = inner.requests.lock().unwrap().pop().unwrap().1;
        assert_eq!(headers[AUTHORIZATION] == "Basic eA==", authorization.is_some());
    }
}

#[tokio::test]
async fn a_token_that_has_expired_by_the_inner_services_word_is_replaced_at_once() {
    let (emulator, client) = emulated();
    let first = client.access_token().await.unwrap();
    let has_expired = first.authorization_header().clone();
    let inner = tower::service_fn(move |request: Request<()>| {
        let mut response = Response::new(());
        if request.headers()[AUTHORIZATION] == has_expired {
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            response.extensions_mut().insert(ExpiredToken);
        }
        ready(Ok::<_, Infallible>(response))
    });
    // Without the mark, the token would be too young to be replaced: the API may not know it yet.
    let service = BearerLayer::new(client).retry_unauthorized().layer(inner);
    assert_eq!(service.oneshot(Request::get("/x").body(()).unwrap()).await.unwrap().status(), 200);
    assert_eq!(emulator.request_counts().token, 2);
}

#[tokio::test]
async fn an_error_is_the_clients_or_the_inner_services() {
    let (emulator, client) = emulated();
    let wrong = Client::builder().credentials("id", "wrong").base_url(client.base_url()).build().unwrap();
    let request = |url: &str| Request::get(url).body(Full::<Bytes>::default()).unwrap();

    let error = BearerLayer::new(wrong).layer(http()).oneshot(request(emulator.url())).await.unwrap_err();
    assert!(error.downcast_ref::<moneykit::Error>().unwrap().is_unauthorized());

    let error = BearerLayer::new(client).layer(http()).oneshot(request("ftp://x/")).await.unwrap_err();
    assert!(error.is::<hyper_util::client::legacy::Error>());
}

#[test]
fn the_futures_of_the_service_are_send() {
    fn is_send_service<T: Service<Request<Full<Bytes>>, Response: Send, Future: Send>>() {}

    is_send_service::<BearerService<Http, CloneBody>>();
}
