//! Scope names and the `scope` parameter (RFC 6749 §3.3).

use std::collections::BTreeSet;

/// A set of scope names. Their order has no meaning (RFC 6749 §3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scopes(BTreeSet<String>);

impl Scopes {
    /// Parses `scope-token *( SP scope-token )`. Returns `None` for anything else, such as two consecutive spaces, which
    /// enclose an empty name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::from_names(text.split(' '))
    }

    /// Collects scope names. Returns `None` if one of them is not a valid `scope-token`.
    pub(crate) fn from_names<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Option<Self> {
        let names = names.into_iter().map(|name| name.as_ref().to_owned());
        names.map(|name| is_scope_token(&name).then_some(name)).collect::<Option<_>>().map(Self)
    }

    pub(crate) fn is_subset(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    pub(crate) fn to_names(&self) -> Vec<String> {
        self.names().map(str::to_owned).collect()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Returns true if the name matches `1*( %x21 / %x23-5B / %x5D-7E )`: printable ASCII without space, double quote and
/// backslash.
fn is_scope_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scopes_that_match_the_grammar_are_accepted() {
        let cases: &[(&str, Option<&[&str]>)] = &[
            ("accounts", Some(&["accounts"])),
            ("transactions accounts", Some(&["accounts", "transactions"])),
            ("accounts accounts", Some(&["accounts"])),
            ("a:b/c!#[]~", Some(&["a:b/c!#[]~"])),
            ("", None),
            (" ", None),
            (" accounts", None),
            ("accounts ", None),
            ("accounts  transactions", None),
            ("accounts\ttransactions", None),
            ("acc\"ounts", None),
            ("acc\\ounts", None),
            ("accounts\u{7f}", None),
            ("acçounts", None),
        ];
        for (text, expected) in cases {
            let parsed = Scopes::parse(text);
            let names = parsed.as_ref().map(|scopes| scopes.names().collect::<Vec<_>>());
            assert_eq!(names.as_deref(), *expected, "{text:?}");
        }
    }
}
