//! A stub after validation, ready to match requests.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value;

use super::StubStatus;
use super::stub::{Stub, StubResponse};
use crate::config_error::ConfigError;
use crate::contract::Contract;
use crate::path_pattern::PathPattern;

pub(super) struct CompiledStub {
    /// Empty until the list assigns one.
    pub(super) id: String,
    pub(super) method: Option<Method>,
    pub(super) path: PathPattern,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// Contains the other conditions.
    pub(super) definition: Stub,
    /// At least one.
    replies: Vec<Reply>,
    pub(super) matched: u64,
}

/// A response of a stub.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) stub_id: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) delay: Duration,
}

impl CompiledStub {
    pub(super) fn new(stub: Stub) -> Result<Self, ConfigError> {
        let name = stub.name();
        Self::compile(stub).map_err(|reason| ConfigError::new(format!("the stub for {name}: {reason}")))
    }

    /// Checks that the responses fit the contract.
    pub(super) fn check(&self, contract: &Contract) -> Result<(), ConfigError> {
        let checked = contract.check_stub(self.method.as_ref(), &self.path, &self.replies);
        checked.map_err(|reason| ConfigError::new(format!("the stub for {}: {reason}", self.name())))
    }

    fn compile(stub: Stub) -> Result<Self, String> {
        let method = match &stub.request.method {
            None => None,
            // A method in lower case would match nothing, since clients send it in upper case.
            Some(method) => Some(
                Method::from_bytes(method.to_ascii_uppercase().as_bytes())
                    .map_err(|_| "the method is invalid; use an HTTP method such as GET".to_owned())?,
            ),
        };
        let path = PathPattern::parse(&stub.request.path).map_err(|error| error.to_string())?;
        if path.as_str() == "/auth/token" {
            return Err("the token endpoint cannot be stubbed; inject faults into it instead".to_owned());
        }
        if stub.times == Some(0) {
            return Err("`times` is 0, so it would match no request; remove the stub instead".to_owned());
        }
        if stub.has_empty_id() {
            return Err("the ID is empty; omit it, or pass text".to_owned());
        }
        let headers = parse_headers(&stub.request.headers)?;
        let default = [StubResponse::new(200)];
        let responses = if stub.responses.is_empty() { &default[..] } else { &stub.responses };
        let replies = responses.iter().map(Reply::compile).collect::<Result<_, _>>()?;
        let id = stub.id.clone().unwrap_or_default();
        Ok(Self { id, method, path, headers, definition: stub, replies, matched: 0 })
    }

    pub(super) fn name(&self) -> String {
        self.definition.name()
    }

    pub(super) fn status(&self) -> StubStatus {
        StubStatus { stub: self.definition.clone().id(&self.id), matched: self.matched }
    }

    /// Returns true if the stub has responded to as many requests as it may.
    pub(super) fn is_used_up(&self) -> bool {
        self.definition.times.is_some_and(|times| self.matched >= times)
    }

    /// Counts a match and returns its response.
    pub(super) fn next_reply(&mut self) -> Reply {
        let index = usize::try_from(self.matched).unwrap_or(usize::MAX).min(self.replies.len() - 1);
        self.matched += 1;
        Reply { stub_id: self.id.clone(), ..self.replies[index].clone() }
    }
}

impl Reply {
    fn compile(response: &StubResponse) -> Result<Self, String> {
        let status = StatusCode::from_u16(response.status)
            .ok()
            .filter(|status| (200..600).contains(&status.as_u16()))
            .ok_or("the status must be between 200 and 599")?;
        let (body, content_type) = match (&response.json, &response.text) {
            (Some(_), Some(_)) => return Err("a response has both `json` and `text`; pass one".to_owned()),
            (Some(json), None) => (json.to_string(), "application/json"),
            (None, Some(text)) if response.text_is_json => {
                if !text.is_empty() {
                    // The message does not quote the body, which may be long or hold a secret.
                    serde_json::from_str::<Value>(text).map_err(
                        |_| "the body is not valid JSON; fix it, or pass an empty one for no body",
                    )?;
                }
                (text.clone(), "application/json")
            }
            (None, Some(text)) => (text.clone(), "text/plain; charset=utf-8"),
            (None, None) => (String::new(), ""),
        };
        if !body.is_empty() && [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status) {
            return Err("a response with this status has no body; pass an empty one".to_owned());
        }
        let mut headers = HeaderMap::new();
        if !body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        for (name, value) in parse_headers(&response.headers)? {
            if [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING].contains(&name) {
                return Err(format!("the server sets the header `{name}`; remove it from the stub"));
            }
            headers.insert(name, value);
        }
        let delay = response.delay;
        Ok(Self { stub_id: String::new(), status, headers, body: Bytes::from(body), delay })
    }
}

fn parse_headers<'h>(
    headers: impl IntoIterator<Item = (&'h String, &'h String)>,
) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let parse = |(name, value): (&String, &String)| {
        // The type accepts other bytes than ASCII as well.
        let parsed = HeaderValue::from_str(value).ok().filter(|_| value.is_ascii());
        match (HeaderName::from_bytes(name.as_bytes()), parsed) {
            (Ok(name), Some(value)) => Ok((name, value)),
            (Err(_), _) => Err(format!("{name:?} is not a header name; fix it")),
            (_, None) => Err(format!("the value of the header {name:?} is not printable ASCII; fix it")),
        }
    };
    headers.into_iter().map(parse).collect()
}
