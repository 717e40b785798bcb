//! `POST /auth/token`: the client credentials grant (RFC 6749 §4.4) as the contract describes it.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::authorization_header::{self, AuthorizationHeader, BasicCredentials};
use super::error_response::ErrorResponse;
use super::exchange::Notes;
use super::form::{Form, FormError};
use super::request_body::BodyPrefix;
use super::response::{Response, response};
use crate::secret::Secret;
use crate::session::clients::{AuthError, Authorized};
use crate::session::faults::Fault;
use crate::session::state::SessionState;
use crate::session::tokens::Validity;

/// Handles a request with any method, so that the 405 has the documented error body as well. The body is `None` if it
/// could not be read.
pub(super) fn respond(
    session: &SessionState,
    head: &Parts,
    body: Option<&BodyPrefix>,
    fault: Option<&Fault>,
    notes: &mut Notes,
) -> Result<Response, ErrorResponse> {
    let authorized = authorize(session, head, body, notes)?;
    let mut validity =
        Validity { lifetime: session.lifetime_for(&authorized), activation_delay: Duration::ZERO };
    match fault {
        Some(Fault::Lifetime(lifetime)) => validity.lifetime = *lifetime,
        Some(Fault::ActivationDelay(delay)) => validity.activation_delay = *delay,
        _ => {}
    }
    let issued = session.tokens.issue(authorized.grant, session.clock.now(), validity);
    let (token, number) = issued.map_err(|_| ErrorResponse::random_source_failed())?;
    notes.token = Some(number);
    Ok(response(StatusCode::CREATED, "application/json", token_response(&token, validity.lifetime)))
}

/// Returns the body of a successful response.
pub(crate) fn token_response(token: &str, lifetime: Duration) -> String {
    // The lifetime is rounded down, so that a client never considers an expired token valid.
    let expires_in = lifetime.as_secs();
    let mut body = String::with_capacity(160);
    for part in [
        r#"{"access_token":""#,
        token,
        r#"","token_type":"bearer","expires_in":"#,
        &expires_in.to_string(),
        "}",
    ] {
        body.push_str(part);
    }
    body
}

/// The maximum size of a token request's body, far above any legitimate form.
pub(super) const MAX_BODY_BYTES: usize = 64 * 1024;

/// Validates the request in the order of the documented responses: syntax and grant type (400) before client
/// authentication and scope (401).
fn authorize(
    session: &SessionState,
    head: &Parts,
    body: Option<&BodyPrefix>,
    notes: &mut Notes,
) -> Result<Authorized, ErrorResponse> {
    let body = body.ok_or_else(ErrorResponse::unreadable_body)?;
    if head.method != Method::POST {
        return Err(ErrorResponse::method_not_allowed());
    }
    let body = body.complete().ok_or_else(ErrorResponse::token_request_too_large)?;
    let form = parse_form(&head.headers, body)?;
    if form.get("grant_type").is_some_and(|grant_type| grant_type != "client_credentials") {
        return Err(ErrorResponse::invalid_token_request("Invalid grant type"));
    }

    let (id, secret) = client_credentials(session, &head.headers, &form)
        .ok_or_else(|| ErrorResponse::token_request_unauthorized(INVALID_CREDENTIALS))?;
    let authorized = session.clients.authorize(&id, &secret, form.get_non_empty("scope"));
    // Only the ID of a registered client is noted: another may be a secret in the wrong place.
    if authorized.is_ok() || session.clients.contains(&id) {
        notes.client_id = Some(id);
    }
    authorized.map_err(|error| {
        ErrorResponse::token_request_unauthorized(match error {
            AuthError::InvalidClient => INVALID_CREDENTIALS,
            AuthError::InvalidScope => "Scope not permitted",
        })
    })
}

/// One message for missing, malformed, contradictory, unknown and wrong credentials, so that responses do not help
/// an attacker guess.
const INVALID_CREDENTIALS: &str = "Invalid client credentials";

/// Parses the form. A request without a body needs no content type.
fn parse_form<'b>(headers: &HeaderMap, body: &'b [u8]) -> Result<Form<'b>, ErrorResponse> {
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
pub(super) fn is_form(content_type: &HeaderValue) -> bool {
    let essence = content_type.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}

/// Returns the client ID and secret from the header or the form. Values that are in both must be equal.
fn client_credentials(
    session: &SessionState,
    headers: &HeaderMap,
    form: &Form<'_>,
) -> Option<(String, Secret)> {
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
            let mut basic = authorization_header::parse_basic(header)?;
            // Some clients encode both parts (RFC 6749 §2.3.1) and some do not, so either reading may authenticate.
            let encoded = authorization_header::parse_encoded_basic(header);
            let registered = |basic: &BasicCredentials| {
                session.clients.authorize(&basic.client_id, &basic.client_secret, None).is_ok()
            };
            if let Some(encoded) = encoded.filter(|encoded| !registered(&basic) && registered(encoded)) {
                basic = encoded;
            }
            let equal = form_id.is_none_or(|id| id == basic.client_id)
                && form_secret.is_none_or(|secret| bool::from(basic.client_secret.ct_eq(&secret)));
            equal.then_some((basic.client_id, basic.client_secret))
        }
        AuthorizationHeader::Repeated => None,
    }
}
