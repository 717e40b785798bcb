//! Issued access tokens and their state.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::milliseconds;
use crate::session::clients::Grant;

/// A store that issues access tokens and looks them up. Points in time are those of the session's clock.
///
/// It keeps active tokens, and a bounded number of expired ones, since the API's error code distinguishes expired
/// tokens from unknown ones.
#[derive(Default)]
pub(crate) struct TokenStore(Mutex<Tokens>);

#[derive(Default)]
struct Tokens {
    by_key: HashMap<TokenKey, IssuedToken>,
    /// The number of tokens issued so far, which is the number of the last one.
    issued: u64,
    /// The number of entries at which expired tokens are removed next.
    sweep_at: usize,
    /// The keys of the next tokens.
    random_keys: Vec<TokenKey>,
}

/// The random bits of a token. A token is their hexadecimal form, of twice the size.
type TokenKey = [u8; 32];

struct IssuedToken {
    number: u64,
    grant: Arc<Grant>,
    /// Before this point in time, the API does not know the token.
    active_from: Duration,
    expires_at: Duration,
}

/// The state of a token from a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TokenState {
    Active(TokenInfo),
    Expired(TokenInfo),
    /// Never issued, revoked, or not known yet.
    Unknown,
}

/// An issued token, without the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenInfo {
    /// 1 for the first token of the session, and so on. It identifies the token in the journal.
    pub(crate) number: u64,
    pub(crate) grant: Arc<Grant>,
}

/// An issued token for the control API, without the token itself.
#[derive(Debug, Serialize)]
pub(crate) struct TokenStatus {
    number: u64,
    client_id: String,
    /// `None` stands for every scope.
    scopes: Option<Vec<String>>,
    state: &'static str,
    #[serde(rename = "expires_in_ms", with = "milliseconds")]
    expires_in: Duration,
}

/// The times of a token's life.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validity {
    pub(crate) lifetime: Duration,
    /// How long after its issue the API begins to know the token.
    pub(crate) activation_delay: Duration,
}

impl TokenStore {
    /// Issues a new, unique token, and returns it with its number.
    ///
    /// # Errors
    ///
    /// Fails if the system's random number generator fails.
    pub(crate) fn issue(
        &self,
        grant: Arc<Grant>,
        now: Duration,
        validity: Validity,
    ) -> Result<(String, u64), getrandom::Error> {
        loop {
            let mut tokens = self.lock();
            let key = tokens.random_key()?;
            tokens.remove_expired(now);
            let number = tokens.issued + 1;
            // A collision is practically impossible with 256 random bits; the check makes uniqueness certain.
            if let Entry::Vacant(vacant) = tokens.by_key.entry(key) {
                vacant.insert(IssuedToken {
                    number,
                    grant,
                    active_from: now.saturating_add(validity.activation_delay),
                    expires_at: now.saturating_add(validity.lifetime),
                });
                tokens.issued = number;
                return Ok((encode(&key), number));
            }
        }
    }

    /// Returns the state of a token.
    pub(crate) fn state(&self, token: &str, now: Duration) -> TokenState {
        let Some(key) = decode(token) else { return TokenState::Unknown };
        match self.lock().by_key.get(&key) {
            None => TokenState::Unknown,
            // `>=`: a token with a lifetime of zero expires immediately, even if the clock is coarse.
            Some(issued) if now >= issued.expires_at => TokenState::Expired(issued.info()),
            Some(issued) if now < issued.active_from => TokenState::Unknown,
            Some(issued) => TokenState::Active(issued.info()),
        }
    }

    /// Returns when a token expires, or `None` if it is unknown.
    pub(crate) fn expires_at(&self, token: &str) -> Option<Duration> {
        self.lock().by_key.get(&decode(token)?).map(|issued| issued.expires_at)
    }

