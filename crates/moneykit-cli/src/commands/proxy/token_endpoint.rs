//! The token endpoint of the proxy: a program that requests a token gets a placeholder, because the proxy adds the real one.

use moneykit::http::{Method, Response, StatusCode};
use serde_json::json;

use super::body::Body;
use super::reply;

/// The token that programs get, and the client secret that a command gets. The proxy ignores both.
pub(super) const PLACEHOLDER: &str = "added-by-moneykit-proxy";

/// Returns true for a token request, which clients send that have no setting for a token of another source.
pub(super) fn is_token_request(method: &Method, path: &str) -> bool {
    method == Method::POST && path.split('?').next() == Some("/auth/token")
}

/// Returns the response to a token request, whatever its credentials are.
pub(super) fn response() -> Response<Body> {
    let body = json!({ "access_token": PLACEHOLDER, "token_type": "bearer", "expires_in": 3600 });
    reply::text(StatusCode::CREATED, "application/json", body.to_string())
}
