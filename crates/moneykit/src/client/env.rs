//! Environment variables that configure a client.

use std::ffi::OsString;

use super::given_secret::GivenSecret;
use crate::auth::{ClientId, ClientSecret, CredentialsSource};
use crate::error::Problem;

/// The prefix of the variables, with which MoneyKit's official clients read theirs.
pub(super) const PREFIX: &str = "MONEYKIT";

/// The settings that the environment contains.
pub(super) struct Environment {
    pub(super) credentials: Result<CredentialsSource, Vec<Problem>>,
    /// The base URL, and the name of its variable.
    pub(super) base_url: Option<(String, Result<String, Problem>)>,
}

impl Environment {
    /// Reads the variables of this process whose names begin with a prefix and an underscore.
    pub(super) fn read(prefix: &str) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the caller asked to read the environment")]
        Self::from_variables(prefix, |name| std::env::var_os(name))
    }

    fn from_variables(prefix: &str, get: impl Fn(&str) -> Option<OsString>) -> Self {
        let name = |suffix: &str| format!("{prefix}_{suffix}");
        let client_id = (|| {
            let name = name("CLIENT_ID");
            let value = get(&name).ok_or_else(|| {
                Problem::new(name.clone(), "is not set; export it, or pass credentials to the builder")
            })?;
            ClientId::new(text(&name, value)?).map_err(|invalid| Problem::new(name, invalid.what()))
        })();
        let client_secret = client_secret(name("CLIENT_SECRET"), name("CLIENT_SECRET_FILE"), &get);
        let url = name("URL");
        let base_url = get(&url).map(|value| text(&url, value));
        Self {
            credentials: GivenSecret::with_id(client_secret, client_id),
            base_url: base_url.map(|text| (url, text)),
        }
    }
}

/// Returns the secret of one of two variables: its own, and that of the path of its file.
fn client_secret(
    name: String,
    file_name: String,
    get: impl Fn(&str) -> Option<OsString>,
) -> Result<GivenSecret, Problem> {
    match (get(&name), get(&file_name)) {
        (Some(value), None) => {
            let secret = ClientSecret::new(text(&name, value)?);
            secret.map(GivenSecret::Text).map_err(|invalid| Problem::new(name, invalid.what()))
        }
        (None, Some(path)) if path.is_empty() => {
            Err(Problem::new(file_name, "is empty; set the path of a file, or unset it"))
        }
        (None, Some(path)) => GivenSecret::read(file_name, path.into()),
        (Some(_), Some(_)) => {
            let what = format!("is set, and so is {file_name}; unset one of them");
            Err(Problem::new(name, what))
        }
        (None, None) => {
            let what = format!(
                "is not set; export it, or {file_name} with the path of a file that contains it, or pass credentials to \
                 the builder"
            );
            Err(Problem::new(name, what))
        }
    }
}

