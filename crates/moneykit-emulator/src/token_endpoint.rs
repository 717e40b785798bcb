//! `POST /auth/token`: the client credentials grant (RFC 6749 §4.4) as the contract describes it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, PRAGMA};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::authorization_header::{self, AuthorizationHeader};
use crate::body;
use crate::clients::AuthError;
use crate::clock::Clock;
use crate::connection::Cutoff;
use crate::error_response::{ErrorResponse, json_response};
use crate::fault::Fault;
use crate::form::{Form, FormError};
use crate::secret::Secret;
use crate::shared::Shared;

/// Handles requests with any method, so that the 405 has the documented error body as well.
pub(crate) async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cutoff): ConnectInfo<Cutoff>,
    request: Request,
) -> Response {
    let mut response = respond(&shared, &cutoff, request).await;
    // RFC 6749 §5.1 requires both headers on responses that hold a token. Error responses must not be cached either.
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

async fn respond(shared: &Shared, cutoff: &Cutoff, request: Request) -> Response {
    let fault = shared.faults.next_fault();
    let mut lifetime = shared.tokens.lifetime();
    match &fault {
        Some(Fault::Status(status)) => {
            return fail(shared, request, ErrorResponse::fault(*status, None)).await;
        }
        Some(Fault::RetryAfter(status, delay)) => {
            return fail(shared, request, ErrorResponse::fault(*status, Some(*delay))).await;
        }
        Some(Fault::Garbage(body)) => {
            return fail(shared, request, (StatusCode::CREATED, body.clone())).await;
        }
        Some(Fault::Delay(delay)) => Clock::sleep(*delay).await,
        Some(Fault::CloseAfter(bytes)) => cutoff.close_after(*bytes),
        Some(Fault::Lifetime(fault_lifetime)) => lifetime = *fault_lifetime,
        None => {}
    }
    let outcome = issue_token(shared, request, lifetime).await;
    shared.counters.count_token_request(outcome.is_ok());
    let mut response = match outcome {
        Ok(token) => json_response(
            StatusCode::CREATED,
            &json!({
                "access_token": token,
                "token_type": "bearer",
                // Rounded down, so that a client never considers an expired token valid.
                "expires_in": lifetime.as_secs(),
            }),
        ),
        Err(error) => error.into_response(),
    };
    if matches!(fault, Some(Fault::CloseAfter(_))) {
        // The connection also closes if the response is shorter than the cutoff.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Sends `response` without issuing a token, regardless of the request.
async fn fail(shared: &Shared, request: Request, response: impl IntoResponse) -> Response {
    // The request must still be read to its end: see `body::read_to_end`.
    let _ = body::read_to_end(request.into_body(), 0).await;
    shared.counters.count_token_request(false);
    response.into_response()
}

/// The maximum size of a token request's body, far above any legitimate form.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Validates the request in the order of the documented responses: syntax and grant type (400) before client
/// authentication and scope (401).
async fn issue_token(shared: &Shared, request: Request, lifetime: Duration) -> Result<String, ErrorResponse> {
    let (head, body) = request.into_parts();
    let body = body::read_to_end(body, MAX_BODY_BYTES).await.map_err(|_| ErrorResponse::unreadable_body())?;
    if head.method != Method::POST {
        return Err(ErrorResponse::method_not_allowed());
    }
    if body.length > body.prefix.len() as u64 {
        return Err(ErrorResponse::token_request_too_large());
    }
    let form = parse_form(&head.headers, &body.prefix)?;
    if form.get("grant_type").is_some_and(|grant_type| grant_type != "client_credentials") {
        return Err(ErrorResponse::invalid_token_request("Invalid grant type"));
    }

    let (id, secret) = client_credentials(&head.headers, &form)
        .ok_or_else(|| ErrorResponse::token_request_unauthorized(INVALID_CREDENTIALS))?;
    let grant = shared.clients.authorize(&id, &secret, form.get_non_empty("scope")).map_err(|error| {
        ErrorResponse::token_request_unauthorized(match error {
            AuthError::InvalidClient => INVALID_CREDENTIALS,
            AuthError::InvalidScope => "Scope not permitted",
        })
    })?;
    shared
        .tokens
        .issue(grant, shared.clock.now(), lifetime)
        .map_err(|_| ErrorResponse::random_source_failed())
}

/// One message for missing, malformed, contradictory, unknown and wrong credentials, so that responses do not help
/// an attacker guess.
const INVALID_CREDENTIALS: &str = "Invalid client credentials";

/// Parses the form. A request without a body needs no content type.
fn parse_form(headers: &HeaderMap, body: &[u8]) -> Result<Form, ErrorResponse> {
    let mut content_types = headers.get_all(CONTENT_TYPE).iter().peekable();
    let untyped_body = content_types.peek().is_none() && !body.is_empty();
    if untyped_body || !content_types.all(is_form) {
        return Err(ErrorResponse::invalid_token_request(
            "Content type must be application/x-www-form-urlencoded",
        ));
    }
    Form::parse(body).map_err(|error| {
        ErrorResponse::invalid_token_request(match error {
            FormError::InvalidEncoding => "Malformed form body",
            FormError::RepeatedField => "Repeated form field",
        })
    })
}

/// Returns true if the media type is a form's. Parameters, such as a charset, are ignored.
fn is_form(content_type: &HeaderValue) -> bool {
    let essence = content_type.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}

/// Returns the client ID and secret from the header or the form. Values that are in both must be equal.
fn client_credentials(headers: &HeaderMap, form: &Form) -> Option<(String, Secret)> {
    let form_id = form.get_non_empty("client_id");
    let form_secret = form.get_non_empty("client_secret").map(Secret::new);
    match AuthorizationHeader::from_headers(headers) {
        AuthorizationHeader::Absent => Some((form_id?.to_owned(), form_secret?)),
        // MoneyKit's client for Ruby sends the header with an empty user and password beside the form.
        AuthorizationHeader::Single(header) if authorization_header::is_empty_basic(header) => {
            Some((form_id?.to_owned(), form_secret?))
        }
        // Another scheme is rejected even if the form is complete: the client meant to authenticate with a header that
        // the token endpoint does not support.
        AuthorizationHeader::Single(header) => {
            let basic = authorization_header::parse_basic(header)?;
            let equal = form_id.is_none_or(|id| id == basic.client_id)
                && form_secret.is_none_or(|secret| bool::from(basic.client_secret.ct_eq(&secret)));
            equal.then_some((basic.client_id, basic.client_secret))
        }
        AuthorizationHeader::Repeated => None,
    }
}
