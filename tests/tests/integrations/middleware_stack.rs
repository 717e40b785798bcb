//! The bearer middleware in a stack with reqwest-retry and reqwest-tracing, in each order.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::Extensions;
use moneykit::{BearerMiddleware, Client, reqwest};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};
use reqwest_retry::policies::ExponentialBackoff;
use reqwest_retry::{RetryTransientMiddleware, Retryable, RetryableStrategy};
use reqwest_tracing::{ReqwestOtelSpanBackend, TracingMiddleware};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::emulated;

thread_local! {
    static SPANS: Cell<usize> = const { Cell::new(0) };
}

/// A span backend that counts spans, and checks that the tracer sees no plain secret.
struct CountingSpans;

impl ReqwestOtelSpanBackend for CountingSpans {
    fn on_request_start(request: &reqwest::Request, _: &mut Extensions) -> tracing::Span {
        SPANS.set(SPANS.get() + 1);
        assert!(
            request.headers().values().all(|value| value.is_sensitive() || !value.as_bytes().contains(&b' '))
        );
        tracing::Span::none()
    }

    fn on_request_end(
        _: &tracing::Span,
        _: &reqwest_middleware::Result<reqwest::Response>,
        _: &mut Extensions,
    ) {
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Layer {
    Bearer,
    Retry,
    Tracing,
}

use Layer::{Bearer, Retry, Tracing};

/// Builds a reqwest client with a stack of middleware.
fn stack(client: &Client, outermost_first: &[Layer]) -> ClientWithMiddleware {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut stack = ClientBuilder::new(http);
    for layer in outermost_first {
        stack = match layer {
            Bearer => stack.with(BearerMiddleware::new(client.clone())),
            Retry => {
                let policy = ExponentialBackoff::builder().retry_bounds(Duration::ZERO, Duration::ZERO);
                stack.with(RetryTransientMiddleware::new_with_policy(policy.build_with_max_retries(2)))
            }
            Tracing => stack.with(TracingMiddleware::<CountingSpans>::new()),
        };
    }
    stack.build()
}

/// A server that issues tokens, and responds to POSTs with a sequence of statuses.
struct SequenceServer {
    url: String,
    requests: Arc<AtomicUsize>,
}

impl SequenceServer {
    async fn start(statuses: [u16; 4]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let is_token_request = read_request(&mut stream).await;
                let (status, body) = if is_token_request {
                    (201, r#"{"access_token":"token","token_type":"bearer","expires_in":3600}"#)
                } else {
                    (statuses[counter.fetch_add(1, Ordering::SeqCst)], "")
                };
                let head =
                    format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}", body.len());
                stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.unwrap();
            }
        });
        Self { url, requests }
    }
}

/// Reads a request to the end of its body. Returns true if it is a token request.
async fn read_request(stream: &mut TcpStream) -> bool {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |length| length.parse().unwrap());
    stream.read_exact(&mut vec![0; length]).await.unwrap();
    head.starts_with("post /auth/token ")
}

#[tokio::test]
async fn retries_of_both_kinds_and_spans_are_independent() {
    for (order, statuses, sent, spans) in [
        // The documented order: the retry after a 401 does not count as an attempt, and one span covers all requests.
        ([Tracing, Retry, Bearer], [503, 401, 503, 200], 4, 1),
        // Each attempt has a span, which covers the request after a 401.
        ([Retry, Tracing, Bearer], [503, 401, 503, 200], 4, 3),
        // A second 401 is returned.
        ([Retry, Tracing, Bearer], [401, 401, 200, 200], 2, 1),
        // Middleware after this one sees no request to the API.
        ([Retry, Bearer, Tracing], [503, 401, 503, 200], 4, 0),
    ] {
        let server = SequenceServer::start(statuses).await;
        let client = Client::builder().credentials("id", "secret").base_url(&server.url).build().unwrap();
        SPANS.set(0);

        let http = stack(&client, &order);
        let response = http.post(format!("{}/x", server.url)).body("{}").send().await.unwrap();

        assert_eq!(response.status(), statuses[sent - 1]);
        assert_eq!((server.requests.load(Ordering::SeqCst), SPANS.get()), (sent, spans));
        // The token is young and has no success, so the client sends the request again rather than replace it.
        assert_eq!(client.token_status().refreshes, 1);
    }
}

#[tokio::test]
async fn an_error_of_the_client_is_not_retried() {
    let (emulator, client) = emulated();
    let wrong = Client::builder().credentials("id", "wrong").base_url(client.base_url()).build().unwrap();

    let http = stack(&wrong, &[Tracing, Retry, Bearer]);
    let error = http.get(format!("{}/x", emulator.url())).send().await.unwrap_err();

    assert!(error.is_middleware(), "{error:?}");
    assert_eq!((emulator.request_counts().token, emulator.request_counts().api), (1, 0));
}

