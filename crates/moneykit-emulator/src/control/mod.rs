//! The control API: configures an emulator, and reports what it received, over HTTP.
//!
//! `control.openapi.yaml` describes it. The page at its root shows a session to people.

mod access;
mod input;
mod operations;
pub(crate) mod page;
mod requests;
mod routes;

use std::sync::Arc;

use http::header::{ALLOW, CACHE_CONTROL, LOCATION};
use http::{HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use serde::Serialize;

use self::input::Input;
use crate::endpoint::Service;
use crate::endpoint::error_response::ErrorResponse;
use crate::endpoint::request_body;
use crate::endpoint::response::{Response, json_response};
use crate::secret::Secret;
use crate::session::state::SessionState;

/// The OpenAPI document of the control API.
pub const CONTROL_API_DOCUMENT: &str = include_str!("../../control.openapi.yaml");

const PREFIX: &str = "/__emulator/";

/// Returns the part of a path below the control API's prefix, with its leading slash.
pub(crate) fn strip_prefix(path: &str) -> Option<&str> {
    path.starts_with(PREFIX).then(|| &path[PREFIX.len() - 1..])
}

/// The settings of the control API.
pub(crate) struct ControlApi {
    key: Option<Secret>,
}

impl ControlApi {
    pub(crate) fn new(key: Option<Secret>) -> Self {
        Self { key }
    }

    /// Responds to a request for an operation on a session. The name is `None` for the default session, and the path is
    /// that below the prefix.
    pub(crate) async fn respond(
        &self,
        service: &Service,
        name: Option<&str>,
        session: &Arc<SessionState>,
        path: &str,
        request: Request<Incoming>,
    ) -> Response {
        let mut response = match self.perform(service, name, session, path, request).await {
            Ok(response) => response,
            Err(error) => error.into_response(),
        };
        // Some responses contain a token, and all of them change.
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    async fn perform(
        &self,
        service: &Service,
        name: Option<&str>,
        session: &SessionState,
        path: &str,
        request: Request<Incoming>,
    ) -> Result<Response, ErrorResponse> {
        let (head, body) = request.into_parts();
        let body = request_body::read_to_end(body, MAX_BODY_BYTES).await;
        let body = body.map_err(|_| ErrorResponse::unreadable_body())?;
        if let Some(file) = page::file(&head.method, path) {
            return Ok(file);
        }
        let found = routes::find(&head.method, path);
        if !found.as_ref().is_ok_and(|route| route.operation.is_public()) {
            access::check(&head, self.key.as_ref())?;
        }
        let route = found.map_err(|error| match error {
            routes::NoRoute::Path => not_found(
                "There is no such operation; GET /__emulator/openapi.yaml describes the control API",
            ),
            routes::NoRoute::Method(allow) => ErrorResponse::emulator(
                StatusCode::METHOD_NOT_ALLOWED,
                "emulator_error.method_not_allowed",
                "The control API does not have this method on this path",
            )
            .with_header(ALLOW, allow),
        })?;
        if route.operation.is_for_the_default_session() && name.is_some() {
            return Err(not_found("Sessions have no sessions; use the path without /s/{name}"));
        }
        let Some(body) = body.complete() else {
            return Err(ErrorResponse::emulator(
                StatusCode::PAYLOAD_TOO_LARGE,
                "emulator_error.invalid_request",
                "The body is larger than 16 MiB",
            ));
        };
        let input = Input { parameter: route.parameter, query: head.uri.query(), body };
        operations::perform(route.operation, service, session, &input).await
    }
}

const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// A response with a JSON body.
fn ok(body: &impl Serialize) -> Response {
    json_response(StatusCode::OK, body)
}

/// 201, with the path of what was created.
fn created(location: &str, body: &impl Serialize) -> Response {
    let mut response = json_response(StatusCode::CREATED, body);
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

fn no_content() -> Response {
    let mut response = Response::new(String::new().into());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn not_found(message: impl Into<std::borrow::Cow<'static, str>>) -> ErrorResponse {
    ErrorResponse::emulator(StatusCode::NOT_FOUND, "emulator_error.not_found", message)
}

fn invalid_request(message: impl Into<std::borrow::Cow<'static, str>>) -> ErrorResponse {
    ErrorResponse::emulator(StatusCode::BAD_REQUEST, "emulator_error.invalid_request", message)
}
