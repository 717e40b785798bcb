//! The requests that a fault or a rate limit affects.

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use crate::config_error::ConfigError;
use crate::path_pattern::PathPattern;

/// The requests that a fault affects.
///
/// In JSON it is a string: `token_endpoint`, `api`, or a path pattern such as `/links/{link_id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FaultTarget(Target);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    TokenEndpoint,
    Api,
    ApiPath(PathPattern),
}

impl FaultTarget {
    /// Token requests.
    pub const TOKEN_ENDPOINT: Self = Self(Target::TokenEndpoint);
    /// All other requests.
    pub const API: Self = Self(Target::Api);

    /// Requests whose path matches the pattern, which has the form of a [`Stub`](crate::Stub)'s. The pattern
    /// `/auth/token` is [`TOKEN_ENDPOINT`](Self::TOKEN_ENDPOINT); no other pattern includes it.
    ///
    /// # Errors
    ///
    /// Fails if the pattern is invalid.
    pub fn path(pattern: &str) -> Result<Self, ConfigError> {
        Ok(match pattern {
            "/auth/token" => Self::TOKEN_ENDPOINT,
            _ => Self(Target::ApiPath(PathPattern::parse(pattern)?)),
        })
    }

    /// Checks that the fault can be injected into requests to this target.
    pub(crate) fn validate(&self, fault: &Fault) -> Result<(), ConfigError> {
        if fault.is_for_tokens() && self.0 != Target::TokenEndpoint {
            return Err(ConfigError::new(format!(
                "the fault `{}` changes a token, so its target must be token_endpoint",
                fault.kind()
            )));
        }
        Ok(())
    }

    /// Returns true if the target includes a request. The path is `None` for the token endpoint.
    pub(super) fn includes(&self, api_path: Option<&str>) -> bool {
        match (&self.0, api_path) {
            (Target::TokenEndpoint, path) => path.is_none(),
            (Target::Api, path) => path.is_some(),
            (Target::ApiPath(pattern), path) => path.is_some_and(|path| pattern.matches(path)),
        }
    }
}

impl Default for FaultTarget {
    fn default() -> Self {
        Self::TOKEN_ENDPOINT
    }
}

impl TryFrom<String> for FaultTarget {
    type Error = ConfigError;

    fn try_from(text: String) -> Result<Self, ConfigError> {
        match &*text {
            "token_endpoint" => Ok(Self::TOKEN_ENDPOINT),
            "api" => Ok(Self::API),
            path if path.starts_with('/') => Self::path(path),
            _ => Err(ConfigError::new(format!(
                "{text:?} is no target of a fault; use token_endpoint, api, or a path that starts with a slash"
            ))),
        }
    }
}

impl From<FaultTarget> for String {
    fn from(target: FaultTarget) -> Self {
        match target.0 {
            Target::TokenEndpoint => "token_endpoint".to_owned(),
            Target::Api => "api".to_owned(),
            Target::ApiPath(pattern) => pattern.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_includes_the_requests_that_it_names() {
        for (text, token_endpoint, links, other) in [
            ("token_endpoint", true, false, false),
            ("/auth/token", true, false, false),
            ("api", false, true, true),
            ("/links/{id}", false, true, false),
            ("/*", false, true, true),
        ] {
            let target = FaultTarget::try_from(text.to_owned()).unwrap();
            let included = [None, Some("/links/a"), Some("/other")].map(|path| target.includes(path));
            assert_eq!(included, [token_endpoint, links, other], "{text}");
        }
        for (text, expected) in [("links", "no target"), ("/a b", "percent-encoded")] {
            let error = FaultTarget::try_from(text.to_owned()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
