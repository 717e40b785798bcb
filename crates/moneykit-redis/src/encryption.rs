//! Encryption of tokens: XChaCha20-Poly1305, whose nonces are long enough to be random.

use std::time::Duration;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use moneykit::token_store::{StoreKey, StoredToken};
use zeroize::Zeroizing;

use crate::error::RedisStoreError;

/// Returns the nonce, and encrypted the time at which the token began by the server's clock, its lifetime, and its value.
pub(crate) fn encrypt(
    key: &StoreKey,
    token: &StoredToken,
    began: Duration,
) -> Result<Vec<u8>, RedisStoreError> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(|_| RedisStoreError::no_randomness())?;
    let mut plaintext = Zeroizing::new(Vec::with_capacity(2 * TIME_BYTES + token.expose_secret().len()));
    for time in [began, token.lifetime()] {
        let time = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        plaintext.extend_from_slice(&time.to_be_bytes());
    }
    plaintext.extend_from_slice(token.expose_secret().as_bytes());
    let aad = associated_data(key);
    let payload = Payload { msg: &plaintext, aad: &aad };
    let ciphertext = cipher(key)
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| RedisStoreError::invalid_token("is too long to be encrypted"))?;
    Ok([&nonce[..], &ciphertext].concat())
}

/// Returns a token of which `remaining` is left according to the entry's time to live, or `None` if the entry was not
/// encrypted under this key, was changed, or has another format. `now` is the present by the server's clock: an old entry
/// that somebody gave another time to live has expired all the same.
pub(crate) fn decrypt(
    key: &StoreKey,
    entry: &[u8],
    remaining: Duration,
    now: Duration,
) -> Option<StoredToken> {
    let (nonce, ciphertext) = entry.split_first_chunk::<NONCE_BYTES>()?;
    let aad = associated_data(key);
    let payload = Payload { msg: ciphertext, aad: &aad };
    let plaintext = Zeroizing::new(cipher(key).decrypt(&XNonce::from(*nonce), payload).ok()?);
    let (began, rest) = plaintext.split_first_chunk::<TIME_BYTES>()?;
    let (lifetime, value) = rest.split_first_chunk::<TIME_BYTES>()?;
    let [began, lifetime] = [began, lifetime].map(|time| Duration::from_millis(u64::from_be_bytes(*time)));
    let remaining = remaining.min(lifetime.saturating_sub(now.saturating_sub(began)));
    if remaining.is_zero() {
        return None;
    }
    let value = std::str::from_utf8(value).ok().filter(|value| !value.is_empty())?;
    Some(StoredToken::new(value, lifetime, remaining))
}

const NONCE_BYTES: usize = 24;
const TIME_BYTES: usize = 8;

fn cipher(key: &StoreKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.encryption_key().into())
}

/// Keys of one secret that differ in their scopes have the same encryption key, so the name is authenticated.
fn associated_data(key: &StoreKey) -> Vec<u8> {
    [b"moneykit token, format 2:", key.name().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use moneykit::{Credentials, Scopes};

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const BEGAN: Duration = Duration::from_secs(1_700_000_000);

    fn key(secret: &str, scope: &str) -> StoreKey {
        let credentials = Credentials::new("id", secret).unwrap();
        let scopes = Scopes::new([scope]).unwrap();
        StoreKey::new(&credentials, "https://api.example", Some(&scopes), "1")
    }

    #[test]
    fn a_token_is_decrypted_with_what_remains_of_it() {
        let key = key("secret", "accounts");
        let entry = encrypt(&key, &StoredToken::new("token", HOUR, HOUR), BEGAN).unwrap();

        let token = decrypt(&key, &entry, Duration::from_secs(60), BEGAN).unwrap();
        assert_eq!(token.expose_secret(), "token");
        assert_eq!((token.lifetime(), token.remaining()), (HOUR, Duration::from_secs(60)));
    }

    #[test]
    fn an_entry_whose_time_to_live_was_extended_ends_with_its_token() {
        let key = key("secret", "accounts");
        let entry = encrypt(&key, &StoredToken::new("token", HOUR, HOUR), BEGAN).unwrap();

        let remaining = |now| decrypt(&key, &entry, 100 * HOUR, now).map(|token| token.remaining());
        assert_eq!(remaining(BEGAN), Some(HOUR));
        assert_eq!(remaining(BEGAN + HOUR / 4), Some(HOUR * 3 / 4));
        assert_eq!(remaining(BEGAN + HOUR), None);
        // A server whose clock was set back.
        assert_eq!(remaining(BEGAN / 2), Some(HOUR));
    }

    #[test]
    fn each_encryption_differs() {
        let key = key("secret", "accounts");
        let token = StoredToken::new("token", HOUR, HOUR);
        assert_ne!(encrypt(&key, &token, BEGAN).unwrap(), encrypt(&key, &token, BEGAN).unwrap());
    }

    #[test]
    fn entries_of_other_keys_are_misses() {
        let token = StoredToken::new("token", HOUR, HOUR);
        let entry = encrypt(&key("secret", "accounts"), &token, BEGAN).unwrap();

        assert!(decrypt(&key("rotated", "accounts"), &entry, HOUR, BEGAN).is_none());
        assert!(decrypt(&key("secret", "transactions"), &entry, HOUR, BEGAN).is_none());
    }

    #[test]
    fn each_changed_byte_and_each_truncation_is_a_miss() {
        let key = key("secret", "accounts");
        let entry = encrypt(&key, &StoredToken::new("token", HOUR, HOUR), BEGAN).unwrap();

        for position in 0..entry.len() {
            let mut changed = entry.clone();
            changed[position] ^= 1;
            assert!(decrypt(&key, &changed, HOUR, BEGAN).is_none(), "byte {position}");
            assert!(decrypt(&key, &entry[..position], HOUR, BEGAN).is_none(), "{position} bytes");
        }
    }
}
