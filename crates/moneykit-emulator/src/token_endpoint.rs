//! `POST /auth/token`: the client credentials grant (RFC 6749 §4.4), as the contract describes it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, PRAGMA};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::authorization::{self, Authorization};
use crate::body;
use crate::clients::Denied;
use crate::clock::Clock;
use crate::connection::Scissors;
use crate::fault::Fault;
use crate::form::{Form, FormError};
use crate::refusal::{Refusal, json_response};
use crate::secret::Secret;
use crate::shared::Shared;

/// Answers every method, for a wrong one gets the documented error body too.
pub(crate) async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let mut response = answer(&shared, &scissors, request).await;
    // RFC 6749 §5.1 wants both on answers that hold a token. A cached refusal would be no better.
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

async fn answer(shared: &Shared, scissors: &Scissors, request: Request) -> Response {
    let fault = shared.faults.take();
    let mut lifetime = shared.tokens.lifetime();
    match &fault {
        Some(Fault::Status(status)) => return fail(shared, request, Refusal::fault(*status, None)).await,
        Some(Fault::RetryAfter(status, after)) => {
            return fail(shared, request, Refusal::fault(*status, Some(*after))).await;
        }
        Some(Fault::Garbage(body)) => {
            return fail(shared, request, (StatusCode::CREATED, body.clone())).await;
        }
        Some(Fault::Delay(time)) => Clock::pause(*time).await,
        Some(Fault::CloseAfter(bytes)) => scissors.cut_after(*bytes),
        Some(Fault::Lifetime(time)) => lifetime = *time,
        None => {}
    }
    let outcome = issue(shared, request, lifetime).await;
    shared.counters.count_token_request(outcome.is_ok());
    let mut response = match outcome {
        Ok(token) => json_response(
            StatusCode::CREATED,
            &json!({
                "access_token": token,
                "token_type": "bearer",
                // Rounded down: a client told so never takes a dead token for a living one.
                "expires_in": lifetime.as_secs(),
            }),
        ),
        Err(refusal) => refusal.into_response(),
    };
    if matches!(fault, Some(Fault::CloseAfter(_))) {
        // An answer that is shorter than that is the last one as well.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Answers with no token, whatever the request says.
async fn fail(shared: &Shared, request: Request, answer: impl IntoResponse) -> Response {
    // All the same it is read: see `body::read`.
    let _ = body::read(request.into_body(), 0).await;
    shared.counters.count_token_request(false);
    answer.into_response()
}

/// Longer than any form that a client has reason to send.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Checks the request in the order of the documented answers: whether it can be read and has the right grant type
/// (400) comes before who sent it and for which scope (401).
async fn issue(shared: &Shared, request: Request, lifetime: Duration) -> Result<String, Refusal> {
    let (head, body) = request.into_parts();
    let body = body::read(body, MAX_BODY_BYTES).await.map_err(|_| Refusal::unreadable_body())?;
    if head.method != Method::POST {
        return Err(Refusal::method_not_allowed());
    }
    if body.length > body.start.len() as u64 {
        return Err(Refusal::token_request_too_large());
    }
    let form = form(&head.headers, &body.start)?;
    if form.get("grant_type").is_some_and(|grant_type| grant_type != "client_credentials") {
        return Err(Refusal::bad_token_request("Invalid grant type"));
    }

    let (id, secret) =
        client_credentials(&head.headers, &form).ok_or_else(|| Refusal::bad_client(BAD_CREDENTIALS))?;
    let grant = shared.clients.authorize(&id, &secret, form.get_non_empty("scope")).map_err(|denied| {
        Refusal::bad_client(match denied {
            Denied::Credentials => BAD_CREDENTIALS,
            Denied::Scope => "Scope not permitted",
        })
    })?;
    shared.tokens.issue(grant, shared.clock.now(), lifetime).map_err(|_| Refusal::no_randomness())
}

/// The same for missing, unreadable, contradictory, unknown and wrong ones: who guesses gets no help.
const BAD_CREDENTIALS: &str = "Invalid client credentials";

/// Reads the form. A request without a body needs no content type: there is nothing that could have one.
fn form(headers: &HeaderMap, body: &[u8]) -> Result<Form, Refusal> {
    let mut content_types = headers.get_all(CONTENT_TYPE).iter().peekable();
    let untyped = content_types.peek().is_none() && !body.is_empty();
    if untyped || !content_types.all(is_form) {
        return Err(Refusal::bad_token_request("Content type must be application/x-www-form-urlencoded"));
    }
    Form::parse(body).map_err(|error| {
        Refusal::bad_token_request(match error {
            FormError::Encoding => "Malformed form body",
            FormError::RepeatedField => "Repeated form field",
        })
    })
}

/// Whether a content type is the form's. Its parameters, such as a charset, do not matter.
fn is_form(content_type: &HeaderValue) -> bool {
    let essence = content_type.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}

/// Brings together the credentials of the header and those of the form. What both of them give must agree.
fn client_credentials(headers: &HeaderMap, form: &Form) -> Option<(String, Secret)> {
    let form_id = form.get_non_empty("client_id");
    let form_secret = form.get_non_empty("client_secret").map(Secret::new);
    match Authorization::of(headers) {
        Authorization::Absent => Some((form_id?.to_owned(), form_secret?)),
        // An `Authorization` that is no Basic is refused even beside a complete form: whoever sent it meant
        // something by it, and it was not this.
        Authorization::Given(header) => {
            let basic = authorization::basic(header)?;
            let agrees = form_id.is_none_or(|id| id == basic.client_id)
                && form_secret.is_none_or(|secret| bool::from(basic.client_secret.matches(&secret)));
            agrees.then_some((basic.client_id, basic.client_secret))
        }
        Authorization::Repeated => None,
    }
}
