//! The tokens that were issued, and what has become of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clients::Grant;

/// Issues access tokens, and knows them again. Points in time are durations since the emulator's start.
pub(crate) struct TokenStore {
    lifetime: Duration,
    issued: Mutex<HashMap<String, Issued>>,
}

struct Issued {
    grant: Grant,
    end: Duration,
}

/// What a presented token is worth.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Good(Grant),
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

    /// Returns a new token, unlike every other, which lives for `lifetime`. Fails when the system has no
    /// randomness to give.
    pub(crate) fn issue(
        &self,
        grant: Grant,
        now: Duration,
        lifetime: Duration,
    ) -> Result<String, getrandom::Error> {
        loop {
            let token = unguessable()?;
            // A clash will not happen in this universe; without the check "unique" would be a hope, though.
            if let Entry::Vacant(free) = self.lock().entry(token.clone()) {
                free.insert(Issued { grant, end: now.saturating_add(lifetime) });
                return Ok(token);
            }
        }
    }

    /// Expired tokens are kept, as the answer to them differs from the answer to unknown ones.
    pub(crate) fn standing(&self, token: &str, now: Duration) -> Standing {
        match self.lock().get(token) {
            None => Standing::Unknown,
            // `>=`: a lifetime of zero is over at once, however coarse the clock.
            Some(issued) if now >= issued.end => Standing::Expired,
            Some(issued) => Standing::Good(issued.grant.clone()),
        }
    }

    /// Says when a token ends, if it is known.
    pub(crate) fn end(&self, token: &str) -> Option<Duration> {
        self.lock().get(token).map(|issued| issued.end)
    }

    /// Forgets every token.
    pub(crate) fn revoke_all(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Issued>> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 256 random bits in hex. RFC 6749 §10.10 asks that a guess succeed at most once in 2^160.
fn unguessable() -> Result<String, getrandom::Error> {
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
    fn a_token_expires_when_its_lifetime_has_passed_and_not_before() {
        let store = TokenStore::new(Duration::from_secs(60));
        let token = store.issue(grant(), START, store.lifetime()).unwrap();
        let last = START + Duration::from_nanos(59_999_999_999);
        assert_eq!(store.standing(&token, START), Standing::Good(grant()));
        assert_eq!(store.standing(&token, last), Standing::Good(grant()));
        assert_eq!(store.standing(&token, START + Duration::from_secs(60)), Standing::Expired);
        assert_eq!(store.standing(&token, Duration::MAX), Standing::Expired);
    }

    #[test]
    fn a_lifetime_of_zero_is_over_at_once() {
        let store = TokenStore::new(Duration::ZERO);
        let token = store.issue(grant(), START, store.lifetime()).unwrap();
        assert_eq!(store.standing(&token, START), Standing::Expired);
    }

    #[test]
    fn a_revoked_token_is_unknown_even_when_expired() {
        let store = TokenStore::new(Duration::from_secs(60));
        let token = store.issue(grant(), START, store.lifetime()).unwrap();
        store.revoke_all();
        assert_eq!(store.standing(&token, START), Standing::Unknown);
        assert_eq!(store.standing(&token, Duration::MAX), Standing::Unknown);
    }

    #[test]
    fn tokens_are_unique_hex_of_256_bits() {
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
