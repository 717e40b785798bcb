//! A client as it is registered.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Client, Grant, Scopes};
use crate::config_error::ConfigError;
use crate::milliseconds;
use crate::secret::Secret;

/// A client that can request access tokens.
///
/// `Debug` and the serialized form contain no secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisteredClient {
    pub(crate) id: String,
    #[serde(skip_serializing)]
    pub(crate) secret: Secret,
    /// `None` allows every scope.
    #[serde(default)]
    pub(crate) scopes: Option<Vec<String>>,
    #[serde(default, rename = "token_lifetime_ms", with = "milliseconds::option")]
    pub(crate) token_lifetime: Option<Duration>,
}

impl RegisteredClient {
    /// Returns a client that is allowed every scope.
    ///
    /// The ID and the secret can be any non-empty text. A client whose ID contains a colon can authenticate with the
    /// form body only, since Basic uses the colon as its separator (RFC 7617 §2).
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { id: id.into(), secret: Secret::new(secret), scopes: None, token_lifetime: None }
    }

    /// Allows the client these scopes only.
    ///
    /// A token request without `scope` is granted all of them. A request for any other scope is rejected with 401.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the lifetime of this client's access tokens. The default is that of the session.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = Some(lifetime);
        self
    }

    /// Returns the client ID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the scopes that the client is allowed, or `None` if it is allowed every scope.
    pub fn allowed_scopes(&self) -> Option<&[String]> {
        self.scopes.as_deref()
    }

    pub(super) fn validate(&self) -> Result<Client, ConfigError> {
        let Self { id, secret, scopes, token_lifetime } = self;
        if id.is_empty() {
            return Err(ConfigError::new("a client ID is empty; every client needs one"));
        }
        if secret.is_empty() {
            let message = format!("the secret of client {id:?} is empty; every client needs one");
            return Err(ConfigError::new(message));
        }
        let allowed = match scopes.as_ref().map(Scopes::from_names) {
            None => None,
            Some(Some(scopes)) => Some(scopes),
            Some(None) => {
                return Err(ConfigError::new(format!(
                    "a scope of client {id:?} is not a scope name (RFC 6749 §3.3); use printable ASCII \
                     without spaces, double quotes or backslashes"
                )));
            }
        };
        Ok(Client {
            secret: secret.clone(),
            default_grant: Arc::new(Grant { client_id: id.clone(), scopes: allowed }),
            token_lifetime: *token_lifetime,
        })
    }
}
