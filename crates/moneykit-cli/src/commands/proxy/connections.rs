//! The connections to the API, which are kept for later requests.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use moneykit::http::{HeaderName, Request, Response};
use tokio::time::{Instant, interval};
use tracing::debug;

use super::body::{RequestBody, TimedBody, copy_of};
use super::connector::Connector;
use super::send_error::SendError;

/// The body of a request that is sent. The program may stop sending a stream and stay connected, also after the response.
type Body = RequestBody<TimedBody<Incoming>>;

/// A pool of HTTP/1.1 connections to one server.
///
/// Requests by the library `moneykit` and reqwest take twice as much CPU time, because these can do much of which a reverse
/// proxy has no use. hyper-util's client takes a tenth more, and does not say whether a connection had been idle.
pub(super) struct Connections {
    connector: Connector,
    kept: Mutex<Vec<Kept>>,
}

/// A connection that has responded. It is idle once the body of its response has ended.
struct Kept {
    sender: SendRequest<Body>,
    since: Instant,
}

/// How long a connection is kept. Many load balancers forget connections that were idle for a minute.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);

impl Connections {
    pub(super) fn new(connector: Connector) -> Self {
        Self { connector, kept: Mutex::default() }
    }

    /// Sends a request, whose URI is a path. Sends it once more if the connection had been idle, closed before the response,
    /// and the API may process the request twice.
    pub(super) async fn send(&self, mut request: Request<Body>) -> Result<Response<Incoming>, SendError> {
        // A server closes idle connections at any time, also just as a request goes out.
        while let Some(mut sender) = self.take() {
            let copy = copy_if_repeatable(&request);
            let mut error = match sender.try_send_request(request).await {
                Ok(response) => {
                    self.keep(sender);
                    return Ok(response);
                }
                Err(error) => error,
            };
            if let Some(unsent) = error.take_message() {
                request = unsent;
                continue;
            }
            match (SendError::of(&error.into_error()), copy) {
                (SendError::Disconnected, Some(copy)) => request = copy,
                (error, _) => return Err(error),
            }
            break;
        }
        let mut sender = self.connect().await?;
        let response = sender.send_request(request).await.map_err(|error| SendError::of(&error))?;
        self.keep(sender);
        Ok(response)
    }

    /// Closes connections that were kept for too long, until this future is dropped.
    ///
    /// This saves a system call for each request, too: tokio wakes itself whenever a timer is set that is due before all
    /// others, and the timers of requests are due after the one here.
    pub(super) async fn close_idle(&self) -> Infallible {
        const INTERVAL: Duration = Duration::from_secs(5);

        let mut interval = interval(INTERVAL);
        loop {
            interval.tick().await;
            self.with_usable(|_| ());
        }
    }

    async fn connect(&self) -> Result<SendRequest<Body>, SendError> {
        let stream = self.connector.connect().await.map_err(SendError::of_connecting)?;
        let (sender, connection) = http1::handshake(stream).await.map_err(|error| SendError::of(&error))?;
        tokio::spawn(async {
            if let Err(error) = connection.await {
                debug!(%error, "a connection to the API ended early");
            }
        });
        Ok(sender)
    }

    /// Returns the idle connection that was used last.
    fn take(&self) -> Option<SendRequest<Body>> {
        self.with_usable(|kept| {
            let index = kept.iter().rposition(|kept| kept.sender.is_ready())?;
            Some(kept.remove(index).sender)
        })
    }

    fn keep(&self, sender: SendRequest<Body>) {
        self.with_usable(|kept| kept.push(Kept { sender, since: Instant::now() }));
    }

    /// Removes the connections that have closed or were kept for too long, and calls a function with the others.
    fn with_usable<T>(&self, use_kept: impl FnOnce(&mut Vec<Kept>) -> T) -> T {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        kept.retain(|kept| !kept.sender.is_closed() && now.duration_since(kept.since) < IDLE_TIMEOUT);
        use_kept(&mut kept)
    }
}

/// Returns a copy of a request if the API may process it twice: its method is idempotent (RFC 9110 §9.2.2), or it has a key
/// by which the API recognizes it.
fn copy_if_repeatable(request: &Request<Body>) -> Option<Request<Body>> {
    const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

    // A program whose variable is not set sends an empty key.
    let key = request.headers().get(IDEMPOTENCY_KEY).filter(|key| !key.as_bytes().trim_ascii().is_empty());
    if !request.method().is_idempotent() && key.is_none() {
        return None;
    }
    let mut copy = Request::new(copy_of(request.body())?);
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    copy.headers_mut().clone_from(request.headers());
    Some(copy)
}
