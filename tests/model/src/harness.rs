//! A test harness: a token cache, its server, and concurrent callers that use every operation of the cache.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use http::{HeaderValue, Method};
use shuttle::rand::Rng;

use crate::error::{Error, ErrorResponse, Kind};
use crate::evidence::{SentRequest, Unauthorized, UnauthorizedCause};
use crate::time::{Clock, Jitter, Moment};
use crate::token::AccessToken;
use crate::token::cache::{BoxFuture, CachePolicy, Purpose, TokenCache, TokenSource};

const LIFETIME: Duration = Duration::from_secs(100);

/// The operations that callers perform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// Callers only request tokens.
    TokensOnly,
    /// Callers request tokens, report some of them as rejected, and advance the clock.
    Mixed,
    /// Callers send requests with the tokens, and each response is a success or a 401 at random.
    Unauthorized,
}

/// A token cache, its server, and a clock that callers advance.
pub struct Harness {
    cache: Arc<TokenCache>,
    server: Arc<Server>,
    clock: Arc<ManualClock>,
}

impl Harness {
    /// Creates a cache without a token. If `may_fail` is true, each request fails or succeeds at random.
    pub fn new(may_fail: bool) -> Self {
        let clock = Arc::new(ManualClock::default());
        let server = Arc::new(Server {
            clock: Arc::clone(&clock),
            may_fail,
            open: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
        });
        let source = Arc::clone(&server) as Arc<dyn TokenSource>;
        let cache =
            TokenCache::new(source, Arc::clone(&clock) as _, CachePolicy::default(), Jitter::seeded(7));
        Self { cache: Arc::new(cache), server, clock }
    }

    /// Runs `callers` threads that each make `calls` calls, and returns when all of them have finished. A lost
    /// wake-up is a deadlock, which the model checker reports.
    ///
    /// # Panics
    ///
    /// Panics if a caller receives an expired token, if two token requests are in flight at once, or if a 401 forces
    /// more refreshes than their spacing allows.
    pub fn run(&self, callers: usize, calls: usize, workload: Workload) {
        let threads: Vec<_> = (0..callers)
            .map(|_| {
                let (cache, clock) = (Arc::clone(&self.cache), Arc::clone(&self.clock));
                shuttle::thread::spawn(move || {
                    shuttle::future::block_on(call(&cache, &clock, calls, workload));
                })
            })
            .collect();
        for thread in threads {
            assert!(thread.join().is_ok(), "a caller panicked");
        }
        if workload == Workload::Unauthorized && !self.server.may_fail {
            // One token to begin with, and one more for each second that has passed: forced refreshes are a second
            // apart. No token expires or comes into its refresh window within the few seconds of a run.
            let seconds = usize::try_from(self.clock.now().monotonic().as_secs()).unwrap_or(usize::MAX);
            assert!(self.requests() <= 2 + seconds, "{} requests in {seconds} s", self.requests());
        }
    }

    /// Returns the number of requests that the server has received.
    pub fn requests(&self) -> usize {
        self.server.requests.load(Ordering::SeqCst)
    }
}

async fn call(cache: &TokenCache, clock: &ManualClock, calls: usize, workload: Workload) {
    let disturbs = || workload == Workload::Mixed && shuttle::rand::thread_rng().gen_bool(0.3);
    for _ in 0..calls {
        let called = clock.now().monotonic();
        if let Ok(token) = cache.token().await {
            // Another caller may have advanced the clock while the token was returned, so the token may have
            // expired by now; it must not have expired before the call.
            let expires = token.since().monotonic() + token.lifetime();
            assert!(
                called < expires,
                "a call at {called:?} returned a token that had expired at {expires:?}"
            );
            if disturbs() {
                cache.invalidate(&token);
            }
            if workload == Workload::Unauthorized {
                send(cache, clock, token.authorization_header()).await;
            }
        }
        if disturbs() {
            clock.advance(Duration::from_secs(45));
        }
    }
}

/// Sends a request as the client does. Each response is a success or a 401 at random.
async fn send(cache: &TokenCache, clock: &ManualClock, authorization: &HeaderValue) {
    const METHOD: Method = Method::GET;

    let chance = |probability| shuttle::rand::thread_rng().gen_bool(probability);
    let path = if chance(0.5) { "/one" } else { "/two" };
    let request = SentRequest { authorization, sent: cache.now(), target: (&METHOD, path) };
    shuttle::future::yield_now().await;
    if chance(0.3) {
        clock.advance(Duration::from_secs(1));
    }
    if chance(0.4) {
        return cache.succeeded(&request);
    }
    let cause = if chance(0.2) { UnauthorizedCause::Expired } else { UnauthorizedCause::Unknown };
    if chance(0.2) {
        return cache.record_unauthorized(&request, cause);
    }
    let Unauthorized::Resend(authorization) = cache.unauthorized(&request, cause).await else { return };
    let request = SentRequest { authorization: &authorization, sent: cache.now(), target: (&METHOD, path) };
    shuttle::future::yield_now().await;
    if chance(0.5) {
        cache.resend_succeeded(&request);
    } else {
        cache.resend_unauthorized(&request);
    }
}

struct Server {
    clock: Arc<ManualClock>,
    may_fail: bool,
    /// Requests in flight.
    open: AtomicUsize,
    requests: AtomicUsize,
}

impl TokenSource for Server {
    fn fetch<'a>(&'a self, _: &'a Purpose) -> BoxFuture<'a, Result<AccessToken, Error>> {
        Box::pin(async move {
            let number = self.requests.fetch_add(1, Ordering::SeqCst);
            assert_eq!(
                self.open.fetch_add(1, Ordering::SeqCst),
                0,
                "two token requests are in flight at once"
            );
            let requested = self.clock.now();
            shuttle::future::yield_now().await;
            self.open.fetch_sub(1, Ordering::SeqCst);
            if self.may_fail && shuttle::rand::thread_rng().gen_bool(0.4) {
                return Err(Kind::ErrorResponse(ErrorResponse {
                    status: http::StatusCode::SERVICE_UNAVAILABLE,
                    ..ErrorResponse::default()
                })
                .into());
            }
            AccessToken::new(format!("token-{number}").into(), LIFETIME, requested)
                .map_err(|_| Kind::NotSent.into())
        })
    }
}

#[derive(Debug, Default)]
pub(crate) struct ManualClock(AtomicU64);

impl ManualClock {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Moment {
        let now = Duration::from_secs(self.0.load(Ordering::SeqCst));
        Moment::new(now, now)
    }
}
