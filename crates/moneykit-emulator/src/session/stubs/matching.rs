//! Matching a request with a stub.

use std::fmt;

use http::HeaderValue;
use http::request::Parts;
use serde_json::Value;

use super::compiled::CompiledStub;
use super::stub::BodyMatcher;

/// A request that is compared with stubs.
pub(crate) struct MatchInput<'r> {
    pub(crate) head: &'r Parts,
    /// The path within the session.
    pub(crate) path: &'r str,
    /// The decoded pairs of the query.
    pub(crate) query: Vec<(String, String)>,
    /// The body, or `None` if it is too large to compare.
    pub(crate) text: Option<&'r [u8]>,
    /// The body, if it is JSON.
    pub(crate) json: Option<Value>,
}

/// The first condition that a request does not meet. The variants are in the order of the checks, so a later one comes
/// closer to a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mismatch {
    /// The number of leading segments that match.
    Path(usize),
    Method,
    Query(String),
    Header(String),
    Body,
    UsedUp(u64),
}

impl<'r> MatchInput<'r> {
    pub(crate) fn new(head: &'r Parts, path: &'r str, body: Option<&'r [u8]>) -> Self {
        let query = head.uri.query().map(decode_query).unwrap_or_default();
        let json = body.filter(|body| !body.is_empty()).and_then(|body| serde_json::from_slice(body).ok());
        Self { head, path, query, text: body, json }
    }
}

impl CompiledStub {
    pub(super) fn matches(&self, input: &MatchInput<'_>) -> Result<(), Mismatch> {
        if !self.path.matches(input.path) {
            return Err(Mismatch::Path(self.path.common_segments(input.path)));
        }
        if self.method.as_ref().is_some_and(|method| *method != input.head.method) {
            return Err(Mismatch::Method);
        }
        for (name, value) in &self.definition.request.query {
            if !input.query.iter().any(|(actual, other)| actual == name && other == value) {
                return Err(Mismatch::Query(name.clone()));
            }
        }
        for (name, value) in &self.headers {
            if !input.head.headers.get_all(name).iter().any(|actual: &HeaderValue| actual == value) {
                return Err(Mismatch::Header(name.to_string()));
            }
        }
        let body_matches = match &self.definition.request.body {
            None => true,
            Some(BodyMatcher::EqualsJson(expected)) => input.json.as_ref() == Some(expected),
            Some(BodyMatcher::ContainsJson(expected)) => {
                input.json.as_ref().is_some_and(|actual| contains(actual, expected))
            }
            Some(BodyMatcher::ContainsText(expected)) => {
                input.text.is_some_and(|text| String::from_utf8_lossy(text).contains(expected))
            }
        };
        if !body_matches {
            return Err(Mismatch::Body);
        }
        if self.is_used_up() {
            return Err(Mismatch::UsedUp(self.matched));
        }
        Ok(())
    }
}

impl Mismatch {
    /// Returns a value that is greater for a stub that comes closer to a match.
    pub(super) fn closeness(&self) -> (u8, usize) {
        match self {
            Self::Path(segments) => (0, *segments),
            Self::Method => (1, 0),
            Self::Query(_) => (2, 0),
            Self::Header(_) => (3, 0),
            Self::Body => (4, 0),
            Self::UsedUp(_) => (5, 0),
        }
    }
}

/// Completes "but …". The text quotes the stub only, never the request.
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(_) => f.write_str("its path differs"),
            Self::Method => f.write_str("its method differs"),
            Self::Query(name) => write!(f, "the query parameter `{name}` has another value or is absent"),
            Self::Header(name) => write!(f, "the header `{name}` has another value or is absent"),
            Self::Body => f.write_str("the body differs"),
            Self::UsedUp(times) => write!(f, "it has already responded {times} times, its maximum"),
        }
    }
}

/// Returns true if the JSON value contains the expected one, as [`BodyMatcher::ContainsJson`] defines it.
fn contains(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => expected
            .iter()
            .all(|(name, expected)| actual.get(name).is_some_and(|actual| contains(actual, expected))),
        (Value::Array(actual), Value::Array(expected)) => {
            actual.len() == expected.len()
                && actual.iter().zip(expected).all(|(actual, expected)| contains(actual, expected))
        }
        (actual, expected) => actual == expected,
    }
}

/// Decodes a query leniently: text that is not percent-encoded correctly stays as it is.
pub(crate) fn decode_query(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(name), percent_decode(value))
        })
        .collect()
}

/// Decodes `%XX` and `+`. Bytes that are not UTF-8 become replacement characters.
pub(crate) fn percent_decode(text: &str) -> String {
    percent_decode_path(&text.replace('+', " "))
}

/// Decodes `%XX`. In a path, unlike a query, a plus sign stands for itself.
pub(crate) fn percent_decode_path(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(byte) = bytes.get(index) {
        let hex = |offset: usize| bytes.get(index + offset).and_then(|digit| char::from(*digit).to_digit(16));
        match (byte, hex(1).zip(hex(2))) {
            (b'%', Some((high, low))) => {
                decoded.push(u8::try_from(high << 4 | low).unwrap_or_default());
                index += 2;
            }
            (other, _) => decoded.push(*other),
        }
        index += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
