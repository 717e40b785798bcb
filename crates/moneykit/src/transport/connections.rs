use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};

use reqwest::{Client, Error, Request, Response, Result};
use tower_layer::Layer;
use tower_service::Service;

/// Notes which requests have made a connection of their own. All others travel on one that was kept.
#[derive(Debug, Clone)]
pub(super) struct NoteConnections;

/// How a request travelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// A connection was made for it.
    New,
    /// A connection was there from an earlier request, and may have died since.
    Kept,
}

tokio::task_local! {
    /// The way of the request that this task waits for.
    static WAY: Cell<Way>;
}

/// Sends a request, and tells how it travelled.
pub(super) async fn execute(client: &Client, request: Request) -> (Result<Response>, Way) {
    let exchange = async {
        let outcome = client.execute(request).await;
        (outcome, WAY.with(Cell::get))
    };
    WAY.scope(Cell::new(Way::Kept), exchange).await
}

/// Says whether a connection closed before the head of an answer was there.
pub(super) fn is_closed(error: &Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
    const CLOSED: [std::io::ErrorKind; 5] =
        [BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof];

    let by_hyper =
        |error: &hyper::Error| error.is_incomplete_message() || error.is_canceled() || error.is_closed();
    let by_system = |error: &std::io::Error| CLOSED.contains(&error.kind());
    any_cause(error, by_hyper) || any_cause(error, by_system)
}

/// Says whether what came was no HTTP, or more of its headers than anybody needs.
pub(super) fn is_garbage(error: &Error) -> bool {
    any_cause(error, hyper::Error::is_parse)
}

fn any_cause<E: std::error::Error + 'static>(error: &Error, is_it: impl Fn(&E) -> bool) -> bool {
    let first = error as &(dyn std::error::Error + 'static);
    std::iter::successors(Some(first), |error| error.source())
        .any(|error| error.downcast_ref().is_some_and(&is_it))
}

impl<S> Layer<S> for NoteConnections {
    type Service = Noting<S>;

    fn layer(&self, connector: S) -> Noting<S> {
        Noting(connector)
    }
}

/// A connector that notes each connection which it makes.
#[derive(Debug, Clone)]
pub(super) struct Noting<S>(S);

impl<S, D> Service<D> for Noting<S>
where
    S: Service<D, Future: Send + 'static>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<std::result::Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, destination: D) -> Self::Future {
        let connecting = self.0.call(destination);
        Box::pin(async {
            let outcome = connecting.await;
            // Once a kept connection has overtaken it, this one is finished in a task of its own, where there is
            // no way to note: it waits for a later request.
            let _ = WAY.try_with(|way| way.set(Way::New));
            outcome
        })
    }
}
