//! A fleet of members that share a token through a store, whose leases lapse and whose members die.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use shuttle::rand::Rng;
use shuttle::sync::Mutex;

use crate::auth::Credentials;
use crate::error::{Error, Kind};
use crate::harness::ManualClock;
use crate::time::Clock;
use crate::token::AccessToken;
use crate::token::cache::{BoxFuture, CachePolicy, MinValidity, Purpose, RefreshReason};
use crate::token::store::{
    InMemoryTokenStore, Lease, SharedFetch, StoreFuture, StoreKey, StoredToken, TokenDigest, TokenStore,
};

const LIFETIME: Duration = Duration::from_secs(20 * 3600);
const LEASE_SECONDS: u64 = 3;

/// What happens to the members of a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing: time stands still, so that no lease lapses.
    None,
    /// Time passes, so that leases lapse whose holders are paused.
    Pauses,
    /// Time passes, and members die in the middle of an attempt.
    Deaths,
}

/// A store, the server that issues tokens, and a clock.
pub struct Fleet {
    store: Arc<CheckedStore>,
    requests: Arc<AtomicUsize>,
    clock: Arc<ManualClock>,
    /// The members that have not finished.
    running: Arc<AtomicUsize>,
}

impl Fleet {
    /// Creates a fleet without a token.
    pub fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        let inner = InMemoryTokenStore::with_clock(Arc::clone(&clock));
        let store = Arc::new(CheckedStore { inner, published: Mutex::default() });
        Self { store, requests: Arc::default(), clock, running: Arc::default() }
    }

    /// Lets each member obtain a token at once, and then another one since the API revoked the very first. Returns when all
    /// have finished or died. A lost wake-up is a deadlock, which the model checker reports.
    ///
    /// # Panics
    ///
    /// Panics if an older holder replaces a newer token, if the members send more requests than leases were lost, or if
    /// a member that lives gets no token.
    pub fn run(&self, members: u64, trouble: Trouble) {
        let mut threads: Vec<_> = (0..members).map(|seed| self.start_member(seed, trouble)).collect();
        if trouble != Trouble::None {
            let (clock, running) = (Arc::clone(&self.clock), Arc::clone(&self.running));
            threads.push(shuttle::thread::spawn(move || {
                // The lease of a member that died lapses only if time passes.
                while running.load(Ordering::SeqCst) > 0 {
                    shuttle::thread::yield_now();
                    if shuttle::rand::thread_rng().gen_bool(0.1) {
                        clock.advance(Duration::from_secs(1));
                    }
                }
            }));
        }
        for thread in threads {
            assert!(thread.join().is_ok(), "a member panicked");
        }
        // Each request but two follows a lease that lapsed.
        let lapsed = self.clock.now().monotonic().as_secs() / LEASE_SECONDS;
        let most = 2 + usize::try_from(lapsed).expect("a few seconds");
        let requests = self.requests.load(Ordering::SeqCst);
        assert!(requests <= most, "{requests} requests, at most {most} expected");
        if trouble == Trouble::None {
            assert_eq!(requests, 2, "one token, and one in its place");
        }
    }

    fn start_member(&self, seed: u64, trouble: Trouble) -> shuttle::thread::JoinHandle<()> {
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        let member = Member {
            shared: SharedFetch::new(store, Arc::clone(&clock) as _, CachePolicy::default(), LIFETIME, seed),
            requests: Arc::clone(&self.requests),
            clock,
        };
        self.running.fetch_add(1, Ordering::SeqCst);
        let running = Arc::clone(&self.running);
        shuttle::thread::spawn(move || {
            shuttle::future::block_on(async {
                let dies = trouble == Trouble::Deaths && shuttle::rand::thread_rng().gen_bool(0.5);
                let polls = if dies { shuttle::rand::thread_rng().gen_range(0..20) } else { usize::MAX };
                let _ = for_polls(polls, member.run()).await;
            });
            running.fetch_sub(1, Ordering::SeqCst);
        })
    }
}

impl Default for Fleet {
    fn default() -> Self {
        Self::new()
    }
}

