//! The test harness: a fleet of caches over one store with faults, a scripted server, and simulated time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderValue, Method, StatusCode};

use crate::auth::Credentials;
use crate::error::{Error, ErrorResponse, Kind};
use crate::evidence::{SentRequest, Unauthorized, UnauthorizedCause};
use crate::time::{Clock, Jitter};
use crate::token::AccessToken;
use crate::token::cache::{BoxFuture, CachePolicy, Purpose, TokenCache, TokenSource};
pub(super) use crate::token::simulated_time::{SECOND, SimulatedClock, advance, now_or_never, sleep};
use crate::token::store::{
    InMemoryTokenStore, Lease, SharedFetch, StoreError, StoreFuture, StoreKey, StoreStatus, StoredToken,
    TokenDigest, TokenStore,
};

pub(super) const MILLISECOND: Duration = Duration::from_millis(1);
pub(super) const LIFETIME: Duration = Duration::from_secs(1000);
/// How long the server takes to respond.
pub(super) const RESPONSE_TIME: Duration = Duration::from_millis(50);

/// Clients that share one store and one server.
pub(super) struct Fleet {
    pub(super) members: Vec<Arc<TokenCache>>,
    pub(super) server: Arc<Server>,
    pub(super) store: Arc<FaultyStore>,
    pub(super) clock: Arc<SimulatedClock>,
}

impl Fleet {
    /// Creates clients without a token.
    pub(super) fn new(members: u64) -> Self {
        let clock = Arc::new(SimulatedClock::default());
        let server = Arc::new(Server::new(Arc::clone(&clock)));
        let store = Arc::new(FaultyStore::new(InMemoryTokenStore::with_clock(Arc::clone(&clock))));
        let mut fleet = Self { members: Vec::new(), server, store, clock };
        fleet.members = (0..members).map(|seed| fleet.member(seed)).collect();
        fleet
    }

    /// Creates another client.
    pub(super) fn member(&self, seed: u64) -> Arc<TokenCache> {
        self.member_with(seed, Arc::clone(&self.store) as _)
    }

    /// Creates another client, with a store of its own.
    pub(super) fn member_with(&self, seed: u64, store: Arc<dyn TokenStore>) -> Arc<TokenCache> {
        let source = Member { shared: self.shared_fetch(seed, store), server: Arc::clone(&self.server) };
        let (policy, jitter) = (CachePolicy::default(), Jitter::seeded(seed));
        Arc::new(TokenCache::new(Arc::new(source), Arc::clone(&self.clock) as _, policy, jitter))
    }

    pub(super) fn shared_fetch(&self, seed: u64, store: Arc<dyn TokenStore>) -> SharedFetch {
        SharedFetch::new(store, Arc::clone(&self.clock) as _, CachePolicy::default(), 10 * SECOND, seed)
    }

    /// Requests a token of every client at once, and returns their values.
    pub(super) async fn tokens(&self) -> Vec<String> {
        let calls = self.members.iter().map(|member| {
            let member = Arc::clone(member);
            tokio::spawn(async move { value_of(&member).await })
        });
        let mut values = Vec::new();
        for call in calls.collect::<Vec<_>>() {
            values.push(call.await.unwrap());
        }
        values
    }

    /// Returns the value of the published token.
    pub(super) async fn published(&self) -> Option<String> {
        let stored = self.store.inner.load(&key()).await.unwrap();
        stored.map(|token| token.expose_secret().to_owned())
    }
}

/// Returns the value of a client's token; panics on an error.
pub(super) async fn value_of(member: &TokenCache) -> String {
    member.token().await.unwrap().expose_secret().to_owned()
}

pub(super) fn key() -> StoreKey {
    let credentials = Credentials::new("id", "a secret of a client, which is long enough").unwrap();
    StoreKey::new(&credentials, "https://api.test", None, "1")
}

/// Records that a request with this token succeeded a moment ago, so that the token is proven.
pub(super) fn record_success(member: &TokenCache, token: &AccessToken) {
    member.succeeded(&request(member, token.authorization_header()));
}

/// Reports a 401 of a request that is sent now, and returns what happens to it.
pub(super) async fn reject(
    member: &TokenCache,
    token: &AccessToken,
    cause: UnauthorizedCause,
) -> Option<HeaderValue> {
    let request = request(member, token.authorization_header());
    match member.unauthorized(&request, cause).await {
        Unauthorized::Resend(header) => Some(header),
        Unauthorized::Return => None,
        Unauthorized::Failed(error) => panic!("{error}"),
    }
}

fn request<'a>(member: &TokenCache, authorization: &'a HeaderValue) -> SentRequest<'a> {
    const METHOD: Method = Method::GET;

    SentRequest { authorization, sent: member.now(), target: (&METHOD, "/links") }
}

/// The token source of a client.
struct Member {
    shared: SharedFetch,
    server: Arc<Server>,
}

