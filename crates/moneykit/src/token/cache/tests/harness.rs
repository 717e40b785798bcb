use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::StatusCode;

use super::super::{BoxFuture, CachePolicy, TokenCache, TokenSource};
use crate::error::{Error, ErrorResponse, Kind};
use crate::time::Jitter;
use crate::time::{Clock, Moment};
use crate::token::AccessToken;

pub(super) const SECOND: Duration = Duration::from_secs(1);

/// A cache, a server that does as it is told, and time that passes when nothing else is left to do.
pub(super) struct Harness {
    pub(super) cache: Arc<TokenCache>,
    pub(super) server: Arc<Server>,
    pub(super) clock: Arc<SimulatedClock>,
}

impl Harness {
    /// Makes a harness whose server gives out tokens of a lifetime, each after 50 ms.
    pub(super) fn new(lifetime: Duration) -> Self {
        Self::seeded(lifetime, 7)
    }

    pub(super) fn seeded(lifetime: Duration, seed: u64) -> Self {
        let clock = Arc::new(SimulatedClock::default());
        let server = Arc::new(Server::new(lifetime, Arc::clone(&clock)));
        let source = Arc::clone(&server) as Arc<dyn TokenSource>;
        let (policy, jitter) = (CachePolicy::default(), Jitter::seeded(seed));
        let cache = Arc::new(TokenCache::new(source, Arc::clone(&clock) as _, policy, jitter));
        Self { cache, server, clock }
    }

    /// Gets a token that must come.
    pub(super) async fn token(&self) -> AccessToken {
        self.cache.token().await.unwrap()
    }

    /// Gets a token that must be there without waiting.
    pub(super) fn token_at_once(&self) -> AccessToken {
        at_once(self.cache.token()).unwrap()
    }

    /// Gets the error that must be there without waiting.
    pub(super) fn error_at_once(&self) -> Error {
        at_once(self.cache.token()).unwrap_err()
    }

    pub(super) fn requests(&self) -> usize {
        self.server.requested_at().len()
    }

    /// Starts callers that all want a token.
    pub(super) fn callers(&self, count: usize) -> Vec<tokio::task::JoinHandle<Result<AccessToken, Error>>> {
        let callers = (0..count).map(|_| {
            let cache = Arc::clone(&self.cache);
            tokio::spawn(async move { cache.token().await })
        });
        callers.collect()
    }
}

/// Polls a future once; it must not have to wait.
#[track_caller]
pub(super) fn at_once<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

/// Lets time pass, and what is due before and in it happen.
pub(super) async fn pass(time: Duration) {
    settle().await;
    tokio::time::advance(time).await;
    settle().await;
}

/// Lets every task run until it waits.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// Tokio's simulated time, and a wall clock that can be set.
#[derive(Debug)]
pub(super) struct SimulatedClock {
    start: Mutex<Option<tokio::time::Instant>>,
    wall_offset_ms: AtomicI64,
}

impl Default for SimulatedClock {
    fn default() -> Self {
        Self { start: Mutex::new(None), wall_offset_ms: AtomicI64::new(1_700_000_000_000) }
    }
}

impl SimulatedClock {
    /// Sets the wall clock ahead, or back where `seconds` is negative.
    pub(super) fn set_wall_by(&self, seconds: i64) {
        self.wall_offset_ms.fetch_add(seconds * 1_000, Ordering::Relaxed);
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Moment {
        let now = tokio::time::Instant::now();
        let monotonic = now.duration_since(*self.start.lock().unwrap().get_or_insert(now));
        let offset = u64::try_from(self.wall_offset_ms.load(Ordering::Relaxed)).unwrap();
        Moment::new(monotonic, monotonic + Duration::from_millis(offset))
    }
}

/// What the server does with a request, after a delay.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    Token(Duration),
    Status(u16),
    RetryAfter(u16, Duration),
    Nothing,
    Panic,
}

pub(super) struct Server {
    clock: Arc<SimulatedClock>,
    delay: Mutex<Duration>,
    usual: Mutex<Answer>,
    next: Mutex<VecDeque<Answer>>,
    requested_at: Mutex<Vec<Duration>>,
    /// Requests that are being answered.
    open: Arc<AtomicUsize>,
}

impl Server {
    fn new(lifetime: Duration, clock: Arc<SimulatedClock>) -> Self {
        Self {
            clock,
            delay: Mutex::new(Duration::from_millis(50)),
            usual: Mutex::new(Answer::Token(lifetime)),
            next: Mutex::default(),
            requested_at: Mutex::default(),
            open: Arc::default(),
        }
    }

    pub(super) fn set_delay(&self, delay: Duration) {
        *self.delay.lock().unwrap() = delay;
    }

    /// Sets what every request gets that nothing else is planned for.
    pub(super) fn always(&self, answer: Answer) {
        *self.usual.lock().unwrap() = answer;
    }

    /// Plans what the next requests get.
    pub(super) fn plan(&self, answers: impl IntoIterator<Item = Answer>) {
        self.next.lock().unwrap().extend(answers);
    }

    /// Tells when each request came, by the monotonic clock.
    pub(super) fn requested_at(&self) -> Vec<Duration> {
        self.requested_at.lock().unwrap().clone()
    }

    pub(super) fn open_requests(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

impl TokenSource for Server {
    fn fetch(&self) -> BoxFuture<'_, Result<AccessToken, Error>> {
        Box::pin(async move {
            let requested = self.clock.now();
            let number = {
                let mut times = self.requested_at.lock().unwrap();
                times.push(requested.monotonic());
                times.len()
            };
            let planned = self.next.lock().unwrap().pop_front();
            let answer = planned.unwrap_or_else(|| self.usual.lock().unwrap().clone());
            let delay = *self.delay.lock().unwrap();
            let _open = Open::new(&self.open);
            tokio::time::sleep_until(tokio::time::Instant::now() + delay).await;
            match answer {
                Answer::Token(lifetime) => {
                    Ok(AccessToken::new(format!("token-{number}").into(), lifetime, requested).unwrap())
                }
                Answer::Status(status) => Err(refused(status, None)),
                Answer::RetryAfter(status, wait) => Err(refused(status, Some(wait))),
                Answer::Nothing => std::future::pending().await,
                Answer::Panic => panic!("the server's own fault"),
            }
        })
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

/// Counts a request as open for as long as its future lives.
struct Open(Arc<AtomicUsize>);

impl Open {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn refused(status: u16, retry_after: Option<Duration>) -> Error {
    let status = StatusCode::from_u16(status).unwrap();
    let location = None;
    Kind::ErrorResponse(ErrorResponse {
        status,
        code: None,
        message: None,
        documentation_url: None,
        retry_after,
        location,
    })
    .into()
}