struct Member {
    shared: SharedFetch,
    requests: Arc<AtomicUsize>,
    clock: Arc<ManualClock>,
}

impl Member {
    async fn run(&self) {
        let first = self.obtain(RefreshReason::Initial, None).await;
        // A member that starts late may get the second token at once.
        if first.expose_secret() != "token-0" {
            return;
        }
        let second = self.obtain(RefreshReason::Invalidated, Some(first.clone())).await;
        assert_ne!(first.expose_secret(), second.expose_secret(), "the rejected token was adopted");
    }

    async fn obtain(&self, reason: RefreshReason, replaces: Option<AccessToken>) -> AccessToken {
        let purpose = Purpose::new(reason, MinValidity::ExpiryMargin, replaces, None);
        let token = self.shared.fetch(&key(), &purpose, self.request()).await;
        token.expect("the server always responds, and every member that waits gets a token")
    }

    async fn request(&self) -> Result<AccessToken, Error> {
        let requested = self.clock.now();
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        shuttle::future::yield_now().await;
        shuttle::future::yield_now().await;
        AccessToken::new(format!("token-{number}").into(), LIFETIME, requested)
            .map_err(|_| Kind::NotSent.into())
    }
}

/// Awaits a future for a number of polls; returns `None` if it is dropped after those.
async fn for_polls<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let (mut future, mut left) = (pin!(future), polls);
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

fn key() -> StoreKey {
    let credentials = Credentials::new("id", "a secret of a client, which is long enough");
    StoreKey::new(&credentials.expect("they are valid"), "https://api.test", None, "1")
}

/// The reference store, with a check of each publication.
struct CheckedStore {
    inner: InMemoryTokenStore,
    /// The fences of the publications that were accepted.
    published: Mutex<Vec<u64>>,
}

impl TokenStore for CheckedStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<StoredToken>> {
        after_a_pause(self.inner.load(key))
    }

    fn acquire<'a>(&'a self, key: &'a StoreKey, duration: Duration) -> StoreFuture<'a, Option<Lease>> {
        after_a_pause(self.inner.acquire(key, duration))
    }

    fn renew<'a>(&'a self, key: &'a StoreKey, lease: &'a Lease, duration: Duration) -> StoreFuture<'a, bool> {
        after_a_pause(self.inner.renew(key, lease, duration))
    }

    fn release<'a>(&'a self, key: &'a StoreKey, lease: &'a Lease) -> StoreFuture<'a, ()> {
        after_a_pause(self.inner.release(key, lease))
    }

    fn publish<'a>(
        &'a self,
        key: &'a StoreKey,
        lease: &'a Lease,
        token: &'a StoredToken,
    ) -> StoreFuture<'a, bool> {
        after_a_pause(Box::pin(async move {
            // Held during the publication, which does not wait, so that the order is that of the store.
            let mut published = self.published.lock().expect("no holder panics");
            let mut publication = self.inner.publish(key, lease, token);
            let Poll::Ready(outcome) = publication.as_mut().poll(&mut Context::from_waker(Waker::noop()))
            else {
                return Err("the store in memory waits".into());
            };
            let is_accepted = outcome?;
            if is_accepted {
                let fence = lease.fence();
                assert!(
                    published.last().is_none_or(|newest| *newest < fence),
                    "the holder of fence {fence} replaced the token of {published:?}"
                );
                published.push(fence);
            }
            Ok(is_accepted)
        }))
    }

    fn invalidate<'a>(&'a self, key: &'a StoreKey, digest: &'a TokenDigest) -> StoreFuture<'a, ()> {
        after_a_pause(self.inner.invalidate(key, digest))
    }

    fn published<'a>(&'a self, key: &'a StoreKey) -> BoxFuture<'a, ()> {
        self.inner.published(key)
    }
}

/// Lets other members run first, as a call over a network does.
fn after_a_pause<'a, T: 'a>(call: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
    Box::pin(async move {
        shuttle::future::yield_now().await;
        call.await
    })
}
