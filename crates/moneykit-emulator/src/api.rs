//! Every path but the token endpoint: asks for an access token, and gives the prepared answer or tells what it has
//! received.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::authorization::{self, Authorization};
use crate::body;
use crate::clients::Grant;
use crate::refusal::{BadToken, Refusal, json_response};
use crate::shared::Shared;
use crate::token_store::Standing;

pub(crate) async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let outcome = answer(&shared, request).await;
    shared.counters.count_api_request(outcome.is_err());
    outcome.unwrap_or_else(Refusal::into_response)
}

async fn answer(shared: &Shared, request: Request) -> Result<Response, Refusal> {
    let (head, body) = request.into_parts();
    let body = body::read(body, 0).await.map_err(|_| Refusal::unreadable_body())?;
    let (token, grant) = authenticate(shared, &head.headers).map_err(Refusal::bad_token)?;

    let prepared = shared.answers.to(&head.method, head.uri.path());
    Ok(prepared.unwrap_or_else(|| json_response(StatusCode::OK, &echo(&head, body.length, token, grant))))
}

/// Tells what arrived.
fn echo(head: &Parts, body_bytes: u64, token: &str, grant: Grant) -> Value {
    // A client may put its token where it does not belong, such as the query. It is not sent back even then.
    let redacted = |text: &str| text.replace(token, "[redacted]");
    let version = head
        .headers
        .get("moneykit-version")
        .map(|version| redacted(&String::from_utf8_lossy(version.as_bytes())));
    json!({
        "method": head.method.as_str(),
        "path": redacted(head.uri.path()),
        "query": head.uri.query().map(redacted),
        "client_id": grant.client_id,
        "scope": grant.scopes.map(|scopes| scopes.names().map(str::to_owned).collect::<Vec<_>>()),
        "moneykit_version": version,
        "body_bytes": body_bytes,
    })
}

fn authenticate<'r>(shared: &Shared, headers: &'r HeaderMap) -> Result<(&'r str, Grant), BadToken> {
    let Authorization::Given(header) = Authorization::of(headers) else {
        return Err(BadToken::Missing);
    };
    let token = authorization::bearer(header).ok_or(BadToken::Missing)?;
    match shared.tokens.standing(token, shared.clock.now()) {
        Standing::Good(grant) => Ok((token, grant)),
        Standing::Expired => Err(BadToken::Expired),
        Standing::Unknown => Err(BadToken::Unknown),
    }
}
