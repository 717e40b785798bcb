//! The clients that the emulator knows.

use std::collections::HashMap;
use std::io;

use crate::scope::Scopes;
use crate::secret::Secret;

/// Everybody who may ask for a token.
pub(crate) struct Clients {
    by_id: HashMap<String, Client>,
    /// Compared with when the client ID is unknown, so that such a request costs what any other costs.
    decoy: Secret,
}

/// What is known of one client.
struct Client {
    secret: Secret,
    allowed: Option<Scopes>,
}

/// What a token allows, and whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    /// `None` means everything: there is no list of all the scopes to spell out.
    pub(crate) scopes: Option<Scopes>,
}

/// A client as it was handed to the builder, not checked yet.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(crate) id: String,
    pub(crate) secret: Secret,
    /// `None` allows every scope.
    pub(crate) scopes: Option<Vec<String>>,
}

impl Clients {
    /// Checks the registrations: [`io::ErrorKind::InvalidInput`] for one that no request could ever use.
    pub(crate) fn register(registrations: Vec<Registration>) -> io::Result<Self> {
        let mut by_id = HashMap::new();
        for Registration { id, secret, scopes } in registrations {
            if id.is_empty() {
                return Err(invalid("a client ID is empty; give each client an ID"));
            }
            if secret.is_empty() {
                return Err(invalid(format!("the secret of client {id:?} is empty; give it one")));
            }
            let allowed = match scopes.map(Scopes::from_names) {
                None => None,
                Some(Some(scopes)) => Some(scopes),
                Some(None) => {
                    return Err(invalid(format!(
                        "a scope of client {id:?} is not a scope name (RFC 6749 §3.3); use printable ASCII \
                         without spaces, double quotes and backslashes"
                    )));
                }
            };
            if by_id.contains_key(&id) {
                return Err(invalid(format!(
                    "client {id:?} is registered twice; register each client ID once"
                )));
            }
            by_id.insert(id, Client { secret, allowed });
        }
        Ok(Self { by_id, decoy: Secret::new("the answer for an unknown client is no, whatever it presents") })
    }

    /// Decides what a token for this client would allow. `requested` is the value of the `scope` parameter; `None`
    /// asks for all that the client is allowed.
    pub(crate) fn authorize(
        &self,
        id: &str,
        secret: &Secret,
        requested: Option<&str>,
    ) -> Result<Grant, Denied> {
        let client = self.by_id.get(id);
        let expected = client.map_or(&self.decoy, |client| &client.secret);
        // Compared first, known or not; only then does it matter whether there is such a client.
        let authenticated = bool::from(expected.matches(secret));
        let client = client.filter(|_| authenticated).ok_or(Denied::Credentials)?;

        let scopes = match requested {
            None => client.allowed.clone(),
            Some(requested) => {
                let requested = Scopes::parse(requested).ok_or(Denied::Scope)?;
                if let Some(allowed) = &client.allowed
                    && !requested.is_subset(allowed)
                {
                    return Err(Denied::Scope);
                }
                Some(requested)
            }
        };
        Ok(Grant { client_id: id.to_owned(), scopes })
    }

    /// The registered client IDs, sorted: for `Debug`.
    pub(crate) fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<_> = self.by_id.keys().map(String::as_str).collect();
        ids.sort_unstable();
        ids
    }
}

/// Why a client gets no token. Whether it was the ID or the secret, nobody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    Credentials,
    Scope,
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
    fn grants_what_is_asked_for_within_what_is_allowed() {
        type Granted = Result<Option<&'static str>, Denied>;
        let cases: &[(&str, &str, Option<&str>, Granted)] = &[
            ("any", "s1", None, Ok(None)),
            ("any", "s1", Some("whatever"), Ok(Some("whatever"))),
            ("any", "s1", Some("what\"ever"), Err(Denied::Scope)),
            ("some", "s2", None, Ok(Some("accounts transactions"))),
            ("some", "s2", Some("accounts"), Ok(Some("accounts"))),
            ("some", "s2", Some("accounts payments"), Err(Denied::Scope)),
            ("some", "s1", None, Err(Denied::Credentials)),
            ("some", "", None, Err(Denied::Credentials)),
            ("nobody", "s1", None, Err(Denied::Credentials)),
            // Who is not authenticated learns nothing of scopes.
            ("some", "s1", Some("payments"), Err(Denied::Credentials)),
        ];
        for (id, secret, requested, expected) in cases {
            let granted =
                clients().authorize(id, &Secret::new(*secret), *requested).map(|grant| grant.scopes);
            let expected = expected.map(|scopes| scopes.and_then(Scopes::parse));
            assert_eq!(granted, expected, "{id} asks for {requested:?}");
        }
    }

    #[test]
    fn the_decoy_opens_nothing() {
        let clients = clients();
        let decoy = clients.decoy.clone();
        assert_eq!(clients.authorize("nobody", &decoy, None), Err(Denied::Credentials));
    }

    #[test]
    fn refuses_registrations_that_no_request_could_use() {
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
