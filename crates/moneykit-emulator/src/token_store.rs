//! Issued access tokens and their state.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clients::Grant;

/// A store that issues access tokens and looks them up. Points in time are durations since the emulator's start.
pub(crate) struct TokenStore {
    lifetime: Duration,
    issued: Mutex<HashMap<String, IssuedToken>>,
}

struct IssuedToken {
    grant: Grant,
    expires_at: Duration,
}

/// The state of a token from a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TokenState {
    Active(Grant),
    Expired,
    /// Never issued, or revoked.
    Unknown,
}

impl TokenStore {
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self { lifetime, issued: Mutex::default() }
    }

    pub(crate) fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Issues a new, unique token that expires after `lifetime`.
    ///
    /// # Errors
    ///
    /// Fails if the system's random number generator fails.
    pub(crate) fn issue(
        &self,
        grant: Grant,
        now: Duration,
        lifetime: Duration,
    ) -> Result<String, getrandom::Error> {
        loop {
            let token = random_token()?;
            // A collision is practically impossible with 256 random bits; the check makes uniqueness certain.
            if let Entry::Vacant(vacant) = self.lock().entry(token.clone()) {
                vacant.insert(IssuedToken { grant, expires_at: now.saturating_add(lifetime) });
                return Ok(token);
            }
        }
    }

    /// Returns the state of a token.
    ///
    /// The store keeps expired tokens, since the API's error code distinguishes them from unknown ones.
    pub(crate) fn state(&self, token: &str, now: Duration) -> TokenState {
        match self.lock().get(token) {
            None => TokenState::Unknown,
            // `>=`: a token with a lifetime of zero expires immediately, even if the clock is coarse.
            Some(issued) if now >= issued.expires_at => TokenState::Expired,
            Some(issued) => TokenState::Active(issued.grant.clone()),
        }
    }

    /// Returns when a token expires, or `None` if it is unknown.
    pub(crate) fn expires_at(&self, token: &str) -> Option<Duration> {
        self.lock().get(token).map(|issued| issued.expires_at)
    }

    /// Removes every token, so that they become unknown.
    pub(crate) fn revoke_all(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, IssuedToken>> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns 256 random bits in hexadecimal. RFC 6749 §10.10 requires that the probability of guessing a token is at
/// most 2^-128 and recommends at most 2^-160.
fn random_token() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a String never fails");
        hex
    }))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const START: Duration = Duration::from_secs(100);

    fn grant() -> Grant {
        Grant { client_id: "id".to_owned(), scopes: None }
    }

    #[test]
    fn a_token_expires_exactly_at_the_end_of_its_lifetime() {
        let store = TokenStore::new(Duration::from_secs(60));
        let token = store.issue(grant(), START, store.lifetime()).unwrap();
        let last_instant = START + Duration::from_nanos(59_999_999_999);
        assert_eq!(store.state(&token, START), TokenState::Active(grant()));
        assert_eq!(store.state(&token, last_instant), TokenState::Active(grant()));
        assert_eq!(store.state(&token, START + Duration::from_secs(60)), TokenState::Expired);
        assert_eq!(store.state(&token, Duration::MAX), TokenState::Expired);
    }

    #[test]
    fn a_token_with_a_lifetime_of_zero_is_expired_immediately() {
        let store = TokenStore::new(Duration::ZERO);
        let token = store.issue(grant(), START, store.lifetime()).unwrap();
        assert_eq!(store.state(&token, START), TokenState::Expired);
    }

    #[test]
    fn a_revoked_token_is_unknown_even_when_expired() {
        let store = TokenStore::new(Duration::from_secs(60));
        let token = store.issue(grant(), START, store.lifetime()).unwrap();
        store.revoke_all();
        assert_eq!(store.state(&token, START), TokenState::Unknown);
        assert_eq!(store.state(&token, Duration::MAX), TokenState::Unknown);
    }

    #[test]
    fn tokens_are_unique_and_have_256_bits_in_hexadecimal() {
        let store = TokenStore::new(Duration::from_secs(60));
        let tokens: HashSet<_> =
            (0..500).map(|_| store.issue(grant(), START, store.lifetime()).unwrap()).collect();
        assert_eq!(tokens.len(), 500);
        for token in tokens {
            assert_eq!(token.len(), 64);
            assert!(token.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
    }
}
