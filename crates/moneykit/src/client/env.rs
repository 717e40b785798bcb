//! Environment variables that configure a client.

use std::ffi::OsString;

use crate::auth::{ClientId, ClientSecret, Credentials};
use crate::error::Problem;

/// The environment variable of the client ID.
pub(crate) const CLIENT_ID: &str = "MONEYKIT_CLIENT_ID";
/// The environment variable of the client secret.
pub(crate) const CLIENT_SECRET: &str = "MONEYKIT_CLIENT_SECRET";
/// The environment variable of the base URL. It is optional.
pub(crate) const URL: &str = "MONEYKIT_URL";

/// The settings that the environment contains. MoneyKit's official clients read the same variables.
pub(crate) struct Environment {
    pub(crate) credentials: Result<Credentials, Vec<Problem>>,
    pub(crate) base_url: Result<Option<String>, Problem>,
}

impl Environment {
    /// Reads the variables of this process.
    pub(crate) fn read() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the caller asked to read the environment")]
        Self::from_variables(std::env::var_os)
    }

    fn from_variables(get: impl Fn(&'static str) -> Option<OsString>) -> Self {
        let client_id = required(&get, CLIENT_ID)
            .and_then(|text| ClientId::new(text).map_err(|invalid| problem(CLIENT_ID, invalid.what())));
        let client_secret = required(&get, CLIENT_SECRET).and_then(|text| {
            ClientSecret::new(text).map_err(|invalid| problem(CLIENT_SECRET, invalid.what()))
        });
        let credentials = match (client_id, client_secret) {
            (Ok(client_id), Ok(client_secret)) => Ok(Credentials::from_parts(client_id, client_secret)),
            (id, secret) => Err([id.err(), secret.err()].into_iter().flatten().collect()),
        };
        Self { credentials, base_url: get(URL).map(|value| text(URL, value)).transpose() }
    }
}

/// Returns the value of a variable that must be set.
fn required(get: impl Fn(&'static str) -> Option<OsString>, name: &'static str) -> Result<String, Problem> {
    let value = get(name)
        .ok_or_else(|| problem(name, "is not set; export it, or pass credentials to the builder"))?;
    text(name, value)
}

/// Converts the value of a variable to text.
fn text(name: &'static str, value: OsString) -> Result<String, Problem> {
    match value.into_string() {
        Ok(text) if text.is_empty() => Err(problem(name, "is empty; set a value, or unset it")),
        Ok(text) => Ok(text),
        Err(_) => Err(problem(name, "is not UTF-8; export it again")),
    }
}

fn problem(setting: &'static str, what: &str) -> Problem {
    Problem { setting, what: what.to_owned() }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    type Variables<'a> = &'a [(&'a str, &'a [u8])];

    fn read(variables: Variables<'_>) -> Environment {
        Environment::from_variables(|name| {
            let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
            Some(os_string(value))
        })
    }

    fn os_string(bytes: &[u8]) -> OsString {
        std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
    }

    #[test]
    fn all_three_variables_are_read() {
        let environment =
            read(&[(CLIENT_ID, b"id"), (CLIENT_SECRET, b"secret"), (URL, b"https://example.com")]);

        let credentials = environment.credentials.unwrap();
        assert_eq!(credentials.client_id().as_str(), "id");
        assert_eq!(credentials.client_secret().expose_secret(), "secret");
        assert_eq!(environment.base_url.unwrap().as_deref(), Some("https://example.com"));
    }

    #[test]
    fn the_base_url_is_optional() {
        assert_eq!(read(&[(CLIENT_ID, b"id"), (CLIENT_SECRET, b"secret")]).base_url, Ok(None));
    }

    #[test]
    fn every_invalid_variable_is_reported_with_its_remedy() {
        let cases: [(Variables<'_>, &[(&str, &str)]); 6] = [
            (&[], &[(CLIENT_ID, "is not set"), (CLIENT_SECRET, "is not set")]),
            (&[(CLIENT_ID, b""), (CLIENT_SECRET, b"x")], &[(CLIENT_ID, "is empty")]),
            (&[(CLIENT_ID, b"x"), (CLIENT_SECRET, b"")], &[(CLIENT_SECRET, "is empty")]),
            (&[(CLIENT_ID, b"x"), (CLIENT_SECRET, b"\xff")], &[(CLIENT_SECRET, "is not UTF-8")]),
            (&[(CLIENT_ID, b"x"), (CLIENT_SECRET, b"x\n")], &[(CLIENT_SECRET, "whitespace")]),
            (&[(CLIENT_ID, b"x"), (CLIENT_SECRET, b"x"), (URL, b"")], &[(URL, "is empty")]),
        ];
        for (variables, expected) in cases {
            let Environment { credentials, base_url } = read(variables);
            let problems: Vec<_> = credentials.err().into_iter().flatten().chain(base_url.err()).collect();
            assert_eq!(problems.len(), expected.len(), "{problems:?}");
            for (problem, (name, what)) in problems.iter().zip(expected) {
                assert_eq!(problem.setting, *name);
                assert!(problem.what.contains(what), "{problem:?}");
            }
        }
    }
}
