//! Whether a client secret is strong enough for the keys that derive from it.

use std::collections::BTreeSet;

/// Returns true if a secret could be guessed by someone who reads a store, and who can try as many as they like. It is an
/// estimate, as if each character were one of those that occur.
pub(super) fn is_weak(secret: &str) -> bool {
    let characters = secret.chars().collect::<BTreeSet<_>>().len();
    let bits = secret.chars().count() * characters.checked_ilog2().unwrap_or(0) as usize;
    bits < LEAST_BITS
}

const LEAST_BITS: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_repetitive_secrets_are_weak() {
        for weak in
            ["", "a", "secret", "12345678", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "hunter2hunter2"]
        {
            assert!(is_weak(weak), "{weak}");
        }
        for strong in ["0f8e3a91c2d74b56", "Zq3vT9bLw2Xk8RmP", "97d170e1550eee4afc0af065b78cda302a97674c"] {
            assert!(!is_weak(strong), "{strong}");
        }
    }
}
