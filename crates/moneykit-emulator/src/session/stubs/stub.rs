//! A stub as it is defined: which requests it matches, and how it responds.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{milliseconds, object};

/// A fixed response, or a sequence of them, to chosen requests outside of the token endpoint.
///
/// ```
/// use moneykit_emulator::{Emulator, Stub, StubResponse};
/// use serde_json::json;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = Emulator::builder().start()?;
/// emulator.add_stub(
///     Stub::new("GET", "/links/{link_id}")
///         .query("verbose", "true")
///         .respond(StubResponse::new(503))
///         .respond(StubResponse::new(200).json(json!({"link_id": "lnk_1"}))),
/// )?;
/// # Ok(())
/// # }
/// ```
///
/// Requests need a valid access token; others are rejected with 401. If several stubs match a request, **the one that
/// was added last responds**. A stub with the ID of an existing one replaces it and counts as new.
///
/// The path is a pattern that is compared with the percent-encoded path:
///
/// | Pattern | Matches | Does not match |
/// |---|---|---|
/// | `/links/lnk_1` | `/links/lnk_1` | `/links/lnk_1/` |
/// | `/links/{link_id}` | `/links/lnk_1`, `/links/a%2Fb` | `/links`, `/links/`, `/links/a/b` |
/// | `/links/*` | `/links/lnk_1`, `/links/`, `/links/a/b` | `/links` |
/// | `/*` | every path | |
///
/// `Debug` shows the conditions and the statuses. It omits bodies, which may contain secrets.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stub {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "object::deserialize")]
    pub(super) request: RequestMatcher,
    #[serde(default, deserialize_with = "object::list")]
    pub(super) responses: Vec<StubResponse>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) times: Option<u64>,
}

/// The conditions that a request must meet, all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestMatcher {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<String>,
    pub(super) path: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) query: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<BodyMatcher>,
}

/// A condition on the body of a request.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BodyMatcher {
    /// The body is JSON with this value. The order of an object's members has no meaning.
    EqualsJson(Value),
    /// The body is JSON that contains this value: an object may have more members, at every level. An array has the
    /// same number of elements, each of which contains the expected one.
    ContainsJson(Value),
    /// The body contains this text.
    ContainsText(String),
}

/// One response of a [`Stub`].
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StubResponse {
    #[serde(default = "ok")]
    pub(super) status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) json: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    /// True if the text was passed as JSON, so it must be valid.
    #[serde(skip)]
    pub(super) text_is_json: bool,
    #[serde(default, rename = "delay_ms", with = "milliseconds", skip_serializing_if = "Duration::is_zero")]
    pub(super) delay: Duration,
}

impl Stub {
    /// Returns a stub for requests with this method and a path that matches the pattern. Without a
    /// [`respond`](Self::respond), it responds with 200 and no body.
    pub fn new(method: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            request: RequestMatcher { method: Some(method.into()), ..RequestMatcher::new(path) },
            ..Self::any_method("")
        }
    }

    /// Returns a stub for requests with any method.
    pub fn any_method(path: impl Into<String>) -> Self {
        Self { id: None, request: RequestMatcher::new(path), responses: Vec::new(), times: None }
    }

    /// Sets the ID, which names the stub in the journal, and by which it can be replaced and removed. By default it is
    /// `stub-1` and so on.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Requires a query parameter with this value. Both are compared after percent-decoding; the request may have other
    /// parameters, and repeat this one.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.request.query.insert(name.into(), value.into());
        self
    }

    /// Requires a header with this value. The name is case-insensitive, the value is not.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.request.headers.insert(name.into(), value.into());
        self
    }

    /// Sets the condition on the body. Bodies are compared up to a size of 1 MiB; larger ones do not match.
    pub fn body(mut self, body: BodyMatcher) -> Self {
        self.request.body = Some(body);
        self
    }

    /// Adds a response. Several of them are sent in sequence, one per request, and the last one repeats.
    pub fn respond(mut self, response: StubResponse) -> Self {
        self.responses.push(response);
        self
    }

    /// Limits how many requests the stub responds to. Further ones meet older stubs.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    pub(crate) fn has_empty_id(&self) -> bool {
        self.id.as_ref().is_some_and(String::is_empty)
    }

    /// Returns the method and path, for messages.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.request.method.as_deref().unwrap_or("any method"), self.request.path)
    }
}

impl RequestMatcher {
    fn new(path: impl Into<String>) -> Self {
        Self { method: None, path: path.into(), query: BTreeMap::new(), headers: BTreeMap::new(), body: None }
    }
}

impl StubResponse {
    /// Returns a response with this status and no body.
    pub fn new(status: u16) -> Self {
        Self {
            status,
            headers: BTreeMap::new(),
            json: None,
            text: None,
            text_is_json: false,
            delay: Duration::ZERO,
        }
    }

    /// Sets the body to this JSON value, with the content type `application/json`.
    pub fn json(mut self, body: impl Into<Value>) -> Self {
        self.json = Some(body.into());
        self.text = None;
        self
    }

    /// Sets the body to this text, which must be valid JSON and is sent unchanged; an empty one means no body. The
    /// content type is `application/json`.
    pub fn json_text(mut self, body: impl Into<String>) -> Self {
        self.text = Some(body.into());
        self.text_is_json = true;
        self.json = None;
        self
    }

    /// Sets the body to this text, with the content type `text/plain` unless [`header`](Self::header) sets another.
    pub fn text(mut self, body: impl Into<String>) -> Self {
        self.text = Some(body.into());
        self.text_is_json = false;
        self.json = None;
        self
    }

    /// Sets a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// Sets how long the response is delayed, in real time. Advancing the emulator's clock does not shorten it.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

fn ok() -> u16 {
    200
}

/// Deserializes a field that is present. Its value may be JSON's null, which is a body as well.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl fmt::Debug for Stub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stub")
            .field("id", &self.id)
            .field("request", &self.request)
            .field("responses", &self.responses)
            .field("times", &self.times)
            .finish()
    }
}

impl fmt::Debug for BodyMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EqualsJson(_) => "EqualsJson(..)",
            Self::ContainsJson(_) => "ContainsJson(..)",
            Self::ContainsText(_) => "ContainsText(..)",
        })
    }
}

impl fmt::Debug for StubResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StubResponse")
            .field("status", &self.status)
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}
