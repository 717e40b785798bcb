//! An HTTP/1.1 server: accepts connections, and finishes requests before it ends.

use std::convert::Infallible;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use moneykit::http::{Request, Response};
use tracing::debug;

use super::body::Body;
use super::listener::Listener;

/// A server with its connections.
pub(super) struct Server {
    listener: Listener,
    connections: GracefulShutdown,
}

/// The delay after a failure to accept a connection, such as for a lack of file descriptors.
const ACCEPT_DELAY: Duration = Duration::from_millis(100);

/// How long a client may take for the head of a request, and leave a connection idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

impl Server {
    pub(super) fn new(listener: Listener) -> Self {
        Self { listener, connections: GracefulShutdown::new() }
    }

    /// Accepts connections, until this future is dropped.
    pub(super) async fn run<H, F>(&self, handle: H) -> Infallible
    where
        H: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
        F: Future<Output = Result<Response<Body>, Infallible>> + Send + 'static,
    {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
        loop {
            let stream = match self.listener.accept().await {
                Ok(stream) => stream,
                Err(error) => {
                    debug!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_DELAY).await;
                    continue;
                }
            };
            let service = service_fn(handle.clone());
            let connection = self.connections.watch(http.serve_connection(TokioIo::new(stream), service));
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    debug!(%error, "a connection ended early");
                }
            });
        }
    }

    /// Stops listening, and waits for the requests in flight. Returns false if the timeout ended first.
    pub(super) async fn drain(self, timeout: Duration) -> bool {
        let Self { listener, connections } = self;
        drop(listener);
        tokio::time::timeout(timeout, connections.shutdown()).await.is_ok()
    }
}
