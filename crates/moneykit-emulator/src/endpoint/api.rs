//! Every path except the token endpoint: requires an access token and responds with a stub or an echo of the request.

use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use super::authorization_header::{self, AuthorizationHeader};
use super::error_response::{BearerError, ErrorResponse};
use super::exchange::Notes;
use super::request_body::BodyPrefix;
use super::response::{Response, ResponseBody, json_response};
use crate::session::clients::Grant;
use crate::session::clock::Clock;
use crate::session::config::Unmatched;
use crate::session::journal::Redactor;
use crate::session::state::SessionState;
use crate::session::stubs::{MatchInput, Reply};
use crate::session::tokens::{TokenInfo, TokenState};

/// The size up to which bodies are compared with those of stubs.
pub(super) const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Handles a request. The body is `None` if it could not be read.
pub(super) async fn respond(
    session: &SessionState,
    head: &Parts,
    path: &str,
    body: Option<&BodyPrefix>,
    notes: &mut Notes,
) -> Result<Response, ErrorResponse> {
    let body = body.ok_or_else(ErrorResponse::unreadable_body)?;
    let (token, info) = match authenticate(session, &head.headers) {
        Ok(authenticated) => authenticated,
        Err((BearerError::Missing, _)) if is_misplaced_token_request(head, path) => {
            return Err(wrong_token_path(session, head, path));
        }
        Err((error, info)) => {
            if let Some(info) = info {
                notes.set_token(&info);
            }
            return Err(ErrorResponse::api_request_unauthorized(error));
        }
    };
    notes.set_token(&info);

    let input = MatchInput::new(head, path, body.complete());
    let operation = session.contract.as_ref().and_then(|contract| contract.find(&head.method, path));
    if let Some(operation) = &operation {
        notes.operation = Some(operation.name().to_owned());
        check_request(session, operation.name(), &operation.violations(&input), head, notes)?;
    }
    if let Some(reply) = session.stubs.reply_to(&input) {
        notes.stub = Some(reply.stub_id.clone());
        if !reply.delay.is_zero() {
            Clock::sleep(reply.delay).await;
        }
        return Ok(reply_response(reply));
    }
    if let Some(operation) = operation {
        let reply = operation.reply(&head.headers).map_err(|reason| {
            ErrorResponse::no_sample(format!(
                "The contract has no usable response for {}: {reason}; add an example to it, or a stub",
                operation.name()
            ))
        })?;
        return Ok(reply_response(reply));
    }
    match session.settings().unmatched {
        Unmatched::Echo => {
            Ok(json_response(StatusCode::OK, &echo(head, path, body.length, token, &info.grant)))
        }
        Unmatched::Fail => {
            let path = Redactor::new(&session.clients, &head.headers).path(path);
            let nearest = session.stubs.describe_nearest(&input);
            let nearest = nearest.unwrap_or_else(|| "there are no stubs; add one".to_owned());
            Err(ErrorResponse::no_stub(format!("No stub matches {} {path}: {nearest}", head.method)))
        }
    }
}

/// Returns an error if there are violations of the operation in the contract.
fn check_request(
    session: &SessionState,
    operation: &str,
    violations: &[String],
    head: &Parts,
    notes: &mut Notes,
) -> Result<(), ErrorResponse> {
    if violations.is_empty() {
        return Ok(());
    }
    // The texts repeat no values, but names of unknown fields.
    let redactor = Redactor::new(&session.clients, &head.headers);
    notes.violations = violations.iter().map(|violation| redactor.text(violation)).collect();
    Err(ErrorResponse::request_invalid(format!(
        "The request does not fit {operation} of the contract: {}",
        notes.violations.join("; ")
    )))
}

fn reply_response(reply: Reply) -> Response {
    let mut response = Response::new(ResponseBody::from(reply.body));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response
}

/// Returns a description of the request.
fn echo(head: &Parts, path: &str, body_bytes: u64, token: &str, grant: &Grant) -> Value {
    // A client may put its token in the wrong place, such as the query. The echo must not repeat it even then.
    let redact = |text: &str| text.replace(token, "[redacted]");
    let version = head
        .headers
        .get("moneykit-version")
        .map(|version| redact(&String::from_utf8_lossy(version.as_bytes())));
    json!({
        "method": head.method.as_str(),
        "path": redact(path),
        "query": head.uri.query().map(redact),
        "client_id": grant.client_id,
        "scope": grant.scopes.as_ref().map(|scopes| scopes.names().collect::<Vec<_>>()),
        "moneykit_version": version,
        "body_bytes": body_bytes,
    })
}

/// Returns the bearer token of the request and what is known about it. An expired token is known as well.
fn authenticate<'r>(
    session: &SessionState,
    headers: &'r HeaderMap,
) -> Result<(&'r str, TokenInfo), (BearerError, Option<TokenInfo>)> {
    let AuthorizationHeader::Single(header) = AuthorizationHeader::from_headers(headers) else {
        return Err((BearerError::Missing, None));
    };
    let token = authorization_header::parse_bearer(header).ok_or((BearerError::Missing, None))?;
    match session.tokens.state(token, session.clock.now()) {
        TokenState::Active(info) => Ok((token, info)),
        TokenState::Expired(info) => Err((BearerError::Expired, Some(info))),
        TokenState::Unknown => Err((BearerError::Unknown, None)),
    }
}

/// Returns true if the request seems to be a token request with a wrong base URL.
fn is_misplaced_token_request(head: &Parts, path: &str) -> bool {
    head.method == Method::POST && path.trim_end_matches('/').ends_with("/auth/token")
}

fn wrong_token_path(session: &SessionState, head: &Parts, path: &str) -> ErrorResponse {
    let path = Redactor::new(&session.clients, &head.headers).path(path);
    ErrorResponse::wrong_token_path(format!(
        "The token endpoint is /auth/token below the emulator's URL, not {path}; fix the base URL of the client"
    ))
}
