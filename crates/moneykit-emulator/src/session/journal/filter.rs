//! Conditions on entries of the journal.

use http::StatusCode;

use super::packed::PackedEntry;
use crate::config_error::ConfigError;
use crate::path_pattern::PathPattern;

/// Conditions on requests in the journal. Without any, every request matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a filter has no effect until it is passed to a method of a session"]
pub struct RequestFilter {
    method: Option<String>,
    path: Option<PathPattern>,
    status: Option<u16>,
    client_id: Option<String>,
    since: u64,
}

impl RequestFilter {
    /// Returns a filter that every request matches.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requires this method, in upper or lower case.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Requires a path that matches the pattern, which has the form of a [`Stub`](crate::Stub)'s.
    ///
    /// # Errors
    ///
    /// Fails if the pattern is invalid.
    pub fn path(mut self, pattern: &str) -> Result<Self, ConfigError> {
        self.path = Some(PathPattern::parse(pattern)?);
        Ok(self)
    }

    /// Requires a response with this status.
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = Some(status.as_u16());
        self
    }

    /// Requires a request from this client.
    pub fn client_id(mut self, id: impl Into<String>) -> Self {
        self.client_id = Some(id.into());
        self
    }

    /// Requires an entry with a greater ID than this one.
    pub fn since(mut self, id: u64) -> Self {
        self.since = id;
        self
    }

    pub(super) fn matches(&self, entry: &PackedEntry) -> bool {
        if entry.id <= self.since || self.status.is_some_and(|status| Some(status) != entry.status) {
            return false;
        }
        let [method, path, client_id] = entry.identity();
        let path = path.and_then(|path| std::str::from_utf8(path).ok()).unwrap_or_default();
        self.method
            .as_ref()
            .is_none_or(|of| method.is_some_and(|method| method.eq_ignore_ascii_case(of.as_bytes())))
            && self.client_id.as_ref().is_none_or(|id| client_id == Some(id.as_bytes()))
            && self.path.as_ref().is_none_or(|pattern| pattern.matches(path))
    }
}