impl TokenSource for Member {
    fn fetch<'a>(&'a self, purpose: &'a Purpose) -> BoxFuture<'a, Result<AccessToken, Error>> {
        Box::pin(async move { self.shared.fetch(&key(), purpose, self.server.request()).await })
    }

    fn store_status(&self) -> Option<StoreStatus> {
        Some(self.shared.status())
    }
}

/// A scripted token endpoint.
pub(super) struct Server {
    clock: Arc<SimulatedClock>,
    /// How long the next requests take, and the status of their responses.
    replies: Mutex<VecDeque<(Duration, u16)>>,
    count: Mutex<usize>,
}

impl Server {
    fn new(clock: Arc<SimulatedClock>) -> Self {
        Self { clock, replies: Mutex::default(), count: Mutex::default() }
    }

    /// Enqueues the reply to a request: a token or an error, sent after a delay.
    pub(super) fn enqueue(&self, delay: Duration, status: u16) {
        self.replies.lock().unwrap().push_back((delay, status));
    }

    /// Returns the number of requests so far.
    pub(super) fn requests(&self) -> usize {
        *self.count.lock().unwrap()
    }

    pub(super) async fn request(&self) -> Result<AccessToken, Error> {
        let requested = self.clock.now();
        let number = {
            let mut count = self.count.lock().unwrap();
            *count += 1;
            *count
        };
        let (delay, status) = self.replies.lock().unwrap().pop_front().unwrap_or((RESPONSE_TIME, 201));
        sleep(delay).await;
        if status == 201 {
            return Ok(AccessToken::new(format!("token-{number}").into(), LIFETIME, requested).unwrap());
        }
        let status = StatusCode::from_u16(status).unwrap();
        Err(Kind::ErrorResponse(ErrorResponse::new(status)).into())
    }
}

/// A store that fails when it is told to.
pub(super) struct FaultyStore {
    pub(super) inner: InMemoryTokenStore,
    /// The call that fails, or every one.
    fault: Mutex<Option<(Option<Call>, Fault)>>,
    calls: Mutex<Vec<Call>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Load,
    Acquire,
    Renew,
    Release,
    Publish,
    Invalidate,
    Published,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Error,
    Hang,
    Slow(Duration),
    Panic,
}

impl FaultyStore {
    pub(super) fn new(inner: InMemoryTokenStore) -> Self {
        Self { inner, fault: Mutex::default(), calls: Mutex::default() }
    }

    /// Sets the fault of one call, or of every one.
    pub(super) fn fail(&self, call: impl Into<Option<Call>>, fault: Fault) {
        *self.fault.lock().unwrap() = Some((call.into(), fault));
    }

    pub(super) fn recover(&self) {
        *self.fault.lock().unwrap() = None;
    }

    /// Returns the calls since the last time.
    pub(super) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    async fn call(&self, call: Call) -> Result<(), StoreError> {
        self.calls.lock().unwrap().push(call);
        let fault = *self.fault.lock().unwrap();
        match fault.filter(|(failing, _)| failing.is_none_or(|failing| failing == call)) {
            None => Ok(()),
            Some((_, Fault::Error)) => Err("the store is read-only".into()),
            Some((_, Fault::Hang)) => std::future::pending().await,
            Some((_, Fault::Slow(time))) => {
                sleep(time).await;
                Ok(())
            }
            Some((_, Fault::Panic)) => panic!("the store panics"),
        }
    }
}

impl TokenStore for FaultyStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<StoredToken>> {
        Box::pin(async move {
            self.call(Call::Load).await?;
            self.inner.load(key).await
        })
    }

    fn acquire<'a>(&'a self, key: &'a StoreKey, duration: Duration) -> StoreFuture<'a, Option<Lease>> {
        Box::pin(async move {
            self.call(Call::Acquire).await?;
            self.inner.acquire(key, duration).await
        })
    }

    fn renew<'a>(&'a self, key: &'a StoreKey, lease: &'a Lease, duration: Duration) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            self.call(Call::Renew).await?;
            self.inner.renew(key, lease, duration).await
        })
    }

    fn release<'a>(&'a self, key: &'a StoreKey, lease: &'a Lease) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.call(Call::Release).await?;
            self.inner.release(key, lease).await
        })
    }

    fn publish<'a>(
        &'a self,
        key: &'a StoreKey,
        lease: &'a Lease,
        token: &'a StoredToken,
    ) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            self.call(Call::Publish).await?;
            self.inner.publish(key, lease, token).await
        })
    }

    fn invalidate<'a>(&'a self, key: &'a StoreKey, digest: &'a TokenDigest) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.call(Call::Invalidate).await?;
            self.inner.invalidate(key, digest).await
        })
    }

    fn published<'a>(&'a self, key: &'a StoreKey) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if self.call(Call::Published).await.is_ok() {
                self.inner.published(key).await;
            }
        })
    }
}