/// Converts the value of a variable to text.
fn text(name: &str, value: OsString) -> Result<String, Problem> {
    match value.into_string() {
        Ok(text) if text.is_empty() => {
            Err(Problem::new(name.to_owned(), "is empty; set a value, or unset it"))
        }
        Ok(text) => Ok(text),
        Err(_) => Err(Problem::new(name.to_owned(), "is not UTF-8; export it again")),
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT_ID: &str = "MONEYKIT_CLIENT_ID";
    const CLIENT_SECRET: &str = "MONEYKIT_CLIENT_SECRET";
    const CLIENT_SECRET_FILE: &str = "MONEYKIT_CLIENT_SECRET_FILE";
    const URL: &str = "MONEYKIT_URL";

    type Variables<'a> = &'a [(&'a str, &'a [u8])];

    fn read_with(prefix: &str, variables: Variables<'_>) -> Environment {
        Environment::from_variables(prefix, |name| {
            let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
            Some(os_string(value))
        })
    }

    fn read(variables: Variables<'_>) -> Environment {
        read_with(PREFIX, variables)
    }

    fn os_string(bytes: &[u8]) -> OsString {
        std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
    }

    /// Returns the client ID, the client secret and the base URL.
    fn values(environment: Environment) -> (String, String, Option<String>) {
        let credentials = environment.credentials.unwrap().known().unwrap();
        let base_url = environment.base_url.map(|(_, text)| text.unwrap());
        let secret = credentials.client_secret().expose_secret().to_owned();
        (credentials.client_id().as_str().to_owned(), secret, base_url)
    }

    #[test]
    fn the_variables_are_read_with_their_prefix() {
        let variables: Variables<'_> = &[
            (CLIENT_ID, b"id"),
            (CLIENT_SECRET, b"secret"),
            (URL, b"https://example.com"),
            ("ACME_MONEYKIT_CLIENT_ID", b"acme"),
            ("ACME_MONEYKIT_CLIENT_SECRET", b"acme-secret"),
        ];
        let url = Some("https://example.com".to_owned());
        assert_eq!(values(read(variables)), ("id".to_owned(), "secret".to_owned(), url));
        let acme = values(read_with("ACME_MONEYKIT", variables));
        assert_eq!(acme, ("acme".to_owned(), "acme-secret".to_owned(), None));
    }

    #[test]
    fn the_secret_is_read_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "secret\r\n").unwrap();
        let path = path.to_str().unwrap().as_bytes();

        let (_, secret, _) = values(read(&[(CLIENT_ID, b"id"), (CLIENT_SECRET_FILE, path)]));
        assert_eq!(secret, "secret");
    }

    #[test]
    fn every_invalid_variable_is_reported_with_its_remedy() {
        let cases: [(Variables<'_>, &[(&str, &str)]); 11] = [
            (&[], &[(CLIENT_ID, "is not set"), (CLIENT_SECRET, "is not set")]),
            (&[(CLIENT_ID, b""), (CLIENT_SECRET, b"x")], &[(CLIENT_ID, "is empty")]),
            (&[(CLIENT_ID, b"x"), (CLIENT_SECRET, b"")], &[(CLIENT_SECRET, "is empty")]),
            (&[(CLIENT_ID, b"x"), (CLIENT_SECRET, b"\xff")], &[(CLIENT_SECRET, "is not UTF-8")]),
            (&[(CLIENT_ID, b"x"), (CLIENT_SECRET, b"x\n")], &[(CLIENT_SECRET, "whitespace")]),
            (&[(CLIENT_ID, b"x"), (CLIENT_SECRET, b"x"), (URL, b"")], &[(URL, "is empty")]),
            (
                &[(CLIENT_ID, b"x"), (CLIENT_SECRET, b"x"), (CLIENT_SECRET_FILE, b"/x")],
                &[(CLIENT_SECRET, "so is MONEYKIT_CLIENT_SECRET_FILE; unset one of them")],
            ),
            (&[(CLIENT_ID, b"x"), (CLIENT_SECRET_FILE, b"")], &[(CLIENT_SECRET_FILE, "is empty")]),
            (
                &[(CLIENT_ID, b"x"), (CLIENT_SECRET_FILE, b"/no/such/file")],
                &[(
                    CLIENT_SECRET_FILE,
                    "names the file \"/no/such/file\", which cannot be read (No such file or directory (os error 2))",
                )],
            ),
            (&[(CLIENT_ID, b"x"), (CLIENT_SECRET_FILE, b"/")], &[(CLIENT_SECRET_FILE, "Is a directory")]),
            (
                &[(CLIENT_ID, b"x"), (CLIENT_SECRET_FILE, b"/dev/zero")],
                &[(CLIENT_SECRET_FILE, "larger than")],
            ),
        ];
        for (variables, expected) in cases {
            let Environment { credentials, base_url } = read(variables);
            let base_url = base_url.and_then(|(_, text)| text.err());
            let problems: Vec<_> = credentials.err().into_iter().flatten().chain(base_url).collect();
            assert_eq!(problems.len(), expected.len(), "{problems:?}");
            for (problem, (name, what)) in problems.iter().zip(expected) {
                assert_eq!(problem.setting, *name);
                assert!(problem.what.contains(what), "{problem:?}");
            }
        }
    }
}
