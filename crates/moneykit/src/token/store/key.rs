//! The names and keys under which a store keeps tokens.

use std::fmt::{self, Write as _};

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::auth::{Credentials, Scopes};

/// What a [`TokenStore`](super::TokenStore) needs to keep the token of one set of credentials: a name, and a key for
/// encryption. Both derive from the client secret, so members that share credentials share nothing else, and a rotated
/// secret simply finds nothing. Neither reveals the secret.
///
/// A [`Client`](crate::Client) derives its key from its base URL, credentials, scopes and API version. The `Debug` output
/// has the name alone.
pub struct StoreKey {
    name: String,
    encryption_key: Zeroizing<[u8; 32]>,
    digest_key: Zeroizing<[u8; 32]>,
}

/// A keyed hash of an access token, which tells tokens apart without revealing them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest([u8; 16]);

impl StoreKey {
    /// Derives the key of a client with these settings, for tests and tools that look into a store.
    pub fn new(
        credentials: &Credentials,
        base_url: &str,
        scopes: Option<&Scopes>,
        api_version: &str,
    ) -> Self {
        let secret = Hkdf::<Sha256>::new(
            Some(b"moneykit token store, format 1"),
            credentials.client_secret().expose_secret().as_bytes(),
        );
        // Scopes have no order (RFC 6749 §3.3).
        let mut names: Vec<&str> = scopes.map_or("", Scopes::as_str).split(' ').collect();
        names.sort_unstable();
        let parts =
            [base_url.trim_end_matches('/'), credentials.client_id().as_str(), &names.join(" "), api_version];
        let name = keyed_hash(&derive(&secret, b"name"), &parts);
        let mut hex = String::with_capacity(2 * NAME_BYTES);
        for byte in &name[..NAME_BYTES] {
            // Writing to a string does not fail.
            let _ = write!(hex, "{byte:02x}");
        }
        Self {
            name: hex,
            encryption_key: derive(&secret, b"encryption"),
            digest_key: derive(&secret, b"digest"),
        }
    }

    /// Returns the name: 32 hexadecimal digits.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns a key of 256 bits, for authenticated encryption of tokens with the [name](Self::name) as associated
    /// data: keys of one secret that differ in their scopes, for example, have the same encryption key.
    pub fn encryption_key(&self) -> &[u8; 32] {
        &self.encryption_key
    }

    /// Returns the digest of a token's value.
    pub fn digest(&self, token: &str) -> TokenDigest {
        let hash = keyed_hash(&self.digest_key, &[token]);
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash[..16]);
        TokenDigest(digest)
    }
}

impl TokenDigest {
    /// Returns the digest's bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreKey").field("name", &self.name).finish_non_exhaustive()
    }
}

const NAME_BYTES: usize = 16;

/// Derives a key for one purpose (RFC 5869 §2.3).
fn derive(secret: &Hkdf<Sha256>, purpose: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    secret.expand(purpose, &mut *key).expect("HKDF-SHA256 expands to up to 8160 bytes");
    key
}

/// Returns the HMAC-SHA256 of texts, each with its length, so that no two lists have the same hash.
fn keyed_hash(key: &[u8; 32], parts: &[&str]) -> [u8; 32] {
    let mut hash = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_another_name_for_other_settings_but_not_for_another_order_of_scopes() {
        let name = |id: &str, secret: &str, url: &str, scopes: Option<[&str; 2]>, version: &str| {
            let credentials = Credentials::new(id, secret).unwrap();
            let scopes = scopes.map(|names| Scopes::new(names).unwrap());
            StoreKey::new(&credentials, url, scopes.as_ref(), version).name().to_owned()
        };
        let scopes = Some(["accounts", "links"]);
        let first = name("id", "secret", "https://a.test", scopes, "1");

        assert_eq!(name("id", "secret", "https://a.test/", Some(["links", "accounts"]), "1"), first);
        for other in [
            name("other", "secret", "https://a.test", scopes, "1"),
            name("id", "other", "https://a.test", scopes, "1"),
            name("id", "secret", "https://b.test", scopes, "1"),
            name("id", "secret", "https://a.test", Some(["accounts", "other"]), "1"),
            name("id", "secret", "https://a.test", None, "1"),
            name("id", "secret", "https://a.test", scopes, "2"),
        ] {
            assert_ne!(other, first);
        }
    }
}