    /// Returns the newest tokens, the newest first, and the number of all that the store knows.
    pub(crate) fn list(&self, now: Duration, limit: usize) -> (Vec<TokenStatus>, usize) {
        let tokens = self.lock();
        let mut issued: Vec<_> = tokens.by_key.values().collect();
        issued.sort_unstable_by_key(|issued| Reverse(issued.number));
        (issued.iter().take(limit).map(|issued| issued.status(now)).collect(), issued.len())
    }

    /// Removes a token, so that it becomes unknown. Returns false if it is unknown already.
    pub(crate) fn revoke(&self, token: &str) -> bool {
        decode(token).is_some_and(|key| self.lock().by_key.remove(&key).is_some())
    }

    /// Removes the token with this number. Returns false if there is none.
    pub(crate) fn revoke_number(&self, number: u64) -> bool {
        let mut tokens = self.lock();
        let before = tokens.by_key.len();
        tokens.by_key.retain(|_, issued| issued.number != number);
        tokens.by_key.len() < before
    }

    /// Removes every token, so that they become unknown.
    pub(crate) fn revoke_all(&self) {
        self.lock().by_key = HashMap::new();
    }

    /// Removes every token, and begins to number them anew.
    pub(crate) fn reset(&self) {
        *self.lock() = Tokens::default();
    }

    fn lock(&self) -> MutexGuard<'_, Tokens> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number of expired tokens that are kept.
const MAX_EXPIRED: usize = 10_000;

impl Tokens {
    /// Returns random bits. They are drawn for many tokens at once, since that is a system call.
    fn random_key(&mut self) -> Result<TokenKey, getrandom::Error> {
        if let Some(key) = self.random_keys.pop() {
            return Ok(key);
        }
        let mut keys = vec![[0; 32]; 64];
        getrandom::fill(keys.as_flattened_mut())?;
        let key = keys.pop().unwrap_or_default();
        self.random_keys = keys;
        Ok(key)
    }

    /// Removes expired tokens except the newest ones. The cost per issued token is constant on average, since this does
    /// nothing until the number of entries has doubled.
    fn remove_expired(&mut self, now: Duration) {
        if self.by_key.len() < self.sweep_at.max(2 * MAX_EXPIRED) {
            return;
        }
        let expired = |issued: &IssuedToken| now >= issued.expires_at;
        let mut numbers: Vec<u64> =
            self.by_key.values().filter(|issued| expired(issued)).map(|issued| issued.number).collect();
        if numbers.len() > MAX_EXPIRED {
            let first_kept = numbers.len() - MAX_EXPIRED;
            let (_, first_kept, _) = numbers.select_nth_unstable(first_kept);
            let first_kept = *first_kept;
            self.by_key.retain(|_, issued| !expired(issued) || issued.number >= first_kept);
            self.by_key.shrink_to_fit();
        }
        self.sweep_at = 2 * self.by_key.len();
    }
}

impl IssuedToken {
    fn status(&self, now: Duration) -> TokenStatus {
        let state = match now {
            now if now >= self.expires_at => "expired",
            now if now < self.active_from => "pending",
            _ => "active",
        };
        TokenStatus {
            number: self.number,
            client_id: self.grant.client_id.clone(),
            scopes: self.grant.scopes.as_ref().map(|scopes| scopes.names().map(str::to_owned).collect()),
            state,
            expires_in: self.expires_at.saturating_sub(now),
        }
    }

