use std::fmt;

use crate::error::{Error, Problem};

/// What an access token shall allow: one or more scope names.
///
/// Leave it out to get every action that the application is allowed.
///
/// ```
/// use moneykit::Scopes;
///
/// # fn main() -> Result<(), moneykit::Error> {
/// let scopes = Scopes::new(["accounts", "transactions"])?;
/// assert_eq!(scopes.as_str(), "accounts transactions");
/// assert_eq!(scopes, Scopes::parse("accounts transactions")?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scopes(String);

impl Scopes {
    /// Joins scope names.
    ///
    /// # Errors
    ///
    /// When there is none, or one that is empty or has a character that RFC 6749 §3.3 does not allow in a
    /// scope name: anything but visible ASCII without `"` and `\`.
    pub fn new<I>(names: I) -> Result<Self, Error>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let mut joined = String::new();
        for name in names {
            let name = name.as_ref();
            check(name)?;
            if !joined.is_empty() {
                joined.push(' ');
            }
            joined.push_str(name);
        }
        if joined.is_empty() { Err(invalid("has no name in it")) } else { Ok(Self(joined)) }
    }

    /// Reads scope names that are separated by single spaces, as the API writes them.
    ///
    /// # Errors
    ///
    /// As [`Scopes::new`]; a space too many makes an empty name.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.is_empty() { Err(invalid("is empty")) } else { Self::new(text.split(' ')) }
    }

    /// Returns the names, separated by single spaces.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(name: &str) -> Result<(), Error> {
    if name.is_empty() {
        return Err(invalid("has an empty name in it, perhaps from two spaces in a row"));
    }
    match name.chars().find(|c| !matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')) {
        None => Ok(()),
        Some(c) => Err(invalid(&format!("has the character {c:?} in it, which scope names can't have"))),
    }
}

fn invalid(what: &str) -> Error {
    let what =
        format!("{what}; separate names by single spaces, or set none to get every action that is allowed");
    Error::configuration(vec![Problem { setting: "scopes", what }])
}

impl TryFrom<&str> for Scopes {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Scopes {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(&text)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_what_rfc_6749_allows_and_nothing_else() {
        for good in ["accounts", "a b", "!", "#[]~", "read:accounts", "https://api.moneykit.com/all"] {
            assert_eq!(Scopes::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", " ", "a  b", " a", "a ", "a\tb", "a\nb", "\"", "a\\b", "é", "\u{7f}"] {
            let error = Scopes::parse(bad).unwrap_err();
            assert!(error.is_configuration());
            assert!(error.to_string().contains("scopes"), "{error}");
        }
    }

    #[test]
    fn no_names_at_all_are_an_error_rather_than_every_scope() {
        assert!(Scopes::new::<[&str; 0]>([]).is_err());
        assert!(Scopes::new(["a b"]).is_err());
    }
}
