//! One request and its response: rate limit, fault, handler, and the entry in the journal.

use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, PRAGMA};
use http::request::Parts;
use http::{HeaderValue, Request, StatusCode};
use hyper::body::Incoming;

use super::error_response::ErrorResponse;
use super::recording::Recording;
use super::request_body::{self, BodyPrefix};
use super::response::{Response, response};
use super::{api, token_endpoint};
use crate::server::Cutoff;
use crate::session::clock::Clock;
use crate::session::faults::Fault;
use crate::session::state::SessionState;
use crate::session::tokens::TokenInfo;

/// What the handlers note about a request for its journal entry.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) stub: Option<String>,
    /// The operation of the contract.
    pub(super) operation: Option<String>,
    /// What does not fit the contract.
    pub(super) violations: Vec<String>,
    pub(super) client_id: Option<String>,
    /// The number of the token that was issued or presented.
    pub(super) token: Option<u64>,
}

impl Notes {
    pub(super) fn set_token(&mut self, token: &TokenInfo) {
        self.token = Some(token.number);
        self.client_id = Some(token.grant.client_id.clone());
    }
}

/// Responds to a request. The path is that within the session.
pub(super) async fn respond(
    session: &SessionState,
    cutoff: &Cutoff,
    path: String,
    request: Request<Incoming>,
) -> Response {
    let is_token_endpoint = path == "/auth/token";
    let permit = session.rate_limiter.take(is_token_endpoint, session.clock.now());
    // A request that the rate limit rejects uses up no fault.
    let fault = permit.map(|()| session.faults.next_fault((!is_token_endpoint).then_some(&*path)));

    let (head, body) = request.into_parts();
    let max_kept = if is_token_endpoint { token_endpoint::MAX_BODY_BYTES } else { api::MAX_BODY_BYTES };
    let mut recording = Recording::begin(session, head, path);
    recording.rate_limited = permit.is_err();
    recording.fault = fault.as_ref().ok().and_then(|fault| Some(fault.as_ref()?.kind()));
    recording.body = request_body::read_to_end(body, max_kept).await.ok();

    let outcome = match &fault {
        Err(retry_after) => Err(ErrorResponse::rate_limited(*retry_after)),
        Ok(fault) => recording.respond(fault.as_ref()).await,
    };
    recording.succeeded = outcome.is_ok();
    let mut response = outcome.unwrap_or_else(ErrorResponse::into_response);
    if is_token_endpoint {
        // RFC 6749 §5.1 requires both headers on responses that hold a token. Error responses must not be cached either.
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    }
    if let Ok(Some(fault)) = fault {
        damage(&mut response, &fault, cutoff);
    }
    recording.finish(response.status());
    response
}

impl Recording<'_> {
    /// Handles the request, unless a fault replaces the response.
    async fn respond(&mut self, fault: Option<&Fault>) -> Result<Response, ErrorResponse> {
        match fault {
            Some(Fault::Status(status)) => return Err(self.fault(*status, None)),
            Some(Fault::RetryAfter(status, delay)) => return Err(self.fault(*status, Some(*delay))),
            Some(Fault::Garbage(body)) => {
                self.is_garbage = true;
                let status = if self.is_token_request() { StatusCode::CREATED } else { StatusCode::OK };
                return Ok(response(status, "text/plain; charset=utf-8", body.clone()));
            }
            Some(Fault::Delay(delay)) => Clock::sleep(*delay).await,
            _ => {}
        }
        let is_token_request = self.is_token_request();
        let Self { session, head, path, body, notes, .. } = self;
        let (head, body): (&Parts, Option<&BodyPrefix>) = (head, body.as_ref());
        if is_token_request {
            token_endpoint::respond(session, head, body, fault, notes)
        } else {
            api::respond(session, head, path, body, notes).await
        }
    }

    fn fault(&self, status: StatusCode, retry_after: Option<std::time::Duration>) -> ErrorResponse {
        if self.is_token_request() {
            ErrorResponse::token_fault(status, retry_after)
        } else {
            ErrorResponse::api_fault(status, retry_after)
        }
    }
}

/// Applies a fault that changes a response, or the way it is sent.
fn damage(response: &mut Response, fault: &Fault, cutoff: &Cutoff) {
    match fault {
        Fault::ContentType(content_type) => {
            response.headers_mut().insert(CONTENT_TYPE, content_type.clone());
        }
        Fault::SlowBody { chunk_bytes, interval } => response.body_mut().slow_down(*chunk_bytes, *interval),
        Fault::TruncateBody(bytes) => response.body_mut().truncate(*bytes),
        Fault::CloseAfter(bytes) => cutoff.close_after(*bytes),
        Fault::ResetAfter(bytes) => cutoff.reset_after(*bytes),
        _ => {}
    }
    if matches!(fault, Fault::CloseAfter(_) | Fault::ResetAfter(_)) {
        // The connection also closes if the response is shorter than the cutoff.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
}
