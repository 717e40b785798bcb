//! A cache among callers who do everything that callers may do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use shuttle::rand::Rng;

use crate::error::{Error, ErrorResponse, Kind};
use crate::time::{Clock, Jitter, Moment};
use crate::token::AccessToken;
use crate::token::cache::{BoxFuture, CachePolicy, TokenCache, TokenSource};

const LIFETIME: Duration = Duration::from_secs(100);

/// What callers do beside asking for tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habits {
    /// Nothing.
    Plain,
    /// They report tokens as rejected, and let time pass.
    Meddling,
}

/// A cache, its server, and a clock that callers move.
pub struct World {
    cache: Arc<TokenCache>,
    server: Arc<Server>,
    clock: Arc<ManualClock>,
}

impl World {
    /// Makes a world. Where `may_fail`, each request may, by chance of the schedule.
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

    /// Runs callers, each of whom asks some times. Ends when all have ended: a lost wake-up is a deadlock, which
    /// the checker reports.
    ///
    /// # Panics
    ///
    /// When a caller is handed what it must not be, or two flights are under way at once.
    pub fn run(&self, callers: usize, calls: usize, habits: Habits) {
        let threads: Vec<_> = (0..callers)
            .map(|_| {
                let (cache, clock) = (Arc::clone(&self.cache), Arc::clone(&self.clock));
                shuttle::thread::spawn(move || shuttle::future::block_on(call(&cache, &clock, calls, habits)))
            })
            .collect();
        for thread in threads {
            assert!(thread.join().is_ok(), "a caller panicked");
        }
    }

    /// Returns how many requests the server has seen.
    pub fn requests(&self) -> usize {
        self.server.requests.load(Ordering::SeqCst)
    }
}

async fn call(cache: &TokenCache, clock: &ManualClock, calls: usize, habits: Habits) {
    let meddles = || habits == Habits::Meddling && shuttle::rand::thread_rng().gen_bool(0.3);
    for _ in 0..calls {
        let asked = clock.now().monotonic();
        if let Ok(token) = cache.token().await {
            // It may have ended while the caller was on its way back, but not before it asked.
            let end = token.requested().monotonic() + token.lifetime();
            assert!(
                asked < end,
                "a token that ended at {end:?} was handed out to one who asked at {asked:?}"
            );
            if meddles() {
                cache.invalidate(&token);
            }
        }
        if meddles() {
            clock.advance(Duration::from_secs(45));
        }
    }
}

struct Server {
    clock: Arc<ManualClock>,
    may_fail: bool,
    open: AtomicUsize,
    requests: AtomicUsize,
}

impl TokenSource for Server {
    fn fetch(&self) -> BoxFuture<'_, Result<AccessToken, Error>> {
        Box::pin(async move {
            let number = self.requests.fetch_add(1, Ordering::SeqCst);
            assert_eq!(self.open.fetch_add(1, Ordering::SeqCst), 0, "two flights at once");
            let requested = self.clock.now();
            shuttle::future::yield_now().await;
            self.open.fetch_sub(1, Ordering::SeqCst);
            if self.may_fail && shuttle::rand::thread_rng().gen_bool(0.4) {
                return Err(Kind::ErrorResponse(ErrorResponse {
                    status: http::StatusCode::SERVICE_UNAVAILABLE,
                    code: None,
                    message: None,
                    documentation_url: None,
                    retry_after: None,
                    location: None,
                })
                .into());
            }
            AccessToken::new(format!("token-{number}").into(), LIFETIME, requested)
                .map_err(|_| Kind::NotSent.into())
        })
    }
}

#[derive(Debug, Default)]
struct ManualClock(AtomicU64);

impl ManualClock {
    fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Moment {
        let now = Duration::from_secs(self.0.load(Ordering::SeqCst));
        Moment::new(now, now)
    }
}
