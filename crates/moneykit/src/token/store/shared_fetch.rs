//! Obtaining a token through a store: from another member, or on behalf of all members.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tracing::{debug, warn};

use super::acceptance;
use super::budget::{Budget, Failure};
use super::health::{Health, StoreStatus};
use super::secret_strength::is_weak;
use super::{Lease, StoreKey, StoredToken, TokenStore};
use crate::auth::ClientSecret;
use crate::error::{Error, Kind};
use crate::metrics;
use crate::sync::{self, AtomicBool, Ordering};
use crate::time::{Clock, Jitter, Moment};
use crate::token::AccessToken;
use crate::token::cache::{CachePolicy, Purpose, RefreshReason};

/// Obtains tokens through a store. Whatever the store does, a caller that waits gets its token: where the store fails,
/// the token is requested as if there were none.
pub(crate) struct SharedFetch {
    pub(super) store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    policy: CachePolicy,
    /// How long a member waits for the token that another one requests.
    pub(super) wait_limit: Duration,
    pub(super) jitter: Jitter,
    health: Health,
    has_warned: AtomicBool,
}

/// One attempt to obtain a token.
pub(super) struct Attempt<'a> {
    pub(super) fetch: &'a SharedFetch,
    pub(super) key: &'a StoreKey,
    pub(super) purpose: &'a Purpose,
}

/// What a member does next.
pub(super) enum Turn {
    /// It uses the token that another member has published.
    Adopt(AccessToken),
    /// It requests a token on behalf of all members.
    Request(Lease),
    /// Another member was to request a token, and has not published it in time.
    GiveUp,
}

impl SharedFetch {
    /// Creates a source for a client that obtains tokens with this policy. No member waits for another for longer than
    /// `wait_limit`.
    pub(crate) fn new(
        store: Arc<dyn TokenStore>,
        clock: Arc<dyn Clock>,
        policy: CachePolicy,
        wait_limit: Duration,
        jitter_seed: u64,
    ) -> Self {
        let jitter = Jitter::seeded(jitter_seed);
        Self {
            store,
            clock,
            policy,
            wait_limit,
            jitter,
            health: Health::default(),
            has_warned: AtomicBool::new(false),
        }
    }

    /// Obtains a token from the store, or by `request`, which is awaited at most once.
    pub(crate) async fn fetch(
        &self,
        key: &StoreKey,
        purpose: &Purpose,
        request: impl Future<Output = Result<AccessToken, Error>>,
    ) -> Result<AccessToken, Error> {
        if !self.health.is_due(self.clock.now()) {
            return request.await;
        }
        let attempt = Attempt { fetch: self, key, purpose };
        let mut budget = Budget::default();
        match attempt.turn(&mut budget).await {
            Ok(Turn::Adopt(token)) => {
                self.health.succeeded();
                metrics::token_adopted();
                Ok(token)
            }
            Ok(Turn::Request(lease)) => attempt.request_for_all(&lease, &mut budget, request).await,
            // The cool-down of the refresh brings the next attempt, and the current token still serves.
            Ok(Turn::GiveUp) if !purpose.has_waiters() => Err(Kind::NotPublished.into()),
            Ok(Turn::GiveUp) => {
                debug!("another process did not publish an access token in time");
                request.await
            }
            Err(failure) => {
                self.failed(&failure);
                request.await
            }
        }
    }

    /// Warns, once, of a secret that is too weak for the store's keys to derive from it.
    pub(crate) fn check_secret(&self, secret: &ClientSecret) {
        if is_weak(secret.expose_secret()) && !self.has_warned.swap(true, Ordering::Relaxed) {
            warn!(
                "the client secret is short or repetitive: someone who reads the token store could guess it and decrypt \
                 the access token; use a long random secret"
            );
        }
    }

    /// Returns a snapshot for health checks.
    pub(crate) fn status(&self) -> StoreStatus {
        self.health.status(self.clock.now())
    }

    fn failed(&self, failure: &Failure) {
        metrics::token_store_failed(failure.reason());
        self.health.failed(failure, self.clock.now(), &self.jitter);
    }
}

