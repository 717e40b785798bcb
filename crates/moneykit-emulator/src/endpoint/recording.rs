//! The entry of a request in the journal, while the request is handled.

use std::borrow::Cow;
use std::mem::take;
use std::time::Duration;

use http::StatusCode;
use http::header::CONTENT_TYPE;
use http::request::Parts;

use super::exchange::Notes;
use super::request_body::BodyPrefix;
use super::token_endpoint;
use crate::session::journal::{JournalEntry, Redactor};
use crate::session::state::SessionState;

/// A request that is being handled. When it is dropped, the request is counted and added to the journal, so that this
/// also happens if the client goes away before the response.
pub(super) struct Recording<'s> {
    pub(super) session: &'s SessionState,
    pub(super) head: Parts,
    /// The path within the session.
    pub(super) path: String,
    /// `None` if the body could not be read.
    pub(super) body: Option<BodyPrefix>,
    pub(super) notes: Notes,
    /// The kind of the fault that was injected.
    pub(super) fault: Option<&'static str>,
    pub(super) rate_limited: bool,
    /// True if the request was issued a token, or received a stub or an echo.
    pub(super) succeeded: bool,
    /// True if the response is that of a [`Fault::Garbage`](crate::Fault::Garbage), which looks like a success.
    pub(super) is_garbage: bool,
    /// `None` until there is a response.
    status: Option<u16>,
    received_at: Duration,
    /// The real time since the session's start.
    started_at: Duration,
}

impl<'s> Recording<'s> {
    pub(super) fn begin(session: &'s SessionState, head: Parts, path: String) -> Self {
        Self {
            session,
            head,
            path,
            body: None,
            notes: Notes::default(),
            fault: None,
            rate_limited: false,
            succeeded: false,
            is_garbage: false,
            status: None,
            received_at: session.clock.now(),
            started_at: session.clock.elapsed(),
        }
    }

    pub(super) fn is_token_request(&self) -> bool {
        self.path == "/auth/token"
    }

    pub(super) fn finish(mut self, status: StatusCode) {
        self.status = Some(status.as_u16());
    }
}

impl Drop for Recording<'_> {
    fn drop(&mut self) {
        let succeeded = self.succeeded && !self.is_garbage;
        let is_token_request = self.is_token_request();
        if is_token_request {
            self.session.counters.count_token_request(succeeded);
        } else {
            self.session.counters.count_api_request(!succeeded);
        }
        let redactor = Redactor::new(&self.session.clients, &self.head.headers);
        let path = match redactor.path(&self.path) {
            Cow::Owned(redacted) => redacted,
            Cow::Borrowed(_) => take(&mut self.path),
        };
        let body = self.body.as_ref().and_then(|body| {
            let is_form = self.head.headers.get(CONTENT_TYPE).is_some_and(token_endpoint::is_form);
            redactor.body(&body.prefix, is_form || is_token_request)
        });
        let query = self.head.uri.query().map(|query| redactor.pairs(query));
        let mut headers = take(&mut self.head.headers);
        redactor.headers(&mut headers);
        let notes = take(&mut self.notes);
        let entry = JournalEntry {
            // The journal assigns it.
            id: 0,
            received_at: self.received_at,
            method: self.head.method.as_str().to_owned(),
            path,
            query,
            headers,
            body,
            body_bytes: self.body.as_ref().map_or(0, |body| body.length),
            status: self.status,
            duration: self.session.clock.elapsed().saturating_sub(self.started_at),
            stub: notes.stub,
            operation: notes.operation,
            violations: notes.violations,
            fault: self.fault,
            rate_limited: self.rate_limited,
            client_id: notes.client_id,
            token: notes.token,
        };
        self.session.journal.push(&entry);
    }
}