#[tokio::test]
async fn a_stream_can_be_sent_without_a_retry_middleware() {
    let (emulator, client) = emulated();
    let http = stack(&client, &[Tracing, Bearer]);

    let body = reqwest::Body::wrap(http_body_util::Full::new(bytes::Bytes::from("streamed")));
    let response = http.post(format!("{}/x", emulator.url())).body(body).send().await.unwrap();

    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn an_error_is_found_behind_every_stack_and_wrapper() {
    type BoxError = Box<dyn std::error::Error + Send + Sync>;

    let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start().unwrap();
    let client = Client::builder().credentials("id", "wrong").base_url(emulator.url()).build().unwrap();
    let policy = || ExponentialBackoff::builder().retry_bounds(Duration::ZERO, Duration::ZERO);
    let retries =
        || RetryTransientMiddleware::new_with_policy_and_strategy(policy().build_with_max_retries(1), Always);
    let bearer = || BearerMiddleware::new(client.clone());
    let http = || ClientBuilder::new(reqwest::Client::builder().no_proxy().build().unwrap());
    for (http, message) in [
        (http().with(bearer()).build(), "the token endpoint of"),
        // `RetryError::Error`.
        (stack(&client, &[Retry, Bearer]), "the token endpoint of"),
        (stack(&client, &[Tracing, Retry, Tracing, Bearer]), "the token endpoint of"),
        // `RetryError::WithRetries`, once and twice.
        (http().with(retries()).with(bearer()).build(), "Request failed after 1 retries"),
        (http().with(retries()).with(retries()).with(bearer()).build(), "Request failed after 1 retries"),
    ] {
        let error = http.get(format!("{}/links", client.base_url())).send().await.unwrap_err();
        // The message has the reason, as far as the outer wrappers show it.
        assert!(error.to_string().contains(message), "{error}");
        assert!(moneykit::Error::find_in(&error).unwrap().is_unauthorized(), "{error:?}");

        let boxed: BoxError = Box::new(std::io::Error::other(Arc::new(error)));
        assert!(moneykit::Error::find_in(&*boxed).unwrap().is_unauthorized(), "{boxed:?}");
        let erased = anyhow::Error::from_boxed(boxed).context("could not list the links");
        assert!(moneykit::Error::find_in(erased.as_ref()).unwrap().is_unauthorized(), "{erased:?}");
    }
}

#[tokio::test]
async fn an_error_is_found_as_the_context_of_another_middleware() {
    let (emulator, client) = emulated();
    let wrong = Client::builder().credentials("id", "wrong").base_url(client.base_url()).build().unwrap();
    let http = ClientBuilder::new(reqwest::Client::builder().no_proxy().build().unwrap());
    let http = http.with(OwnErrors).with(BearerMiddleware::new(wrong)).build();

    let error = http.get(format!("{}/links", emulator.url())).send().await.unwrap_err();
    assert!(moneykit::Error::find_in(&error).unwrap().is_unauthorized(), "{error:?}");
}

#[tokio::test]
async fn the_message_and_the_sources_of_an_error_repeat_nothing() {
    let client =
        Client::builder().credentials("id", "secret").base_url("http://127.0.0.1:1").build().unwrap();
    let direct = client.request_token().await.unwrap_err();

    let error = stack(&client, &[Bearer]).get("http://127.0.0.1:1/links").send().await.unwrap_err();
    let reqwest_middleware::Error::Middleware(error) = error else { panic!("{error:?}") };
    assert_eq!(error.downcast_ref::<moneykit::Error>().unwrap().to_string(), direct.to_string());
    let messages: Vec<_> = error.chain().map(ToString::to_string).collect();
    assert_eq!(messages[..2], [direct.to_string(), "the MoneyKit client returned this error".to_owned()]);
    let mut unique = messages.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), messages.len(), "{messages:?}");
    assert!(messages.len() > 2, "the sources of the error follow: {messages:?}");
}

#[tokio::test]
async fn a_failure_of_another_library_is_not_ours() {
    let (_emulator, client) = emulated();
    let error = stack(&client, &[Retry, Bearer]).get("http://127.0.0.1:1/").send().await.unwrap_err();
    assert!(moneykit::Error::find_in(&error).is_none(), "{error:?}");
}

/// Retries every failure.
struct Always;

impl RetryableStrategy for Always {
    fn handle(&self, outcome: &reqwest_middleware::Result<reqwest::Response>) -> Option<Retryable> {
        outcome.is_err().then_some(Retryable::Transient)
    }
}

/// A middleware that returns the error of the client in its own way: as the context of another error.
struct OwnErrors;

#[async_trait::async_trait]
impl Middleware for OwnErrors {
    async fn handle(
        &self,
        request: reqwest::Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        next.run(request, extensions).await.map_err(|error| {
            let ours = moneykit::Error::find_in(&error).unwrap().clone();
            reqwest_middleware::Error::Middleware(anyhow::anyhow!("another error").context(ours))
        })
    }
}
