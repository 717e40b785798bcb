//! Bodies of requests and responses.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep};

/// The body of a request to the API or of a response: in memory, or a stream that has to end before a deadline.
pub(super) type Body = Either<Full<Bytes>, TimedBody>;

/// The body of a request of a program: in memory, so that it can be sent again, or a stream.
pub(super) type RequestBody = Either<Full<Bytes>, Incoming>;

pub(super) type BoxError = Box<dyn Error + Send + Sync>;

/// A future that is ready when the time is up.
pub(super) type Deadline = Pin<Box<Sleep>>;

/// A stream that has to end before a deadline. Its sender may stop sending and stay connected.
pub(super) struct TimedBody {
    /// What has been read of the stream already.
    first: Option<Bytes>,
    body: Incoming,
    deadline: Deadline,
}

/// The error of a body that did not end before its deadline.
#[derive(Debug)]
pub(super) struct BodyTimeout;

impl fmt::Display for BodyTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body did not end in time")
    }
}

impl Error for BodyTimeout {}

impl TimedBody {
    pub(super) fn new(body: Incoming, deadline: Deadline) -> Self {
        Self { first: None, body, deadline }
    }

    /// Returns the body from its beginning. It is in memory if it has at most this many bytes.
    pub(super) async fn read(mut self, max_bytes: usize) -> Result<Body, BoxError> {
        let mut read = Vec::new();
        while let Some(frame) = self.frame().await.transpose()? {
            // Trailers are not forwarded.
            read.extend_from_slice(&frame.into_data().unwrap_or_default());
            if read.len() > max_bytes {
                self.first = Some(read.into());
                return Ok(Either::Right(self));
            }
        }
        Ok(full(read))
    }
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if self.deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(BodyTimeout.into())));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.body.size_hint();
        if let Some(first) = &self.first {
            let length = u64::try_from(first.len()).unwrap_or(u64::MAX);
            if let Some(upper) = hint.upper() {
                hint.set_upper(upper.saturating_add(length));
            }
            hint.set_lower(hint.lower().saturating_add(length));
        }
        hint
    }
}

/// Returns the deadline that is this far away.
pub(super) fn deadline(timeout: Duration) -> Deadline {
    Box::pin(sleep(timeout))
}

/// Returns a copy of a body in memory.
pub(super) fn copy_of<S>(body: &Either<Full<Bytes>, S>) -> Option<Either<Full<Bytes>, S>> {
    match body {
        Either::Left(bytes) => Some(Either::Left(bytes.clone())),
        Either::Right(_) => None,
    }
}

/// Returns a body of these bytes.
pub(super) fn full(bytes: impl Into<Bytes>) -> Body {
    Either::Left(Full::new(bytes.into()))
}
