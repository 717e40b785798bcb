//! The connections to the API, which are kept for later requests.

use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use moneykit::http::{HeaderName, HeaderValue, Request, Response, Uri, header};
use tokio::time::{Instant, interval};
use tracing::debug;

use super::body::{Body, copy_of};
use super::connector::Connector;
use super::send_error::SendError;

/// A pool of HTTP/1.1 connections to one server.
///
/// Requests by the library `moneykit` and reqwest take twice as much CPU time, because these can do much of which a reverse
/// proxy has no use. hyper-util's client takes a tenth more, and does not say whether a connection had been idle.
pub(super) struct Connections {
    connector: Connector,
    host: HeaderValue,
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
    /// The path of the server's URI does not matter.
    pub(super) fn new(server: &Uri) -> Result<Self, rustls::Error> {
        let host = server.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
        let host = host.expect("the URI of a server has a host");
        Ok(Self { connector: Connector::new(server.clone())?, host, kept: Mutex::default() })
    }

    /// Sends a request, whose URI is a path. Sends it once more if the connection had been idle, closed before the response,
    /// and the API may process the request twice.
    pub(super) fn send(
        &self,
        mut request: Request<Body>,
    ) -> impl Future<Output = Result<Response<Incoming>, SendError>> {
        request.headers_mut().insert(header::HOST, self.host.clone());
        // The future of an `async fn` would hold the request twice.
        async move {
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
            // Boxed, so that requests on kept connections need no space for it.
            let mut sender = Box::pin(self.connect()).await?;
            let response = sender.send_request(request).await.map_err(|error| SendError::of(&error))?;
            self.keep(sender);
            Ok(response)
        }
    }

    /// Closes connections that were kept for too long, until this future is dropped.
    ///
    /// This saves a system call for each request, too: tokio wakes itself whenever a timer is set that is due before all
    /// others, and the timers of requests are due after the one here.
    pub(super) async fn close_idle(&self) -> Infallible {
        const INTERVAL: Duration = Duration::from_secs(5);

        let mut interval = interval(INTERVAL);
        loop {
            let now = interval.tick().await;
            self.kept().retain(|kept| now.duration_since(kept.since) < IDLE_TIMEOUT);
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
        let mut kept = self.kept();
        kept.retain(|kept| !kept.sender.is_closed());
        let index = kept.iter().rposition(|kept| kept.sender.is_ready())?;
        Some(kept.remove(index).sender)
    }

    fn keep(&self, sender: SendRequest<Body>) {
        self.kept().push(Kept { sender, since: Instant::now() });
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
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