impl Attempt<'_> {
    /// Finds out whether this member requests a token, and waits for another member's otherwise.
    async fn turn(&self, budget: &mut Budget) -> Result<Turn, Failure> {
        let dead = self.purpose.rejected.as_ref().filter(|rejected| rejected.is_dead);
        if let Some(rejected) = dead.filter(|_| self.purpose.reason == RefreshReason::Invalidated) {
            let digest = self.key.digest(rejected.token.expose_secret());
            budget.call(async { self.store().invalidate(self.key, &digest).await }).await?;
        }
        match self.try_turn(budget).await? {
            Some(turn) => Ok(turn),
            None if self.purpose.has_waited() => Ok(Turn::GiveUp),
            None => self.wait().await,
        }
    }

    /// Returns what this member does, or `None` while another one holds the lease and has published nothing.
    pub(super) async fn try_turn(&self, budget: &mut Budget) -> Result<Option<Turn>, Failure> {
        if let Some(token) = self.load(budget).await? {
            return Ok(Some(Turn::Adopt(token)));
        }
        let lease = budget.call(async { self.store().acquire(self.key, LEASE_DURATION).await }).await?;
        let Some(lease) = lease else { return Ok(None) };
        // Another member may have published, and released its lease, since the token was loaded.
        let Some(token) = self.load(budget).await? else { return Ok(Some(Turn::Request(lease))) };
        self.release(&lease, budget).await?;
        Ok(Some(Turn::Adopt(token)))
    }

    /// Loads the published token if it serves the purpose.
    async fn load(&self, budget: &mut Budget) -> Result<Option<AccessToken>, Failure> {
        // What remained of the token's life counts from here: the store's clock was running before it responded.
        let sent = self.now();
        let stored = budget.call(async { self.store().load(self.key).await }).await?;
        Ok(stored.and_then(|stored| {
            acceptance::accept(&stored, sent, self.purpose, &self.fetch.policy, self.now())
        }))
    }

    /// Requests a token on behalf of all members, and publishes it.
    async fn request_for_all(
        &self,
        lease: &Lease,
        budget: &mut Budget,
        request: impl Future<Output = Result<AccessToken, Error>>,
    ) -> Result<AccessToken, Error> {
        let outcome = alongside(request, self.keep(lease)).await;
        let shared = match &outcome {
            Ok(token) => self.publish(token, lease, budget).await,
            // Another member may have more luck.
            Err(_) => self.release(lease, budget).await.map(|()| None),
        };
        match shared {
            Ok(newer) => {
                self.fetch.health.succeeded();
                newer.map_or(outcome, Ok)
            }
            Err(failure) => {
                self.fetch.failed(&failure);
                outcome
            }
        }
    }

    /// Publishes a token and releases the lease. Returns the token of a member that was faster, since this one was
    /// paused for longer than its lease, if that token serves as well.
    async fn publish(
        &self,
        token: &AccessToken,
        lease: &Lease,
        budget: &mut Budget,
    ) -> Result<Option<AccessToken>, Failure> {
        let remaining = token.remaining(self.now());
        // A token for immediate use is for one member.
        if !remaining.is_zero() {
            let stored = StoredToken::new(token.expose_secret(), token.lifetime(), remaining);
            let is_newest =
                budget.call(async { self.store().publish(self.key, lease, &stored).await }).await?;
            if !is_newest {
                debug!("another process has published a newer access token meanwhile");
                return self.load(budget).await;
            }
        }
        self.release(lease, budget).await?;
        Ok(None)
    }

    async fn release(&self, lease: &Lease, budget: &mut Budget) -> Result<(), Failure> {
        budget.call(async { self.store().release(self.key, lease).await }).await
    }

    /// Renews the lease until it is lost.
    async fn keep(&self, lease: &Lease) {
        loop {
            sync::sleep(RENEWAL_INTERVAL).await;
            let mut budget = Budget::of(RENEWAL_INTERVAL);
            let renew = async { self.store().renew(self.key, lease, LEASE_DURATION).await };
            match budget.call(renew).await {
                Ok(true) => {}
                Ok(false) => return debug!("the lease for requesting an access token has lapsed"),
                // The lease outlasts two failures. If the store is down, publishing the token reports that.
                Err(failure) => {
                    debug!(error = %failure, "the lease for requesting an access token was not renewed");
                }
            }
        }
    }

    fn store(&self) -> &dyn TokenStore {
        &*self.fetch.store
    }

    fn now(&self) -> Moment {
        self.fetch.clock.now()
    }
}

impl fmt::Debug for SharedFetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedFetch").finish_non_exhaustive()
    }
}

/// A holder that dies delays the others by this much at most.
const LEASE_DURATION: Duration = Duration::from_secs(3);
const RENEWAL_INTERVAL: Duration = Duration::from_secs(1);

/// Awaits `main`, and runs `side` meanwhile.
async fn alongside<T>(main: impl Future<Output = T>, side: impl Future<Output = ()>) -> T {
    let (mut main, mut side) = (pin!(main), pin!(side));
    let mut runs = true;
    std::future::poll_fn(|context| {
        if let Poll::Ready(output) = main.as_mut().poll(context) {
            return Poll::Ready(output);
        }
        runs = runs && side.as_mut().poll(context).is_pending();
        Poll::Pending
    })
    .await
}
