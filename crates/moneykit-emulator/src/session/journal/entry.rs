//! A request in the journal.

use std::collections::BTreeMap;
use std::time::Duration;

use http::HeaderMap;
use serde::{Serialize, Serializer};

use crate::milliseconds;

/// A request that the emulator received, and how it responded.
///
/// An entry contains neither a client secret nor an access token: `[redacted]` stands for them.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// 1 for the first entry of the session, and so on, in the order of the responses.
    pub id: u64,
    /// When the request arrived, on the session's clock.
    #[serde(rename = "received_at_ms", with = "milliseconds")]
    pub received_at: Duration,
    /// The method.
    pub method: String,
    /// The percent-encoded path, without the prefix of the session.
    pub path: String,
    /// The query, without the question mark.
    pub query: Option<String>,
    /// The headers. A value that is not UTF-8 has replacement characters.
    #[serde(serialize_with = "serialize_headers")]
    pub headers: HeaderMap,
    /// The first 16 KiB of the body, if it is text. `None` for an empty body.
    pub body: Option<String>,
    /// The size of the whole body.
    pub body_bytes: u64,
    /// The status of the response. `None` if the client went away before. A fault may have cut it off.
    pub status: Option<u16>,
    /// The real time until the response began.
    #[serde(rename = "duration_us", serialize_with = "serialize_microseconds")]
    pub duration: Duration,
    /// The ID of the stub that responded.
    pub stub: Option<String>,
    /// The operation of the contract that the request is for: its `operationId`, or its method and path.
    pub operation: Option<String>,
    /// What of the request does not fit the contract, such as `body /amount: …`.
    pub violations: Vec<String>,
    /// The kind of the fault that was injected, as JSON has it: `status`, `delay` and so on.
    pub fault: Option<&'static str>,
    /// True if a rate limit rejected the request.
    pub rate_limited: bool,
    /// The registered client that the request is from.
    pub client_id: Option<String>,
    /// The number of the token that was issued or presented: 1 for the first token of the session, and so on.
    pub token: Option<u64>,
}

/// Serializes each header as a list of its values, since a header may be repeated.
fn serialize_headers<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, value) in headers {
        map.entry(name.as_str()).or_default().push(String::from_utf8_lossy(value.as_bytes()).into_owned());
    }
    map.serialize(serializer)
}

fn serialize_microseconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}
