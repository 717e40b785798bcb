//! A client secret: compared in constant time, never printed.

use std::fmt;

use subtle::{Choice, ConstantTimeEq};

/// A client secret, registered or presented.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compares with what a request presented. The work depends on the length of the presented secret alone, which
    /// its sender knows anyway; not on this secret, its length, or the place of the first difference.
    pub(crate) fn matches(&self, presented: &Self) -> Choice {
        let mut same = self.0.len().ct_eq(&presented.0.len());
        for (theirs, ours) in presented.0.bytes().zip(self.0.bytes().cycle()) {
            same &= theirs.ct_eq(&ours);
        }
        same
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_secret_matches() {
        let cases = [
            ("secret", "secret", true),
            ("pässword", "pässword", true),
            ("secret", "secreT", false),
            ("secret", "secre", false),
            ("secret", "", false),
            // A repetition of the secret: what a comparison that wraps around must not take for the secret.
            ("secret", "secretsecret", false),
            ("aaaa", "aa", false),
        ];
        for (registered, presented, expected) in cases {
            let same = Secret::new(registered).matches(&Secret::new(presented));
            assert_eq!(bool::from(same), expected, "{registered:?} and {presented:?}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[redacted]");
    }
}
