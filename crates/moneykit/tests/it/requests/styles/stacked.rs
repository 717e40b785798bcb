//! The middleware among others, in each order that makes sense.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::Extensions;
use moneykit::{BearerMiddleware, Client, reqwest};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;
use reqwest_tracing::{ReqwestOtelSpanBackend, TracingMiddleware};

use super::super::Once;
use super::super::server::{Answer, Server};

thread_local! {
    static SPANS: Cell<usize> = const { Cell::new(0) };
}

/// Counts spans, and looks at what a tracer can see.
struct Counting;

impl ReqwestOtelSpanBackend for Counting {
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
enum Part {
    Bearer,
    Retry,
    Tracing,
}

use Part::{Bearer, Retry, Tracing};

fn stack(client: &Client, outermost_first: &[Part]) -> ClientWithMiddleware {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut stack = ClientBuilder::new(http);
    for part in outermost_first {
        stack = match part {
            Bearer => stack.with(BearerMiddleware::new(client.clone())),
            Retry => {
                let at_once = ExponentialBackoff::builder().retry_bounds(Duration::ZERO, Duration::ZERO);
                stack.with(RetryTransientMiddleware::new_with_policy(at_once.build_with_max_retries(2)))
            }
            Tracing => stack.with(TracingMiddleware::<Counting>::new()),
        };
    }
    stack.build()
}

#[tokio::test]
async fn retries_replays_and_traces_do_not_get_in_each_others_way() {
    for (order, statuses, sent, spans) in [
        // As documented: the replay is none of the tries, and each request has a span.
        ([Retry, Bearer, Tracing], [503, 401, 503, 200], 4, 4),
        // One span for all.
        ([Tracing, Retry, Bearer], [503, 401, 503, 200], 4, 1),
        // Each try starts anew, and so does the count of tries after a 401.
        ([Bearer, Retry, Tracing], [503, 401, 503, 200], 4, 4),
        // A 401 after the replay is returned.
        ([Retry, Bearer, Tracing], [401, 401, 200, 200], 2, 2),
    ] {
        let count = std::sync::Arc::new(AtomicUsize::new(0));
        let seen = std::sync::Arc::clone(&count);
        let server = Server::start(move |_| {
            Answer::Bytes(match statuses[seen.fetch_add(1, Ordering::SeqCst)] {
                200 => "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
                401 => "HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
                _ => "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
            })
        });
        let client = server.client().build().unwrap();
        SPANS.set(0);

        let answer =
            stack(&client, &order).post(format!("{}/x", client.base_url())).body("{}").send().await.unwrap();

        assert_eq!(answer.status(), statuses[sent - 1]);
        assert_eq!((count.load(Ordering::SeqCst), SPANS.get()), (sent, spans));
        assert_eq!(client.token_status().refreshes, 2);
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_tried_again() {
    let (emulator, client) = super::emulator();
    let wrong = Client::builder().credentials("id", "wrong").base_url(client.base_url()).build().unwrap();

    let http = stack(&wrong, &[Retry, Bearer, Tracing]);
    let error = http.get(format!("{}/x", emulator.url())).send().await.unwrap_err();

    assert!(error.is_middleware(), "{error:?}");
    assert_eq!((emulator.request_counts().token, emulator.request_counts().api), (1, 0));
}

#[tokio::test]
async fn a_stream_is_sent_where_nothing_tries_again() {
    let (emulator, client) = super::emulator();
    let http = stack(&client, &[Bearer, Tracing]);

    let body = reqwest::Body::wrap_stream(Once(Some("streamed")));
    let answer = http.post(format!("{}/x", emulator.url())).body(body).send().await.unwrap();

    assert_eq!(answer.status(), 200);
}
