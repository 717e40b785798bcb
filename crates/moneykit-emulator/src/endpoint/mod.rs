//! The emulated API: finds the session of a request and responds to it.

mod api;
pub(crate) mod authorization_header;
pub(crate) mod error_response;
mod exchange;
pub(crate) mod form;
mod recording;
pub(crate) mod request_body;
pub(crate) mod response;
pub(crate) mod token_endpoint;

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use http::header::DATE;
use http::{HeaderValue, Request, StatusCode};
use hyper::body::Incoming;

use self::error_response::ErrorResponse;
use self::response::Response;
use crate::control::{self, ControlApi, page};
use crate::server::Cutoff;
use crate::session::registry::Sessions;
use crate::session::state::SessionState;
use crate::session::stubs::percent_decode_path;

/// What an emulator serves.
pub(crate) struct Service {
    pub(crate) sessions: Sessions,
    /// The base URL of the default session.
    pub(crate) url: String,
    /// `None` if the control API is off.
    pub(crate) control: Option<ControlApi>,
}

impl Service {
    pub(crate) async fn respond(&self, cutoff: &Cutoff, request: Request<Incoming>) -> Response {
        let Some((name, path)) = split_session(request.uri().path()) else {
            let path = request.uri().path().to_owned();
            let session = self.sessions.default_session();
            return self.respond_in(None, session, cutoff, path, request).await;
        };
        // A client may encode a name, although none needs it.
        let (name, path) = (percent_decode_path(name), path.to_owned());
        match self.sessions.get(&name) {
            Some(session) => self.respond_in(Some(&name), &session, cutoff, path, request).await,
            None => unknown_session(request).await,
        }
    }

    async fn respond_in(
        &self,
        name: Option<&str>,
        session: &Arc<SessionState>,
        cutoff: &Cutoff,
        path: String,
        request: Request<Incoming>,
    ) -> Response {
        let mut response = match (&self.control, control::strip_prefix(&path)) {
            (Some(control), Some(operation_path)) => {
                let operation_path = operation_path.to_owned();
                control.respond(self, name, session, &operation_path, request).await
            }
            (Some(_), None) if page::is_wanted(&request, &path) => {
                let _ = request_body::read_to_end(request.into_body(), 0).await;
                page::redirect(name)
            }
            _ => exchange::respond(session, cutoff, path, request).await,
        };
        // The server adds the real date otherwise, and formats it only once a second.
        if session.clock.is_shifted()
            && let Some(date) = date_header(session.clock.unix_time())
        {
            response.headers_mut().insert(DATE, date);
        }
        response
    }
}

/// The prefix of the paths of named sessions.
pub(crate) const SESSION_PREFIX: &str = "/s/";

/// Splits `/s/my-test/links` into `my-test` and `/links`. Returns `None` for other paths.
fn split_session(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix(SESSION_PREFIX)?;
    let end = rest.find('/').unwrap_or(rest.len());
    let (name, path) = rest.split_at(end);
    Some((name, if path.is_empty() { "/" } else { path }))
}

async fn unknown_session(request: Request<Incoming>) -> Response {
    let _ = request_body::read_to_end(request.into_body(), 0).await;
    // The name is not repeated, since it may be anything.
    let message = "There is no session with this name; create it with PUT /__emulator/sessions/{name}, or use a path \
                   that does not start with /s/";
    ErrorResponse::emulator(StatusCode::NOT_FOUND, "emulator_error.no_session", message).into_response()
}

/// Returns the header `Date`, or `None` after the year 9999, which the format cannot represent.
fn date_header(unix_time: Duration) -> Option<HeaderValue> {
    const YEAR_10000: Duration = Duration::from_secs(253_402_300_800);
    let time = (unix_time < YEAR_10000).then(|| UNIX_EPOCH.checked_add(unix_time))??;
    HeaderValue::from_str(&httpdate::fmt_http_date(time)).ok()
}
