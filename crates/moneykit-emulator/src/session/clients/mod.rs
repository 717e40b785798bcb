//! Registered clients, client authentication and scope checks.

mod registration;
mod scope;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

pub use registration::RegisteredClient;
pub(crate) use scope::Scopes;

use crate::config_error::ConfigError;
use crate::secret::Secret;

/// The clients of a session.
pub(crate) struct Clients {
    by_id: RwLock<BTreeMap<String, Client>>,
    /// Compared with the presented secret if the client ID is unknown, so that the response time does not reveal which
    /// client IDs exist.
    decoy: Secret,
}

/// A registered client after validation.
struct Client {
    secret: Secret,
    /// The grant of a token request without scopes. Its scopes are all that the client is allowed.
    default_grant: Arc<Grant>,
    /// The lifetime of this client's tokens, instead of the session's.
    token_lifetime: Option<Duration>,
}

/// The client that a token was issued to, and the scopes that it grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    /// `None` grants every scope, since the emulator has no list of all scopes.
    pub(crate) scopes: Option<Scopes>,
}

/// What an authenticated client is issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authorized {
    pub(crate) grant: Arc<Grant>,
    /// `None` stands for the lifetime of the session.
    pub(crate) token_lifetime: Option<Duration>,
}

impl Clients {
    /// Validates and registers the clients.
    ///
    /// # Errors
    ///
    /// Fails if an ID or a secret is empty, an ID is registered twice, or a scope name is invalid.
    pub(crate) fn new(registrations: &[RegisteredClient]) -> Result<Self, ConfigError> {
        let clients = Self {
            by_id: RwLock::default(),
            decoy: Secret::new("decoy for unknown client IDs; it never authenticates"),
        };
        clients.replace_all(registrations)?;
        Ok(clients)
    }

    /// Replaces all clients. If one of them is invalid, nothing changes.
    pub(crate) fn replace_all(&self, registrations: &[RegisteredClient]) -> Result<(), ConfigError> {
        let mut by_id = BTreeMap::new();
        for registration in registrations {
            let client = registration.validate()?;
            if by_id.insert(registration.id.clone(), client).is_some() {
                return Err(ConfigError::new(format!(
                    "client {:?} is registered twice; register each client ID once",
                    registration.id
                )));
            }
        }
        *self.by_id.write().unwrap_or_else(PoisonError::into_inner) = by_id;
        Ok(())
    }

    /// Adds a client, or replaces the one with the same ID. Returns true if there was none.
    pub(crate) fn register(&self, registration: &RegisteredClient) -> Result<bool, ConfigError> {
        let client = registration.validate()?;
        let mut by_id = self.by_id.write().unwrap_or_else(PoisonError::into_inner);
        Ok(by_id.insert(registration.id.clone(), client).is_none())
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.with(|by_id| by_id.contains_key(id))
    }

    /// Removes a client. Returns false if there is none with this ID.
    pub(crate) fn remove(&self, id: &str) -> bool {
        self.by_id.write().unwrap_or_else(PoisonError::into_inner).remove(id).is_some()
    }

    /// Authenticates the client and returns the grant for a token.
    ///
    /// `requested` is the value of the `scope` parameter; `None` requests all scopes that the client is allowed.
    pub(crate) fn authorize(
        &self,
        id: &str,
        secret: &Secret,
        requested: Option<&str>,
    ) -> Result<Authorized, AuthError> {
        self.with(|by_id| {
            let client = by_id.get(id);
            let expected = client.map_or(&self.decoy, |client| &client.secret);
            // The secret is compared before the existence of the client is checked, so that known and
            // unknown client IDs take the same time.
            let authenticated = bool::from(expected.ct_eq(secret));
            let client = client.filter(|_| authenticated).ok_or(AuthError::InvalidClient)?;
            client.authorize(requested)
        })
    }

    /// Returns the grant for a token without authentication. `None` stands for a client that is not registered.
    pub(crate) fn authorize_registered(
        &self,
        id: &str,
        requested: Option<&str>,
    ) -> Option<Result<Authorized, AuthError>> {
        self.with(|by_id| by_id.get(id).map(|client| client.authorize(requested)))
    }

    /// Returns the registered clients, sorted by ID.
    pub(crate) fn list(&self) -> Vec<RegisteredClient> {
        self.with(|by_id| by_id.iter().map(|(id, client)| client.registration(id)).collect())
    }

