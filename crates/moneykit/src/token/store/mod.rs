//! Token stores: the seam for an access token that several processes share.

mod acceptance;
mod budget;
pub mod conformance;
mod health;
mod in_memory;
mod key;
mod secret_strength;
mod shared_fetch;
mod wait;

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

pub use health::StoreStatus;
pub use in_memory::InMemoryTokenStore;
pub use key::{StoreKey, TokenDigest};
pub(crate) use shared_fetch::SharedFetch;

/// A store for the access tokens that several processes share, such as a Redis server.
///
/// A client asks its store where it would request a token otherwise: before the first token, when the token is due for
/// a refresh, and after a 401 that makes the token suspect. A cache hit never reaches the store. The member that holds
/// the [`Lease`] requests the token and publishes it, and the others load it.
///
/// An implementation need not be reliable. Whatever it does, the client hands out no expired token and none of other
/// credentials, and if a call fails or takes too long, the client requests a token of its own. No call may panic on
/// what another process wrote.
///
/// The methods return boxed futures, so that the trait can be used as `dyn TokenStore`.
pub trait TokenStore: Send + Sync + 'static {
    /// Returns the published token and its remaining life, both read at one instant of the store's clock.
    ///
    /// An entry that has expired, or that was not published under this key (it was tampered with, or copied from another
    /// key), is `None`.
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<StoredToken>>;

    /// Acquires the lease for `duration`. Returns `None` while another member holds it.
    ///
    /// The [fence](Lease::fence) of each lease is higher than that of every lease before it, and than that of the
    /// published token.
    fn acquire<'a>(&'a self, key: &'a StoreKey, duration: Duration) -> StoreFuture<'a, Option<Lease>>;

    /// Extends a lease, so that it ends `duration` from now. Returns false if the lease has lapsed.
    fn renew<'a>(&'a self, key: &'a StoreKey, lease: &'a Lease, duration: Duration) -> StoreFuture<'a, bool>;

    /// Ends a lease, unless it has lapsed and another member holds its successor.
    fn release<'a>(&'a self, key: &'a StoreKey, lease: &'a Lease) -> StoreFuture<'a, ()>;

    /// Publishes a token for its remaining life, and wakes those who wait in [`published`](Self::published).
    ///
    /// Returns false, and changes nothing, if the published token has a higher fence than the lease: its holder was
    /// paused, and a newer token was published meanwhile. Whether the lease has lapsed does not matter.
    fn publish<'a>(
        &'a self,
        key: &'a StoreKey,
        lease: &'a Lease,
        token: &'a StoredToken,
    ) -> StoreFuture<'a, bool>;

    /// Removes the published token if it is the one with this digest. A newer token stays.
    fn invalidate<'a>(&'a self, key: &'a StoreKey, digest: &'a TokenDigest) -> StoreFuture<'a, ()>;

    /// Waits for a hint that a token was published or a lease released. Hints may be lost, and may be false: the client
    /// also polls. The default never returns.
    fn published<'a>(&'a self, key: &'a StoreKey) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        let _ = key;
        Box::pin(std::future::pending())
    }
}

/// A store that other clients use as well.
impl<S: TokenStore + ?Sized> TokenStore for Arc<S> {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<StoredToken>> {
        (**self).load(key)
    }

    fn acquire<'a>(&'a self, key: &'a StoreKey, duration: Duration) -> StoreFuture<'a, Option<Lease>> {
        (**self).acquire(key, duration)
    }

    fn renew<'a>(&'a self, key: &'a StoreKey, lease: &'a Lease, duration: Duration) -> StoreFuture<'a, bool> {
        (**self).renew(key, lease, duration)
    }

    fn release<'a>(&'a self, key: &'a StoreKey, lease: &'a Lease) -> StoreFuture<'a, ()> {
        (**self).release(key, lease)
    }

    fn publish<'a>(
        &'a self,
        key: &'a StoreKey,
        lease: &'a Lease,
        token: &'a StoredToken,
    ) -> StoreFuture<'a, bool> {
        (**self).publish(key, lease, token)
    }

    fn invalidate<'a>(&'a self, key: &'a StoreKey, digest: &'a TokenDigest) -> StoreFuture<'a, ()> {
        (**self).invalidate(key, digest)
    }

    fn published<'a>(&'a self, key: &'a StoreKey) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        (**self).published(key)
    }
}

/// The future that the methods of a [`TokenStore`] return.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Why a call to a [`TokenStore`] failed. The client logs it, so it must contain neither a token nor a password.
pub type StoreError = Box<dyn StdError + Send + Sync>;

/// The right to request the next token on behalf of all members, for a limited time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    fence: u64,
    holder: String,
}

impl Lease {
    /// Creates a lease; `holder` tells it from every other, also from those with the same fence that a store without
    /// memory might hand out.
    pub fn new(fence: u64, holder: impl Into<String>) -> Self {
        Self { fence, holder: holder.into() }
    }

    /// Returns the number that orders leases.
    pub fn fence(&self) -> u64 {
        self.fence
    }

    /// Returns what tells this lease from every other.
    pub fn holder(&self) -> &str {
        &self.holder
    }
}

/// An access token in a [`TokenStore`]. Its `Debug` output is redacted, and its memory is zeroed when it is dropped.
#[derive(Clone)]
pub struct StoredToken {
    value: SecretString,
    lifetime: Duration,
    remaining: Duration,
}

impl StoredToken {
    /// Creates a token of a value, the lifetime that the server stated, and what remains of that. More than the
    /// lifetime cannot remain.
    pub fn new(value: impl Into<String>, lifetime: Duration, remaining: Duration) -> Self {
        Self { value: value.into().into(), lifetime, remaining: remaining.min(lifetime) }
    }

    /// Returns the token's value. The returned string is not redacted.
    pub fn expose_secret(&self) -> &str {
        self.value.expose_secret()
    }

    /// Returns the lifetime that the server stated, from the token request on.
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Returns how much of the lifetime remained when the token was published or loaded.
    pub fn remaining(&self) -> Duration {
        self.remaining
    }
}

impl fmt::Debug for StoredToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredToken")
            .field("value", &format_args!("[redacted]"))
            .field("lifetime", &self.lifetime)
            .field("remaining", &self.remaining)
            .finish()
    }
}

#[cfg(test)]
mod tests;
