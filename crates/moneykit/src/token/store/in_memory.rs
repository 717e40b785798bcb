//! The store within one process: the reference implementation of the trait.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::{Lease, StoreFuture, StoreKey, StoredToken, TokenDigest, TokenStore};
use crate::sync::{Mutex, MutexGuard, watch};
use crate::time::{Clock, Moment, SystemClock};

/// A [`TokenStore`] in the memory of this process. Clones share their entries.
///
/// It lets several clients of one process share a token, and it is the reference for other implementations: tests can
/// use it in the place of a server. Its clock may be a [`ManualClock`](crate::ManualClock).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = moneykit_emulator::Emulator::builder().client("id", "secret").start()?;
/// use moneykit::Client;
/// use moneykit::token_store::InMemoryTokenStore;
///
/// let store = InMemoryTokenStore::new();
/// let client = || {
///     let builder = Client::builder().credentials("id", "secret").base_url(emulator.url());
///     builder.token_store(store.clone()).build()
/// };
/// let first = client()?.access_token().await?;
/// let second = client()?.access_token().await?;
/// assert_eq!(first.expose_secret(), second.expose_secret());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct InMemoryTokenStore(Arc<Shared>);

struct Shared {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// How often a token was published or a lease released.
    hints: watch::Sender<u64>,
    hinted: watch::Receiver<u64>,
}

#[derive(Default)]
struct State {
    /// By the names of their keys.
    entries: HashMap<String, Entry>,
    /// The fence of the last lease. All keys share it, so that an entry can be removed and no fence ever repeats.
    last_fence: u64,
    changes: u64,
}

/// What the store has of one key.
#[derive(Default)]
struct Entry {
    token: Option<Published>,
    /// The last lease, and the time of the monotonic clock at which it lapses.
    lease: Option<(Lease, Duration)>,
}

struct Published {
    value: SecretString,
    lifetime: Duration,
    remaining: Duration,
    at: Moment,
    fence: u64,
}

impl InMemoryTokenStore {
    /// Creates an empty store.
    pub fn new() -> Self {
        Self::with_clock(SystemClock)
    }

    /// Creates an empty store whose tokens and leases expire by this clock.
    pub fn with_clock(clock: impl Clock + 'static) -> Self {
        let (sender, receiver) = watch::channel(0);
        let clock = Arc::new(clock);
        Self(Arc::new(Shared { clock, state: Mutex::default(), hints: sender, hinted: receiver }))
    }

    /// Runs an operation on a key's entry, at the present moment.
    fn with<T>(&self, key: &StoreKey, operation: impl FnOnce(&mut State, &str, Moment) -> T) -> T {
        // A clock is code of the application, and is not called under the lock.
        let now = self.0.clock.now();
        let mut state = self.state();
        state.entries.retain(|_, entry| !entry.has_ended(now));
        operation(&mut state, key.name(), now)
    }