    /// Returns the registered client IDs, sorted.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.with(|by_id| by_id.keys().cloned().collect())
    }

    /// Values that are shorter occur in other text by chance, and are redacted by their place only.
    pub(crate) const MIN_REDACTED_BYTES: usize = 8;

    /// Replaces the secrets of all clients in `text`.
    pub(crate) fn redact(&self, text: &mut Cow<'_, str>) {
        if text.len() < Self::MIN_REDACTED_BYTES {
            return;
        }
        self.with(|by_id| {
            let secrets = by_id.values().map(|client| &client.secret);
            secrets
                .filter(|secret| secret.len() >= Self::MIN_REDACTED_BYTES)
                .for_each(|secret| secret.redact(text));
        });
    }

    fn with<T>(&self, read: impl FnOnce(&BTreeMap<String, Client>) -> T) -> T {
        read(&self.by_id.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Client {
    fn authorize(&self, requested: Option<&str>) -> Result<Authorized, AuthError> {
        let grant = match requested {
            None => Arc::clone(&self.default_grant),
            Some(requested) => {
                let requested = Scopes::parse(requested).ok_or(AuthError::InvalidScope)?;
                if self.default_grant.scopes.as_ref().is_some_and(|allowed| !requested.is_subset(allowed)) {
                    return Err(AuthError::InvalidScope);
                }
                Arc::new(Grant { client_id: self.default_grant.client_id.clone(), scopes: Some(requested) })
            }
        };
        Ok(Authorized { grant, token_lifetime: self.token_lifetime })
    }

    fn registration(&self, id: &str) -> RegisteredClient {
        RegisteredClient {
            id: id.to_owned(),
            secret: self.secret.clone(),
            scopes: self.default_grant.scopes.as_ref().map(Scopes::to_names),
            token_lifetime: self.token_lifetime,
        }
    }
}

/// The reason why a token request is rejected, named after the error codes of RFC 6749 §5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthError {
    /// The client ID is unknown, or the secret is wrong. Clients must not learn which.
    InvalidClient,
    /// The requested scope is malformed, or the client is not allowed it.
    InvalidScope,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registration(id: &str, secret: &str, scopes: Option<&[&str]>) -> RegisteredClient {
        let client = RegisteredClient::new(id, secret);
        match scopes {
            Some(scopes) => client.scopes(scopes.iter().copied()),
            None => client,
        }
    }

    fn clients() -> Clients {
        Clients::new(&[
            registration("any", "s1", None),
            registration("some", "s2", Some(&["accounts", "transactions"])),
        ])
        .unwrap()
    }

    #[test]
    fn authenticated_clients_are_granted_allowed_scopes_only() {
        type Expected = Result<Option<&'static str>, AuthError>;
        let cases: &[(&str, &str, Option<&str>, Expected)] = &[
            ("any", "s1", None, Ok(None)),
            ("any", "s1", Some("any-scope"), Ok(Some("any-scope"))),
            ("any", "s1", Some("any\"scope"), Err(AuthError::InvalidScope)),
            ("some", "s2", None, Ok(Some("accounts transactions"))),
            ("some", "s2", Some("accounts"), Ok(Some("accounts"))),
            ("some", "s2", Some("accounts payments"), Err(AuthError::InvalidScope)),
            ("some", "s1", None, Err(AuthError::InvalidClient)),
            ("some", "", None, Err(AuthError::InvalidClient)),
            ("unknown", "s1", None, Err(AuthError::InvalidClient)),
            // A client that is not authenticated must not learn which scopes are allowed.
            ("some", "s1", Some("payments"), Err(AuthError::InvalidClient)),
        ];
        for (id, secret, requested, expected) in cases {
            let granted =
                clients().authorize(id, &Secret::new(*secret), *requested).map(|a| a.grant.scopes.clone());
            let expected = expected.map(|scopes| scopes.and_then(Scopes::parse));
            assert_eq!(granted, expected, "{id} requests {requested:?}");
        }
    }

    #[test]
    fn the_decoy_secret_never_authenticates() {
        let clients = clients();
        let decoy = clients.decoy.clone();
        assert_eq!(clients.authorize("unknown", &decoy, None), Err(AuthError::InvalidClient));
    }

    #[test]
    fn invalid_registrations_are_rejected() {
        let cases = [
            (vec![registration("", "s", None)], "client ID is empty"),
            (vec![registration("a", "", None)], "secret of client \"a\" is empty"),
            (vec![registration("a", "s", Some(&["x y"]))], "not a scope name"),
            (vec![registration("a", "s-1", None), registration("a", "s-2", None)], "registered twice"),
        ];
        for (registrations, expected) in cases {
            let error = Clients::new(&registrations).err().unwrap();
            assert!(error.to_string().contains(expected), "{error}");
            assert!(!error.to_string().contains("s-"), "{error}");
        }
    }
}
