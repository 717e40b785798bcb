//! Pooled connections that closed while they were idle.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Error;

use super::base_url::BaseUrl;

/// One [`StaleConnectionHint`] for each host that a connection pool has connections to.
#[derive(Debug, Clone, Default)]
pub(super) struct StaleConnections(Arc<Mutex<HashMap<String, StaleConnectionHint>>>);

impl StaleConnections {
    /// Returns the hint of a host. All clients of a transport share it.
    pub(super) fn hint(&self, base_url: &BaseUrl) -> StaleConnectionHint {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.entry(base_url.url().authority().to_owned()).or_default().clone()
    }
}

/// How many idle connections, at most, a connection pool may hold that the server has closed meanwhile.
///
/// A pool does not report which connection a request used, and a connector layer that did would cost every
/// request twenty allocations. But a connection becomes idle only after a response. So each response allows for
/// one request on a stale connection; further failures of the same kind are a server that closes every connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct StaleConnectionHint(Arc<AtomicU32>);

/// Bounds how many requests are sent again when a server begins to close every connection.
const MAX_STALE_CONNECTIONS: u32 = 64;

impl StaleConnectionHint {
    /// Records that a response arrived, after which its connection may become idle.
    pub(super) fn record_response(&self) {
        // Nearly every response finds the maximum, and only reads. Concurrent ones may exceed it by a few.
        if self.0.load(Ordering::Relaxed) < MAX_STALE_CONNECTIONS {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns true if a connection that closed may have been idle before; then false until the next response.
    pub(super) fn take(&self) -> bool {
        self.0.swap(0, Ordering::Relaxed) > 0
    }

    /// Returns true if a connection that closed may have been idle before. Requests whose connections closed at the same
    /// time each get an answer of their own.
    pub(super) fn take_one(&self) -> bool {
        let one_less = |count: u32| count.checked_sub(1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok()
    }

    /// Records that a new connection closed as well, so that the reason is not that connections were idle.
    pub(super) fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// Returns true if the connection closed before the response's head was complete.
pub(super) fn is_closed(error: &Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
    const CLOSED: [std::io::ErrorKind; 5] =
        [BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof];

    let by_hyper =
        |error: &hyper::Error| error.is_incomplete_message() || error.is_canceled() || error.is_closed();
    let by_system = |error: &std::io::Error| CLOSED.contains(&error.kind());
    any_source(error, by_hyper) || any_source(error, by_system)
}

/// Returns true if the response is not HTTP, or its head exceeds the parser's bounds.
pub(super) fn is_not_http(error: &Error) -> bool {
    any_source(error, hyper::Error::is_parse)
}

fn any_source<E: std::error::Error + 'static>(error: &Error, matches: impl Fn(&E) -> bool) -> bool {
    let first = error as &(dyn std::error::Error + 'static);
    std::iter::successors(Some(first), |error| error.source())
        .any(|error| error.downcast_ref().is_some_and(&matches))
}
