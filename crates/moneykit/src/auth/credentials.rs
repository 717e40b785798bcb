//! Client IDs and client secrets, validated when they are created.

use std::convert::Infallible;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::pasted_text_problem;
use crate::error::{Error, Problem};

/// An application's client ID and client secret.
///
/// ```
/// use moneykit::Credentials;
///
/// # fn main() -> Result<(), moneykit::Error> {
/// let credentials = Credentials::new("live_5c739a369515e10fc9e0", "your-client-secret")?;
/// assert_eq!(credentials.client_id().as_str(), "live_5c739a369515e10fc9e0");
/// assert!(!format!("{credentials:?}").contains("your-client-secret"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Credentials {
    client_id: ClientId,
    client_secret: ClientSecret,
}

impl Credentials {
    /// Creates credentials from strings, or from a [`ClientId`] and a [`ClientSecret`].
    ///
    /// # Errors
    ///
    /// Returns an error if either
    ///
    /// - is empty;
    /// - begins or ends with whitespace, or contains a control character or an invisible one, such as a byte order mark
    ///   or a zero-width space;
    /// - is enclosed in quotation marks;
    /// - looks like a variable that was not expanded, such as `${SECRET}`.
    ///
    /// The error lists both if both are invalid.
    pub fn new<I, S>(client_id: I, client_secret: S) -> Result<Self, Error>
    where
        I: TryInto<ClientId, Error: Into<InvalidCredential>>,
        S: TryInto<ClientSecret, Error: Into<InvalidCredential>>,
    {
        match (client_id.try_into(), client_secret.try_into()) {
            (Ok(client_id), Ok(client_secret)) => Ok(Self { client_id, client_secret }),
            (id, secret) => {
                let problems = [id.err().map(Into::into), secret.err().map(Into::into)];
                Err(Error::configuration(problems.into_iter().flatten().map(|invalid| invalid.0).collect()))
            }
        }
    }

    pub(crate) fn from_parts(client_id: ClientId, client_secret: ClientSecret) -> Self {
        Self { client_id, client_secret }
    }

    /// Returns true if the IDs and the secrets are equal. Secrets are compared in constant time.
    pub(crate) fn ct_eq(&self, other: &Self) -> bool {
        let [secret, other_secret] =
            [self, other].map(|credentials| credentials.client_secret.expose_secret().as_bytes());
        let same_secret: bool = secret.ct_eq(other_secret).into();
        self.client_id == other.client_id && same_secret
    }

    /// Returns the client ID.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Returns the client secret.
    pub fn client_secret(&self) -> &ClientSecret {
        &self.client_secret
    }
}

/// An application's client ID. It is not a secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientId(String);

impl ClientId {
    /// Creates a client ID.
    ///
    /// # Errors
    ///
    /// Returns an error in the cases that [`Credentials::new`] lists.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidCredential> {
        let text = text.into();
        check("client_id", &text)?;
        Ok(Self(text))
    }

    /// Returns the client ID.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An application's client secret. Its `Debug` output is redacted, and its memory is zeroed when it is dropped.
#[derive(Clone)]
pub struct ClientSecret(SecretString);

impl ClientSecret {
    /// Creates a client secret.
    ///
    /// # Errors
    ///
    /// Returns an error in the cases that [`Credentials::new`] lists. The error does not contain the secret.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidCredential> {
        // Converted before the check, so that a rejected secret is zeroed as well.
        let secret = SecretString::from(text.into());
        check("client_secret", secret.expose_secret())?;
        Ok(Self(secret))
    }

    /// Returns the secret. The returned string is not redacted.
    pub fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret([redacted])")
    }
}

/// The error of an invalid client ID or client secret. Its message names the remedy.
///
/// The `?` operator converts it into an [`Error`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidCredential(Problem);

impl InvalidCredential {
    /// Returns the problem and its remedy, without the name of the setting.
    pub(crate) fn what(&self) -> &str {
        &self.0.what
    }
}

impl fmt::Display for InvalidCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.setting, self.0.what)
    }
}

impl std::error::Error for InvalidCredential {}

impl From<InvalidCredential> for Error {
    fn from(invalid: InvalidCredential) -> Self {
        Self::configuration(vec![invalid.0])
    }
}

impl From<Infallible> for InvalidCredential {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

macro_rules! try_from_text {
    ($type:ty: $($text:ty),+) => {$(
        impl TryFrom<$text> for $type {
            type Error = InvalidCredential;

            fn try_from(text: $text) -> Result<Self, InvalidCredential> {
                Self::new(text)
            }
        }
    )+};
}

try_from_text!(ClientId: &str, String, &String);
try_from_text!(ClientSecret: &str, String, &String);

/// Checks a client ID or a client secret.
fn check(setting: &'static str, text: &str) -> Result<(), InvalidCredential> {
    let what = if text.is_empty() {
        "is empty; copy it from your MoneyKit dashboard"
    } else if text.trim() != text {
        "begins or ends with whitespace; trim it: files often end with a line break"
    } else if text.contains(char::is_control) {
        "contains a control character; copy it from your MoneyKit dashboard again"
    } else if let Some(problem) = pasted_text_problem(text) {
        problem
    } else {
        return Ok(());
    };
    Err(InvalidCredential(Problem::new(setting, what)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_credentials_are_rejected_and_not_shown() {
        for (bad, hint) in [
            ("", "empty"),
            (" pale-secret", "whitespace"),
            ("pale-secret\n", "line break"),
            ("pale\0secret", "control"),
            ("\u{feff}pale-secret", "byte order mark"),
            ("pale-secret\u{200b}", "invisible"),
            ("\"pale-secret\"", "quotation marks"),
            ("${pale}", "not expanded"),
        ] {
            let error = Credentials::new(bad, bad).unwrap_err();
            let text = format!("{error} {error:?}");

            assert!(text.contains("client_id") && text.contains("client_secret"), "{text}");
            assert!(text.contains(hint), "{text}");
            assert!(!text.contains("pale"), "{text}");
        }
    }

    #[test]
    fn credentials_may_contain_any_other_character() {
        for good in ["live_5c739a369515e10fc9e0", "a&b=c+d e", "é:ü", "%20", "$ecret", "\"'", "🔑"] {
            let credentials = Credentials::new(good, good.to_owned()).unwrap();
            assert_eq!(credentials.client_id().as_str(), good);
            assert_eq!(credentials.client_secret().expose_secret(), good);
        }
    }

    #[test]
    fn debug_shows_the_id_and_hides_the_secret() {
        let credentials = Credentials::new("live_1", "pale-secret").unwrap();

        assert!(format!("{credentials:#?}").contains("live_1"));
        assert!(!format!("{credentials:#?}").contains("pale"));
    }
}
