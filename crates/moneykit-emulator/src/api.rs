//! Every path except the token endpoint: requires an access token and responds with a stub or an echo of the request.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::authorization_header::{self, AuthorizationHeader};
use crate::body;
use crate::clients::Grant;
use crate::error_response::{BearerError, ErrorResponse, json_response};
use crate::shared::Shared;
use crate::token_store::TokenState;

pub(crate) async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let outcome = respond(&shared, request).await;
    shared.counters.count_api_request(outcome.is_err());
    outcome.unwrap_or_else(ErrorResponse::into_response)
}

async fn respond(shared: &Shared, request: Request) -> Result<Response, ErrorResponse> {
    let (head, body) = request.into_parts();
    let body = body::read_to_end(body, 0).await.map_err(|_| ErrorResponse::unreadable_body())?;
    let (token, grant) =
        authenticate(shared, &head.headers).map_err(ErrorResponse::api_request_unauthorized)?;

    let stub = shared.stubs.response_to(&head.method, head.uri.path());
    Ok(stub.unwrap_or_else(|| json_response(StatusCode::OK, &echo(&head, body.length, token, grant))))
}

/// Returns a description of the request.
fn echo(head: &Parts, body_bytes: u64, token: &str, grant: Grant) -> Value {
    // A client may put its token in the wrong place, such as the query. The echo must not repeat it even then.
    let redact = |text: &str| text.replace(token, "[redacted]");
    let version = head
        .headers
        .get("moneykit-version")
        .map(|version| redact(&String::from_utf8_lossy(version.as_bytes())));
    json!({
        "method": head.method.as_str(),
        "path": redact(head.uri.path()),
        "query": head.uri.query().map(redact),
        "client_id": grant.client_id,
        "scope": grant.scopes.map(|scopes| scopes.names().map(str::to_owned).collect::<Vec<_>>()),
        "moneykit_version": version,
        "body_bytes": body_bytes,
    })
}

/// Returns the bearer token of the request and its grant.
fn authenticate<'r>(shared: &Shared, headers: &'r HeaderMap) -> Result<(&'r str, Grant), BearerError> {
    let AuthorizationHeader::Single(header) = AuthorizationHeader::from_headers(headers) else {
        return Err(BearerError::Missing);
    };
    let token = authorization_header::parse_bearer(header).ok_or(BearerError::Missing)?;
    match shared.tokens.state(token, shared.clock.now()) {
        TokenState::Active(grant) => Ok((token, grant)),
        TokenState::Expired => Err(BearerError::Expired),
        TokenState::Unknown => Err(BearerError::Unknown),
    }
}
