//! OAuth scopes of access tokens.

use std::fmt;

use crate::error::{Error, Problem};

/// The scope of an access token: one or more scope names (RFC 6749 §3.3).
///
/// Without it, a token allows every action that the application is allowed.
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
    /// Creates a scope from names.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no name, or if a name is empty or contains a character other than visible ASCII
    /// without `"` and `\` (RFC 6749 §3.3).
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
        if joined.is_empty() { Err(invalid("contains no name")) } else { Ok(Self(joined)) }
    }

    /// Parses scope names that are separated by single spaces, as the API writes them.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Scopes::new`]. A leading, trailing or repeated space is an empty name.
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
        return Err(invalid("contains an empty name, perhaps because of two spaces in a row"));
    }
    match name.chars().find(|c| !matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')) {
        None => Ok(()),
        Some(c) => Err(invalid(&format!("contains the character {c:?}, which a scope name cannot contain"))),
    }
}

fn invalid(what: &str) -> Error {
    let what =
        format!("{what}; separate names by single spaces, or omit the setting to be allowed every action");
    Error::configuration(vec![Problem::new("scopes", what)])
}

macro_rules! try_from_names {
    ($($(const $length:ident)? $names:ty),+ $(,)?) => {$(
        impl<S: AsRef<str> $(, const $length: usize)?> TryFrom<$names> for Scopes {
            type Error = Error;

            fn try_from(names: $names) -> Result<Self, Error> {
                Self::new(names)
            }
        }
    )+};
}

try_from_names!(const N [S; N], const N &[S; N], &[S], Vec<S>, &Vec<S>);

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

impl TryFrom<&String> for Scopes {
    type Error = Error;

    fn try_from(text: &String) -> Result<Self, Error> {
        Self::parse(text)
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
    fn scope_names_contain_only_characters_that_rfc_6749_allows() {
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
    fn names_are_taken_from_texts_and_lists() {
        let text = "a b".to_owned();
        let owned = || vec!["a".to_owned(), "b".to_owned()];
        let converted: [Result<Scopes, Error>; 9] = [
            "a b".try_into(),
            (&text).try_into(),
            text.clone().try_into(),
            ["a", "b"].try_into(),
            (&["a", "b"]).try_into(),
            (&owned()[..]).try_into(),
            vec!["a", "b"].try_into(),
            owned().try_into(),
            (&owned()).try_into(),
        ];
        for scopes in converted {
            assert_eq!(scopes.unwrap().as_str(), "a b");
        }
    }

    #[test]
    fn an_empty_list_of_names_is_an_error_rather_than_every_scope() {
        assert!(Scopes::new::<[&str; 0]>([]).is_err());
        assert!(Scopes::new(["a b"]).is_err());
    }
}
