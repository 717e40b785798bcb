//! The operations of the control API.

use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::input::Input;
use super::{CONTROL_API_DOCUMENT, created, invalid_request, no_content, not_found, ok, requests};
use crate::config_error::ConfigError;
use crate::endpoint::error_response::ErrorResponse;
use crate::endpoint::response::{Response, json_response, response};
use crate::endpoint::{SESSION_PREFIX, Service};
use crate::milliseconds;
use crate::session::clients::RegisteredClient;
use crate::session::config::SessionConfig;
use crate::session::faults::{Faults, QueuedFault};
use crate::session::rate_limit::RateLimits;
use crate::session::registry::CreateError;
use crate::session::state::{SessionState, SettingsChange};
use crate::session::stubs::Stub;

/// An operation, named as in the OpenAPI document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    GetReadiness,
    GetDocument,
    GetSettings,
    ChangeSettings,
    Reset,
    ListClients,
    AddClient,
    RemoveClient,
    ListTokens,
    IssueToken,
    RevokeTokens,
    RevokeToken,
    GetClock,
    ChangeClock,
    ListStubs,
    AddStub,
    RemoveStubs,
    GetStub,
    ReplaceStub,
    RemoveStub,
    GetFaults,
    AddFault,
    ReplaceFaults,
    RemoveFaults,
    GetRateLimits,
    ReplaceRateLimits,
    ListRequests,
    RemoveRequests,
    GetCounts,
    ListSessions,
    CreateSession,
    RemoveSession,
}

impl Operation {
    /// Returns true if the operation needs no key: its response is the same for every emulator of this version.
    pub(super) fn is_public(self) -> bool {
        matches!(self, Self::GetReadiness | Self::GetDocument)
    }

    pub(super) fn is_for_the_default_session(self) -> bool {
        matches!(self, Self::ListSessions | Self::CreateSession | Self::RemoveSession)
    }
}

type Outcome = Result<Response, ErrorResponse>;

pub(super) async fn perform(
    operation: Operation,
    service: &Service,
    session: &SessionState,
    input: &Input<'_>,
) -> Outcome {
    let parameter = &input.parameter;
    match operation {
        Operation::GetReadiness => Ok(ok(&json!({"status": "ready", "version": env!("CARGO_PKG_VERSION")}))),
        Operation::GetDocument => {
            Ok(response(StatusCode::OK, "application/yaml", CONTROL_API_DOCUMENT.to_owned()))
        }
        Operation::GetSettings => Ok(ok(&session.settings())),
        Operation::ChangeSettings => Ok(ok(&session.change_settings(input.json::<SettingsChange>()?))),
        Operation::Reset => {
            session.reset();
            Ok(no_content())
        }
        Operation::ListClients => Ok(ok(&json!({"clients": session.clients.list()}))),
        Operation::AddClient => add_client(session, input),
        Operation::RemoveClient => removed(session.clients.remove(parameter), "client"),
        Operation::ListTokens => Ok(list_tokens(session)),
        Operation::IssueToken => issue_token(session, input),
        Operation::RevokeTokens => {
            session.tokens.revoke_all();
            Ok(no_content())
        }
        Operation::RevokeToken => {
            removed(parameter.parse().is_ok_and(|number| session.tokens.revoke_number(number)), "token")
        }
        Operation::GetClock => Ok(ok(&session.clock.status())),
        Operation::ChangeClock => change_clock(session, input),
        Operation::ListStubs => Ok(ok(&json!({"stubs": session.stubs.list()}))),
        Operation::AddStub => add_stub(session, input.json()?),
        Operation::RemoveStubs => {
            session.stubs.clear();
            Ok(no_content())
        }
        Operation::GetStub => {
            session.stubs.get(parameter).map(|stub| ok(&stub)).ok_or_else(|| missing("stub"))
        }
        Operation::ReplaceStub => replace_stub(session, input),
        Operation::RemoveStub => removed(session.stubs.remove(parameter), "stub"),
        Operation::GetFaults => Ok(ok(&session.faults.status())),
        Operation::AddFault => add_fault(session, input),
        Operation::ReplaceFaults => {
            session.faults.replace(&input.json::<Faults>()?).map_err(|error| invalid(&error))?;
            Ok(ok(&session.faults.status()))
        }
        Operation::RemoveFaults => {
            session.faults.replace(&Faults::default()).map_err(|error| invalid(&error))?;
            Ok(no_content())
        }
        Operation::GetRateLimits => Ok(ok(&session.rate_limiter.limits())),
        Operation::ReplaceRateLimits => {
            let limits: RateLimits = input.json()?;
            session.rate_limiter.replace(limits, session.clock.now()).map_err(|error| invalid(&error))?;
            Ok(ok(&limits))
        }
        Operation::ListRequests => requests::list(session, input).await,
        Operation::RemoveRequests => {
            session.journal.clear();
            Ok(no_content())
        }
        Operation::GetCounts => Ok(ok(&session.counters.snapshot())),
        Operation::ListSessions => Ok(list_sessions(service)),
        Operation::CreateSession => create_session(service, input),
        Operation::RemoveSession => removed(service.sessions.remove(parameter), "session"),
    }
}