    /// Wakes those who wait for a change.
    fn announce(&self) {
        let changes = {
            let mut state = self.state();
            state.changes += 1;
            state.changes
        };
        // The store has a receiver of its own.
        let _ = self.0.hints.send(changes);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds this lock panics.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenStore for InMemoryTokenStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<StoredToken>> {
        let load = |state: &mut State, name: &str, now| {
            let published = state.entries.get(name)?.token.as_ref()?;
            Some(published.at_moment(now)).filter(|token| !token.remaining().is_zero())
        };
        Box::pin(async move { Ok(self.with(key, load)) })
    }

    fn acquire<'a>(&'a self, key: &'a StoreKey, duration: Duration) -> StoreFuture<'a, Option<Lease>> {
        let acquire = move |state: &mut State, name: &str, now: Moment| {
            let State { entries, last_fence, .. } = state;
            let entry = entries.entry(name.to_owned()).or_default();
            if entry.lease_at(now).is_some() {
                return None;
            }
            *last_fence += 1;
            let lease = Lease::new(*last_fence, last_fence.to_string());
            entry.lease = Some((lease.clone(), now.monotonic().saturating_add(duration)));
            Some(lease)
        };
        Box::pin(async move { Ok(self.with(key, acquire)) })
    }

    fn renew<'a>(&'a self, key: &'a StoreKey, lease: &'a Lease, duration: Duration) -> StoreFuture<'a, bool> {
        let renew = move |state: &mut State, name: &str, now: Moment| {
            let Some(entry) = state.entries.get_mut(name) else { return false };
            let holds = entry.lease_at(now) == Some(lease);
            if holds {
                entry.lease = Some((lease.clone(), now.monotonic().saturating_add(duration)));
            }
            holds
        };
        Box::pin(async move { Ok(self.with(key, renew)) })
    }

    fn release<'a>(&'a self, key: &'a StoreKey, lease: &'a Lease) -> StoreFuture<'a, ()> {
        let release = move |state: &mut State, name: &str, now| {
            let entry = state.entries.get_mut(name).filter(|entry| entry.lease_at(now) == Some(lease));
            entry.is_some_and(|entry| entry.lease.take().is_some())
        };
        Box::pin(async move {
            if self.with(key, release) {
                self.announce();
            }
            Ok(())
        })
    }

    fn publish<'a>(
        &'a self,
        key: &'a StoreKey,
        lease: &'a Lease,
        token: &'a StoredToken,
    ) -> StoreFuture<'a, bool> {
        let publish = move |state: &mut State, name: &str, now| {
            let entry = state.entries.entry(name.to_owned()).or_default();
            if entry.token.as_ref().is_some_and(|published| published.fence > lease.fence()) {
                return false;
            }
            entry.token = Some(Published {
                value: token.expose_secret().into(),
                lifetime: token.lifetime(),
                remaining: token.remaining(),
                at: now,
                fence: lease.fence(),
            });
            true
        };
        Box::pin(async move {
            let is_published = self.with(key, publish);
            if is_published {
                self.announce();
            }
            Ok(is_published)
        })
    }

    fn invalidate<'a>(&'a self, key: &'a StoreKey, digest: &'a TokenDigest) -> StoreFuture<'a, ()> {
        let invalidate = move |state: &mut State, name: &str, _| {
            let Some(entry) = state.entries.get_mut(name) else { return };
            entry.token.take_if(|published| {
                let digest_of_it = key.digest(published.value.expose_secret());
                digest_of_it.as_bytes().ct_eq(digest.as_bytes()).into()
            });
        };
        Box::pin(async move {
            self.with(key, invalidate);
            Ok(())
        })
    }

    fn published<'a>(&'a self, _: &'a StoreKey) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        let (seen, mut hinted) = (self.state().changes, self.0.hinted.clone());
        Box::pin(async move {
            let _ = hinted.wait_for(move |changes| *changes > seen).await;
        })
    }
}

impl Entry {
    /// Returns the lease that is held at a moment.
    fn lease_at(&self, now: Moment) -> Option<&Lease> {
        let held = self.lease.as_ref().filter(|(_, until)| now.monotonic() < *until);
        held.map(|(lease, _)| lease)
    }

    /// Returns true if the token has expired and the lease lapsed.
    fn has_ended(&self, now: Moment) -> bool {
        let is_expired = |token: &Published| token.at_moment(now).remaining().is_zero();
        self.lease_at(now).is_none() && self.token.as_ref().is_none_or(is_expired)
    }
}

impl Published {
    /// Returns the token with what remains of its life. It ages by the clock that advanced further.
    fn at_moment(&self, now: Moment) -> StoredToken {
        let monotonic = now.monotonic().saturating_sub(self.at.monotonic());
        let age = monotonic.max(now.wall().saturating_sub(self.at.wall()));
        StoredToken::new(self.value.expose_secret(), self.lifetime, self.remaining.saturating_sub(age))
    }
}

impl Default for InMemoryTokenStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for InMemoryTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemoryTokenStore").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::simulated_time::SimulatedClock;

    #[tokio::test(start_paused = true)]
    async fn it_keeps_the_promises_of_the_trait() {
        let store = InMemoryTokenStore::with_clock(SimulatedClock::default());
        super::super::conformance::run(&store).await.unwrap();
        tokio::time::advance(Duration::from_secs(7200)).await;
        store.with(&key(), |state, _, _| {
            assert!(state.entries.is_empty(), "entries are removed when they end");
        });
    }

    fn key() -> StoreKey {
        let credentials = crate::auth::Credentials::new("id", "secret").unwrap();
        StoreKey::new(&credentials, "https://api.test", None, "1")
    }
}
