//! Client registrations, client authentication and scope checks.

use std::collections::HashMap;
use std::io;

use crate::scope::Scopes;
use crate::secret::Secret;

/// The registered clients.
pub(crate) struct Clients {
    by_id: HashMap<String, Client>,
    /// Compared with the presented secret if the client ID is unknown, so that the response time does not reveal which
    /// client IDs exist.
    decoy: Secret,
}

/// A registered client.
struct Client {
    secret: Secret,
    /// `None` allows every scope.
    allowed_scopes: Option<Scopes>,
}

/// The client that a token was issued to, and the scopes that it grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    /// `None` grants every scope, since the emulator has no list of all scopes.
    pub(crate) scopes: Option<Scopes>,
}

/// A client as it was passed to the builder, before validation.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(crate) id: String,
    pub(crate) secret: Secret,
    /// `None` allows every scope.
    pub(crate) scopes: Option<Vec<String>>,
}

impl Clients {
    /// Validates and registers the clients.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::InvalidInput`] if an ID or a secret is empty, an ID is registered twice, or a scope name is
    /// invalid.
    pub(crate) fn register(registrations: Vec<Registration>) -> io::Result<Self> {
        let mut by_id = HashMap::new();
        for Registration { id, secret, scopes } in registrations {
            if id.is_empty() {
                return Err(invalid("a client ID is empty; every client needs one"));
            }
            if secret.is_empty() {
                return Err(invalid(format!("the secret of client {id:?} is empty; every client needs one")));
            }
            let allowed_scopes = match scopes.map(Scopes::from_names) {
                None => None,
                Some(Some(scopes)) => Some(scopes),
                Some(None) => {
                    return Err(invalid(format!(
                        "a scope of client {id:?} is not a scope name (RFC 6749 §3.3); use printable ASCII \
                         without spaces, double quotes or backslashes"
                    )));
                }
            };
            if by_id.contains_key(&id) {
                return Err(invalid(format!(
                    "client {id:?} is registered twice; register each client ID once"
                )));
            }
            by_id.insert(id, Client { secret, allowed_scopes });
        }
        Ok(Self { by_id, decoy: Secret::new("decoy for unknown client IDs; it never authenticates") })
    }

    /// Authenticates the client and returns the grant for a token.
    ///
    /// `requested` is the value of the `scope` parameter; `None` requests all scopes that the client is allowed.
    pub(crate) fn authorize(
        &self,
        id: &str,
        secret: &Secret,
        requested: Option<&str>,
    ) -> Result<Grant, AuthError> {
        let client = self.by_id.get(id);
        let expected = client.map_or(&self.decoy, |client| &client.secret);
        // The secret is compared before the existence of the client is checked, so that known and
        // unknown client IDs take the same time.
        let authenticated = bool::from(expected.ct_eq(secret));
        let client = client.filter(|_| authenticated).ok_or(AuthError::InvalidClient)?;

        let scopes = match requested {
            None => client.allowed_scopes.clone(),
            Some(requested) => {
                let requested = Scopes::parse(requested).ok_or(AuthError::InvalidScope)?;
                if let Some(allowed) = &client.allowed_scopes
                    && !requested.is_subset(allowed)
                {
                    return Err(AuthError::InvalidScope);
                }
                Some(requested)
            }
        };
        Ok(Grant { client_id: id.to_owned(), scopes })
    }

    /// Returns the registered client IDs, sorted, for `Debug`.
    pub(crate) fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<_> = self.by_id.keys().map(String::as_str).collect();
        ids.sort_unstable();
        ids
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

fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registration(id: &str, secret: &str, scopes: Option<&[&str]>) -> Registration {
        Registration {
            id: id.to_owned(),
            secret: Secret::new(secret),
            scopes: scopes.map(|names| names.iter().map(ToString::to_string).collect()),
        }
    }

    fn clients() -> Clients {
        Clients::register(vec![
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
                clients().authorize(id, &Secret::new(*secret), *requested).map(|grant| grant.scopes);
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
            let error = Clients::register(registrations).err().unwrap();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            assert!(error.to_string().contains(expected), "{error}");
            assert!(!error.to_string().contains("s-"), "{error}");
        }
    }
}
