//! What an operator sees of the cache: its logs and spans. Subscribers are code of the application, so nothing here
//! is called under the cache's lock.

use std::time::Duration;

use tracing::{Span, debug, field, info, info_span, warn};

use super::TokenSource;
use super::purpose::RefreshReason;
use super::refresh::Outcome;
use crate::evidence::SentRequest;
use crate::metrics;

/// How logs, spans and metrics name a token source.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    /// `None` until a credentials provider has returned credentials.
    pub(crate) client_id: Option<String>,
    pub(crate) server_address: Option<String>,
    pub(crate) server_port: Option<u16>,
}

/// A refresh that has finished.
pub(super) struct Refreshed<'a> {
    pub(super) reason: RefreshReason,
    pub(super) attempts: u32,
    pub(super) elapsed: Duration,
    pub(super) outcome: &'a Outcome,
    /// `None` if the refresh had been discarded before it finished.
    pub(super) after: Option<AfterRefresh>,
}

/// What the cache does after a refresh.
pub(super) struct AfterRefresh {
    /// For how long the current token remains valid.
    pub(super) expires_in: Option<Duration>,
    /// The time until the next refresh may start; zero after a success.
    pub(super) next_attempt_in: Duration,
}

/// Creates the span of a refresh. It is a root span, so that it does not hold the span of the caller who happened to
/// start the refresh open; it follows from that.
pub(super) fn refresh_span(source: &dyn TokenSource, reason: RefreshReason) -> Span {
    let labels = source.labels();
    let span = info_span!(
        parent: None,
        "moneykit.token_refresh",
        reason = reason.name(),
        client_id = labels.client_id,
        server.address = labels.server_address,
        server.port = labels.server_port,
        attempts = field::Empty,
        outcome = field::Empty,
        status = field::Empty,
        otel.status_code = field::Empty,
        duration_ms = field::Empty,
        source = field::Empty,
    );
    span.follows_from(Span::current());
    span
}

/// Reports a finished refresh, within its span.
pub(super) fn refreshed(source: &dyn TokenSource, refreshed: &Refreshed<'_>) {
    let Refreshed { reason, attempts, elapsed, outcome, after } = refreshed;
    let labels = source.labels();
    let (client_id, server) = (labels.client_id.as_deref(), labels.server_address.as_deref());
    let reason = reason.name();
    metrics::refresh_finished(outcome.is_ok(), *elapsed);

    let span = Span::current();
    span.record("attempts", attempts);
    span.record("outcome", if outcome.is_ok() { "token" } else { "error" });
    span.record("duration_ms", millis(*elapsed));
    let error = match outcome {
        Ok(token) => {
            let lifetime_s = token.lifetime().as_secs();
            if token.is_from_elsewhere() {
                span.record("source", "store");
                let age_s = token.age().as_secs();
                info!(
                    client_id,
                    server.address = server,
                    reason,
                    lifetime_s,
                    age_s,
                    attempts,
                    "took an access token from the token store"
                );
            } else {
                info!(
                    client_id,
                    server.address = server,
                    reason,
                    lifetime_s,
                    attempts,
                    "obtained an access token"
                );
            }
            if let Some(expires_in) = after.as_ref().and_then(|after| after.expires_in) {
                metrics::token_expires_in(labels.client_id, expires_in);
            }
            return;
        }
        Err(error) => error,
    };
    span.record("otel.status_code", "ERROR");
    let status = error.status().map(|status| status.as_u16());
    if let Some(status) = status {
        span.record("status", status);
    }
    let Some(after) = after else {
        debug!(error = %error.log_text(), "a token refresh that had been given up failed");
        return;
    };
    if error.is_cooling_down() {
        // The failure that began the cool-down was reported.
        debug!(error = %error.log_text(), "sent no token request: these credentials were rejected before");
        return;
    }
    metrics::refresh_failed(error.failure_reason());
    let next_attempt_in_ms = millis(after.next_attempt_in);
    let token_expires_in_s = after.expires_in.map(|time| time.as_secs());
    let text = error.log_text();
    // Events have constant messages, and one macro call each.
    macro_rules! report {
        ($message:literal) => {
            warn!(
                client_id,
                server.address = server,
                reason,
                error = %text,
                attempts,
                next_attempt_in_ms,
                token_expires_in_s,
                $message
            )
        };
    }
    match (error.is_rejection(), after.expires_in) {
        (true, Some(_)) => {
            report!("the token endpoint rejected the request; the current token remains in use");
        }
        (true, None) => report!("the token endpoint rejected the request; there is no token"),
        (false, Some(_)) => report!("the token refresh failed; the current token remains in use"),
        (false, None) => report!("the token refresh failed; there is no token"),
    }
}

/// Reports what is done about a 401.
pub(super) fn unauthorized(request: &SentRequest<'_>, decision: &'static str) {
    debug!(path = request.target.1, decision, "the API rejected a request with 401");
}

/// Reports that a 401 made the current token suspect and that a refresh starts for it.
pub(super) fn suspect_token(source: &dyn TokenSource, request: &SentRequest<'_>) {
    let labels = source.labels();
    let (client_id, server) = (labels.client_id, labels.server_address);
    let path = request.target.1;
    warn!(
        client_id,
        server.address = server,
        path,
        "the API rejected the access token; requesting a new one"
    );
}

/// Reports that a request met a 401 with a fresh token, too.
pub(super) fn fresh_token_rejected(source: &dyn TokenSource, request: &SentRequest<'_>, pause: Duration) {
    let labels = source.labels();
    let (client_id, server) = (labels.client_id, labels.server_address);
    let (path, next_refresh_in_ms) = (request.target.1, millis(pause));
    warn!(
        client_id,
        server.address = server,
        path,
        next_refresh_in_ms,
        "the API rejected the new access token as well; the cause is the endpoint or its permissions, not the token"
    );
}

/// Returns a duration in milliseconds.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