    fn info(&self) -> TokenInfo {
        TokenInfo { number: self.number, grant: Arc::clone(&self.grant) }
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Returns 256 random bits in hexadecimal. RFC 6749 §10.10 requires that the probability of guessing a token is at
/// most 2^-128 and recommends at most 2^-160.
fn encode(key: &TokenKey) -> String {
    let mut token = [0; 64];
    for (digits, byte) in token.as_chunks_mut().0.iter_mut().zip(key) {
        *digits = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    }
    std::str::from_utf8(&token).expect("hexadecimal digits are ASCII").to_owned()
}

/// Returns the bits of a token, or `None` for text of another form, which is no token of an emulator.
fn decode(token: &str) -> Option<TokenKey> {
    let mut key = [0; 32];
    let (pairs, []) = token.as_bytes().as_chunks::<2>() else { return None };
    if pairs.len() != key.len() {
        return None;
    }
    for (byte, [high, low]) in key.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(key)
}

/// Returns the value of a hexadecimal digit in lower case, the only one that tokens have.
pub(crate) fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const START: Duration = Duration::from_secs(100);

    fn grant() -> Arc<Grant> {
        Arc::new(Grant { client_id: "id".to_owned(), scopes: None })
    }

    fn issue(store: &TokenStore, seconds: u64) -> String {
        let validity = Validity { lifetime: Duration::from_secs(seconds), activation_delay: Duration::ZERO };
        store.issue(grant(), START, validity).unwrap().0
    }

    fn active(number: u64) -> TokenState {
        TokenState::Active(TokenInfo { number, grant: grant() })
    }

    fn expired(number: u64) -> TokenState {
        TokenState::Expired(TokenInfo { number, grant: grant() })
    }

    #[test]
    fn a_token_expires_exactly_at_the_end_of_its_lifetime() {
        let store = TokenStore::default();
        let token = issue(&store, 60);
        let last_instant = START + Duration::from_nanos(59_999_999_999);
        assert_eq!(store.state(&token, START), active(1));
        assert_eq!(store.state(&token, last_instant), active(1));
        assert_eq!(store.state(&token, START + Duration::from_secs(60)), expired(1));
        assert_eq!(store.state(&token, Duration::MAX), expired(1));
    }

    #[test]
    fn a_token_with_a_lifetime_of_zero_is_expired_immediately() {
        let store = TokenStore::default();
        let token = issue(&store, 0);
        assert_eq!(store.state(&token, START), expired(1));
    }

    #[test]
    fn a_token_is_unknown_until_it_is_active() {
        let store = TokenStore::default();
        let validity =
            Validity { lifetime: Duration::from_secs(60), activation_delay: Duration::from_secs(2) };
        let (token, _) = store.issue(grant(), START, validity).unwrap();
        assert_eq!(store.state(&token, START + Duration::from_millis(1_999)), TokenState::Unknown);
        assert_eq!(store.state(&token, START + Duration::from_secs(2)), active(1));
    }

    #[test]
    fn a_revoked_token_is_unknown_even_when_expired() {
        let store = TokenStore::default();
        let (one, two, three) = (issue(&store, 60), issue(&store, 60), issue(&store, 60));
        assert!(store.revoke(&one) && !store.revoke(&one) && !store.revoke("unknown"));
        assert!(store.revoke_number(2) && !store.revoke_number(2));
        assert_eq!(store.state(&three, START), active(3));
        store.revoke_all();
        for token in [one, two, three] {
            assert_eq!(store.state(&token, START), TokenState::Unknown);
            assert_eq!(store.state(&token, Duration::MAX), TokenState::Unknown);
        }
    }

    #[test]
    fn tokens_are_unique_and_have_256_bits_in_hexadecimal() {
        let store = TokenStore::default();
        let tokens: HashSet<_> = (0..500).map(|_| issue(&store, 60)).collect();
        assert_eq!(tokens.len(), 500);
        for token in tokens {
            assert_eq!(token.len(), 64);
            assert!(token.bytes().all(|byte| digit(byte).is_some()));
            assert_eq!(store.state(&token.to_ascii_uppercase(), START), TokenState::Unknown);
        }
    }

    #[test]
    fn the_newest_expired_tokens_and_all_active_ones_are_kept() {
        let store = TokenStore::default();
        let (oldest, active_one) = (issue(&store, 0), issue(&store, 60));
        let newest = (0..4 * MAX_EXPIRED).fold(String::new(), |_, _| issue(&store, 0));

        assert_eq!(store.state(&oldest, START), TokenState::Unknown);
        assert_eq!(store.state(&active_one, START), active(2));
        assert_eq!(store.state(&newest, START), expired(4 * MAX_EXPIRED as u64 + 2));
        assert!(store.lock().by_key.len() <= 2 * MAX_EXPIRED + 2);
    }
}
