use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Error;

use crate::base_url::BaseUrl;

/// What is known of the connections of a pool, by the host that they are to.
#[derive(Debug, Clone, Default)]
pub(super) struct Connections(Arc<Mutex<HashMap<String, Kept>>>);

impl Connections {
    /// Returns what is known of a host, and will be.
    pub(super) fn to(&self, base_url: &BaseUrl) -> Kept {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.entry(base_url.url().authority().to_owned()).or_default().clone()
    }
}

/// Whether a pool may hold a connection that was kept, and that may have died since.
///
/// A pool does not tell how a request travelled, and a layer around its connector that would know costs every
/// request twenty allocations. But a connection is only kept after an answer. So each answer allows for one request
/// that meets a dead connection; the next that fails in the same way met a server that closes them all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept(Arc<AtomicBool>);

impl Kept {
    /// Notes that an answer came, after which its connection may be kept.
    pub(super) fn note_answer(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Says whether a connection that closed may have been a kept one; not again before the next answer.
    pub(super) fn may_have_closed(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
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