fn add_client(session: &SessionState, input: &Input<'_>) -> Outcome {
    let client: RegisteredClient = input.json()?;
    let is_new = session.clients.register(&client).map_err(|error| invalid(&error))?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json_response(status, &client))
}

fn list_tokens(session: &SessionState) -> Response {
    let (tokens, total) = session.tokens.list(session.clock.now(), MAX_LISTED_TOKENS);
    ok(&json!({"tokens": tokens, "total": total}))
}

const MAX_LISTED_TOKENS: usize = 100;

/// A token request without a client secret.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenIssue {
    client_id: String,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default, rename = "lifetime_ms", with = "milliseconds::option")]
    lifetime: Option<Duration>,
}

fn issue_token(session: &SessionState, input: &Input<'_>) -> Outcome {
    let TokenIssue { client_id, scope, lifetime } = input.json()?;
    if !session.clients.contains(&client_id) {
        return Err(not_found(format!(
            "client {client_id:?} is not registered; register it, or use another"
        )));
    }
    let issued = session.issue_token(&client_id, scope.as_deref(), lifetime);
    let issued = issued.map_err(|error| conflict(&error))?;
    Ok(json_response(
        StatusCode::CREATED,
        &json!({
            "number": issued.number,
            "access_token": issued.access_token,
            "token_type": "bearer",
            "expires_in": issued.lifetime.as_secs(),
        }),
    ))
}

/// A change of the clock. The steps are taken in the order of the fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct ClockChange {
    frozen: Option<bool>,
    #[serde(rename = "unix_ms", with = "milliseconds::option")]
    unix_time: Option<Duration>,
    #[serde(rename = "advance_ms", with = "milliseconds::option")]
    advance: Option<Duration>,
}

fn change_clock(session: &SessionState, input: &Input<'_>) -> Outcome {
    let ClockChange { frozen, unix_time, advance } = input.json()?;
    // First what can fail, so that nothing changes then.
    if let Some(time) = unix_time {
        session.clock.set(time).map_err(|error| conflict(&error))?;
    }
    match frozen {
        Some(true) => session.clock.freeze(),
        Some(false) => session.clock.resume(),
        None => {}
    }
    if let Some(by) = advance {
        session.clock.advance(by);
    }
    // A clock that is set and frozen by one request shows exactly the time that was set.
    if let (Some(time), Some(true)) = (unix_time, frozen) {
        let time = time.saturating_add(advance.unwrap_or_default());
        session.clock.set(time).map_err(|error| conflict(&error))?;
    }
    Ok(ok(&session.clock.status()))
}

fn add_stub(session: &SessionState, stub: Stub) -> Outcome {
    let id = session.stubs.add(stub).map_err(|error| invalid(&error))?;
    // Another request may already have removed it.
    let status = session.stubs.get(&id).ok_or_else(|| missing("stub"))?;
    Ok(json_response(StatusCode::CREATED, &status))
}

fn replace_stub(session: &SessionState, input: &Input<'_>) -> Outcome {
    let stub: Stub = input.json()?;
    if stub.has_empty_id() {
        return Err(invalid_request("the ID in the body is empty; omit it, since the path has one"));
    }
    add_stub(session, stub.id(input.parameter.clone()))
}

fn add_fault(session: &SessionState, input: &Input<'_>) -> Outcome {
    let QueuedFault { target, requests, fault } = input.json()?;
    target.validate(&fault).map_err(|error| invalid(&error))?;
    session.faults.fail_next(target, requests, fault);
    Ok(json_response(StatusCode::CREATED, &session.faults.status()))
}

fn list_sessions(service: &Service) -> Response {
    let names = service.sessions.names();
    let sessions: Vec<_> = names.iter().map(|name| session_json(service, name)).collect();
    ok(&json!({"sessions": sessions}))
}

fn create_session(service: &Service, input: &Input<'_>) -> Outcome {
    let config: Option<SessionConfig> = input.optional_json()?;
    let name = &input.parameter;
    let (_, is_new) = service.sessions.create(name, config.as_ref()).map_err(|error| match error {
        CreateError::Invalid(error) => invalid(&error),
        error @ CreateError::TooMany => conflict(&error.into()),
    })?;
    let body = session_json(service, name);
    Ok(if is_new { created(&format!("{SESSION_PREFIX}{name}"), &body) } else { ok(&body) })
}

fn session_json(service: &Service, name: &str) -> serde_json::Value {
    json!({"name": name, "url": format!("{}{SESSION_PREFIX}{name}", service.url)})
}

fn removed(existed: bool, what: &str) -> Outcome {
    if existed { Ok(no_content()) } else { Err(missing(what)) }
}

fn missing(what: &str) -> ErrorResponse {
    not_found(format!("There is no such {what}"))
}

/// 409: the request is valid, but not in the current state of the session.
fn conflict(error: &ConfigError) -> ErrorResponse {
    ErrorResponse::emulator(StatusCode::CONFLICT, "emulator_error.conflict", error.to_string())
}

fn invalid(error: &ConfigError) -> ErrorResponse {
    invalid_request(error.to_string())
}
