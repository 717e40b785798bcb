//! A client secret that is compared in constant time and redacted in `Debug`.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer};
use subtle::{Choice, ConstantTimeEq};

/// A client secret, from a registration or a request, or a control key.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Replaces each occurrence of this secret in `text`.
    pub(crate) fn redact(&self, text: &mut Cow<'_, str>) {
        if !self.0.is_empty() && text.contains(&self.0) {
            *text = Cow::Owned(text.replace(&self.0, REDACTED));
        }
    }

    /// Compares this secret with one from a request, in constant time.
    ///
    /// The time depends only on the length of the presented secret, which its sender knows. It does not depend on this
    /// secret, its length, or the position of the first difference.
    pub(crate) fn ct_eq(&self, presented: &Self) -> Choice {
        let mut equal = self.0.len().ct_eq(&presented.0.len());
        for (actual, expected) in presented.0.bytes().zip(self.0.bytes().cycle()) {
            equal &= actual.ct_eq(&expected);
        }
        equal
    }
}

/// The text that replaces a secret.
pub(crate) const REDACTED: &str = "[redacted]";

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Errors of serde quote a value of the wrong type, and this one may be a secret.
        match serde_json::Value::deserialize(deserializer) {
            Ok(serde_json::Value::String(secret)) => Ok(Self(secret)),
            _ => Err(serde::de::Error::custom("a secret must be a string; put it in quotes")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_identical_secrets_are_equal() {
        let cases = [
            ("secret", "secret", true),
            ("pässword", "pässword", true),
            ("secret", "secreT", false),
            ("secret", "secre", false),
            ("secret", "", false),
            // The comparison cycles through the secret, and must not accept its repetition.
            ("secret", "secretsecret", false),
            ("aaaa", "aa", false),
        ];
        for (registered, presented, expected) in cases {
            let equal = Secret::new(registered).ct_eq(&Secret::new(presented));
            assert_eq!(bool::from(equal), expected, "{registered:?} and {presented:?}");
        }
    }

    #[test]
    fn debug_is_redacted() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[redacted]");
    }
}
