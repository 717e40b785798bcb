//! Response bodies, and the JSON response.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use hyper::body::{Body, Frame, SizeHint};
use serde::Serialize;

use crate::session::clock::Clock;

pub(crate) type Response = http::Response<ResponseBody>;

/// The body of a response, which faults can slow down and truncate.
pub(crate) struct ResponseBody {
    rest: Bytes,
    /// The number of bytes after which the body fails.
    fails_after: Option<usize>,
    /// True after a pause before the failure.
    has_paused: bool,
    slow: Option<Slow>,
}

/// Sends a body in pieces.
struct Slow {
    chunk_bytes: usize,
    interval: Duration,
    pause: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl ResponseBody {
    /// Sends the body in pieces of this size, with a pause before each.
    pub(crate) fn slow_down(&mut self, chunk_bytes: usize, interval: Duration) {
        let pause = Box::pin(Clock::sleep(interval));
        self.slow = Some(Slow { chunk_bytes: chunk_bytes.max(1), interval, pause });
    }

    /// Fails after this many bytes, which makes the server cut the connection.
    pub(crate) fn truncate(&mut self, bytes: usize) {
        self.fails_after = Some(bytes);
    }
}

impl From<Bytes> for ResponseBody {
    fn from(bytes: Bytes) -> Self {
        Self { rest: bytes, fails_after: None, has_paused: false, slow: None }
    }
}

impl From<String> for ResponseBody {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let mut size = self.rest.len();
        if let Some(slow) = &mut self.slow {
            ready!(slow.pause.as_mut().poll(context));
            slow.pause = Box::pin(Clock::sleep(slow.interval));
            size = size.min(slow.chunk_bytes);
        }
        if let Some(remaining) = &mut self.fails_after {
            if *remaining == 0 {
                // A pause first, in which the server sends what it has buffered. It would discard that at an error.
                if !self.has_paused {
                    self.has_paused = true;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())));
            }
            size = size.min(*remaining);
            *remaining -= size;
        }
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(size)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

/// Returns a response with a body of this content type.
pub(crate) fn response(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<ResponseBody>,
) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Returns a response with a JSON body.
pub(crate) fn json_response(status: StatusCode, body: &impl Serialize) -> Response {
    let body =
        serde_json::to_vec(body).expect("values of this crate are JSON: no map has a key that is not text");
    response(status, "application/json", Bytes::from(body))
}
